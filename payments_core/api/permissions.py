"""Which scope each request of the API needs: one line per view, for both versions.

A view that is not here answers nobody whose key is restricted, and a test fails for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from payments_core.errors import MissingScope

# View function: the scope its callers need; None for what any key may ask.
NEEDED: dict[str, str | None] = {
    "ping": None,
    "no_such_list": None,
    # A payment is read with its refunds and disputes: v1's payment holds them, and clients of v2 ask for them before it.
    "read_payment": "payments:read",
    "list_payments": "payments:read",
    "refunds_of_payment": "payments:read",
    "disputes_of_payment": "payments:read",
    "create_payment": "payments:write",
    "change_payment": "payments:write",
    "capture_payment": "payments:write",
    "refund_payment": "refunds:write",
    "read_intent": "payments:read",
    "list_intents": "payments:read",
    "intents_of_customer": "payments:read",
    "payments_of_intent": "payments:read",
    "refunds_of_intent": "payments:read",
    "disputes_of_intent": "payments:read",
    "create_intent": "payments:write",
    "change_intent": "payments:write",
    "capture_intent": "payments:write",
    "cancel_intent": "payments:write",
    "refund_intent": "refunds:write",
    "read_link": "payments:read",
    "list_links": "payments:read",
    "link_qr_code": "payments:read",
    "create_link": "payments:write",
    "disable_link": "payments:write",
    "read_refund": "refunds:read",
    "list_refunds": "refunds:read",
    "create_refund": "refunds:write",
    "read_customer": "customers:read",
    "list_customers": "customers:read",
    "create_customer_v1": "customers:write",
    "create_customer_v2": "customers:write",
    "change_customer": "customers:write",
    "delete_customer_v1": "customers:write",
    "delete_customer_v2": "customers:write",
    "read_address": "customers:read",
    "list_addresses": "customers:read",
    "create_address": "customers:write",
    "delete_address_v1": "customers:write",
    "delete_address_v2": "customers:write",
    "read_card": "cards:read",
    "list_cards": "cards:read",
    "create_card_v1": "cards:write",
    "create_card_v2": "cards:write",
    "change_card": "cards:write",
    "delete_card_v1": "cards:write",
    "delete_card_v2": "cards:write",
    "read_sepa": "sepa:read",
    "list_sepa": "sepa:read",
    "create_sepa": "sepa:write",
    "change_sepa": "sepa:write",
    "delete_sepa_v1": "sepa:write",
    "delete_sepa_v2": "sepa:write",
    "read_check_v1": "sepa:read",
    "read_check_v2": "sepa:read",
    "create_check": "sepa:write",
    "generate_iban": "sepa:write",
    "read_mandate": "sepa:read",
    "list_mandates": "sepa:read",
    "mandate_pdf": "sepa:read",
    "create_mandate": "sepa:write",
    "change_mandate": "sepa:write",
    "revoke_mandate": "sepa:write",
    "read_subscription": "subscriptions:read",
    "list_subscriptions": "subscriptions:read",
    "subscriptions_of_customer": "subscriptions:read",
    "payments_of_subscription": "subscriptions:read",
    "create_subscription": "subscriptions:write",
    "change_subscription": "subscriptions:write",
    "pause_subscription": "subscriptions:write",
    "resume_subscription": "subscriptions:write",
    "renew_subscription": "subscriptions:write",
    "cancel_subscription": "subscriptions:write",
    "read_dispute": "disputes:read",
    "list_disputes": "disputes:read",
    "read_evidence": "disputes:read",
    "read_evidence_file": "disputes:read",
    "write_evidence": "disputes:write",
    "add_evidence_file": "disputes:write",
    "remove_evidence_file": "disputes:write",
    "send_evidence": "disputes:write",
    "accept_dispute": "disputes:write",
    "read_payout": "payouts:read",
    "read_payout_part": "payouts:read",
    "list_payouts": "payouts:read",
    "create_payout": "payouts:write",
    "read_webhook": "webhooks:read",
    "list_webhooks": "webhooks:read",
    "create_webhook": "webhooks:write",
    "change_webhook": "webhooks:write",
    "delete_webhook": "webhooks:write",
    "rotate_webhook": "webhooks:write",
    "test_webhook": "webhooks:write",
    "list_deliveries": "webhooks:read",
    "list_events": "webhooks:read",
    "read_event": "webhooks:read",
    "redeliver_event": "webhooks:write",
    # The simulated acquirer: what becomes of the payments of a test.
    "read_script": "payments:read",
    "append_to_script": "payments:write",
    "forget_script": "payments:write",
}


def check(endpoint: str, scopes: Sequence[str] | None) -> None:
    """Whether a key of these scopes may call this endpoint ("api_v2.read_payment"). Raises MissingScope."""
    if scopes is None:
        return
    needed = NEEDED[endpoint.rpartition(".")[2]]
    if needed is not None and needed not in scopes:
        raise MissingScope(needed)
