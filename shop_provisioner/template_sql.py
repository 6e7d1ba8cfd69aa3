"""What is changed in a freshly installed PrestaShop's database before it becomes the template. Pure data.

Only settings a merchant could change in the back office, and the demo's orders and customers.
"""

# Demo customer, orders, carts and visits; the catalogue stays. The anonymous customer of the GDPR module stays too.
CLEAR_TABLES = """
    orders order_detail order_detail_tax order_history order_invoice order_invoice_payment order_invoice_tax
    order_payment order_carrier order_cart_rule order_message_sent order_return order_return_detail order_slip
    order_slip_detail cart cart_product cart_cart_rule cart_rule_used guest connections connections_page
    connections_source message message_readed customer_thread customer_message customer_session employee_session
    log mail page_viewed pagenotfound statssearch product_sale smarty_lazy_cache smarty_last_flush
"""
DEMO_CUSTOMER = "pub@prestashop.com"

SETTINGS = {
    "PS_MAIL_METHOD": "2",  # SMTP
    "PS_MAIL_SERVER": "127.0.0.1",  # relayed by the container to the platform's mail socket
    "PS_MAIL_SMTP_PORT": "25",
    "PS_MAIL_SMTP_ENCRYPTION": "off",
    "PS_MAIL_USER": "",
    "PS_MAIL_PASSWD": "",
    "PS_SSL_ENABLED": "1",
    "PS_SSL_ENABLED_EVERYWHERE": "1",
    "PS_REWRITING_SETTINGS": "1",
    "PS_GUEST_CHECKOUT_ENABLED": "1",
    "PS_CONDITIONS": "1",
    "PS_SHOP_ENABLE": "1",
    "PS_SMARTY_FORCE_COMPILE": "0",
    "PS_SMARTY_CACHE": "1",
    "PS_SMARTY_CACHING_TYPE": "filesystem",
    "PS_CSS_THEME_CACHE": "1",
    "PS_JS_THEME_CACHE": "1",
    "PS_HTACCESS_CACHE_CONTROL": "0",  # nginx does it
    "PSGDPR_CREATION_FORM_SWITCH": "1",
}

# A carrier that delivers in France: the second of the demo is paid and priced for Europe; make sure whatever its number.
CARRIER_CHECK = (
    "SELECT COUNT(*) FROM ps_carrier c JOIN ps_carrier_zone z USING (id_carrier) JOIN ps_country f USING (id_zone)"
    " JOIN ps_delivery d ON d.id_carrier = c.id_carrier AND d.id_zone = z.id_zone"
    " WHERE c.active = 1 AND c.deleted = 0 AND f.iso_code = 'FR'"
)


def clearing_statements(existing: set[str]) -> list[str]:
    """Statements that remove the demo's people and visits, for the tables this release has."""
    statements = [f"TRUNCATE TABLE `ps_{table}`" for table in CLEAR_TABLES.split() if f"ps_{table}" in existing]
    demo = f"(SELECT id_customer FROM ps_customer WHERE email = '{DEMO_CUSTOMER}')"  # noqa: S608
    for table in ("ps_address", "ps_customer_group"):
        statements.append(f"DELETE FROM {table} WHERE id_customer IN {demo} AND id_customer > 0")  # noqa: S608
    statements.append(f"DELETE FROM ps_customer WHERE email = '{DEMO_CUSTOMER}'")  # noqa: S608
    return statements


def setting_statements() -> list[tuple[str, tuple[str, ...]]]:
    """Statements with parameters that give each setting its value, whether the installer made the row or not."""
    insert = (
        "INSERT INTO ps_configuration (name, value, date_add, date_upd) SELECT %s, %s, NOW(), NOW() FROM DUAL"
        " WHERE NOT EXISTS (SELECT 1 FROM ps_configuration WHERE name = %s)"
    )
    statements: list[tuple[str, tuple[str, ...]]] = []
    for key, value in SETTINGS.items():
        statements.append(("UPDATE ps_configuration SET value = %s WHERE name = %s", (value, key)))
        statements.append((insert, (key, value, key)))
    return statements
