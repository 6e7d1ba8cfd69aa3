"""One real PrestaShop through its whole life, visited through a real edge."""

import json
import os
import re
import subprocess
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from shop_provisioner import archive, boutique, commands, edge, pool, reconcile, sweep, warmup
from shop_provisioner.errors import ArchiveError
from shop_provisioner.http_socket import Browser
from shop_provisioner.template import Template
from tests.shop_provisioner.acts import assert_archived, assert_live, discard, inside, perform, sql, swept, visitor
from tests.shop_provisioner.factories import order
from tests.shop_provisioner.lab import MERCHANT, Lab, wait_for

pytestmark = [pytest.mark.prestashop, pytest.mark.docker, pytest.mark.xdist_group("prestashop")]


@pytest.fixture(scope="module")
def shop(lab: Lab) -> str:
    """A boutique made cold, shared by the tests that do not change it for good."""
    sweep.check_availability(lab.p)
    return perform(lab, "create", domain="chez-lea")


def test_a_boutique_is_real_answers_and_its_owner_can_sign_in(lab: Lab, shop: str) -> None:
    assert_live(lab, shop)
    browser = visitor(lab, shop)
    row = lab.p.load(shop)
    password = boutique.admin_password(lab.settings, shop, row.nonce)
    assert "AdminDashboard" in warmup.sign_in(browser, "lea@example.fr", password)
    assert not warmup.sign_in(visitor(lab, shop), "lea@example.fr", password + "x")
    home = browser.follow("/")
    assert "Chez Léa" in home.text
    assert "prestashop" in home.text.lower()
    assert "boutique.invalid" not in home.text
    for path in ("/en/", "/fr/panier?action=show", "/en/2-home", "/img/logo.png", "/2-home_default/x.jpg"):
        assert browser.follow(path).status == 200, path


def test_the_portal_sees_addresses_and_timed_steps(lab: Lab, shop: str) -> None:
    with lab.p.session() as session:
        row = session.execute(text("SELECT * FROM portal_boutiques WHERE id = :id"), {"id": shop}).mappings().one()
    base = f"https://chez-lea.localhost:{lab.port}/"
    assert (row["url"], row["admin_url"], row["state"]) == (base, base + "gestion/", "live")
    assert [step["name"] for step in row["steps"] if step["name"] not in ("database", "files", "payments")] == [
        "folders",
        "identity",
        "route",
        "answer",
        "mail",
    ]
    assert all(step["seconds"] >= 0 and step["started_at"].endswith("Z") for step in row["steps"])


def _with_a_cart(lab: Lab, shop: str) -> Browser:
    browser = visitor(lab, shop)
    product = browser.follow("/en/men/1-1-hummingbird-printed-t-shirt.html")
    token = re.search(r'name="token" value="([0-9a-f]+)"', product.text)
    assert token
    form = {"token": token[1], "id_product": "1", "id_customization": "0", "qty": "1", "add": "1", "action": "update"}
    assert browser.post("/en/cart", form | {"ajax": "1"}).status == 200
    return browser


def test_who_pays_as_nobody_is_asked_who_they_are(lab: Lab, shop: str) -> None:
    """PrestaShop leads there when its answer to the name was lost: the cart has its customer, but the visitor no cookie."""
    browser = _with_a_cart(lab, shop)
    browser.follow("/en/order")
    guest = {
        "firstname": "Ada",
        "lastname": "Martin",
        "email": "ada@example.com",
        "psgdpr": "1",
        "customer_privacy": "1",
    }
    unheard = replace(browser, cookies=dict(browser.cookies))
    assert unheard.post("/en/order", guest | {"submitCreate": "1", "continue": "1"}).status == 302
    assert sql(
        lab, shop, "SELECT COUNT(*) FROM ps_cart c JOIN ps_customer USING (id_customer) WHERE email = 'ada@example.com'"
    ) == [(1,)]
    words = {"en": "Your details did not reach us", "fr": "Vos coordonnées ne nous sont pas parvenues"}
    for language, said in words.items():
        checkout = browser.follow(f"/{language}/module/comptoir/payment")
        assert (checkout.status, said in checkout.text) == (200, True)
        assert "checkout-guest-form" in checkout.text
    assert said not in browser.follow("/fr/commande").text  # once


def test_a_guest_gets_from_a_product_to_the_choice_of_payment(lab: Lab, shop: str) -> None:
    browser = _with_a_cart(lab, shop)
    checkout = browser.follow("/en/order")
    assert checkout.status == 200
    assert "checkout-guest-form" in checkout.text
    found = sql(
        lab,
        shop,
        "SELECT (SELECT COUNT(*) FROM ps_orders), (SELECT COUNT(*) FROM ps_customer WHERE email LIKE 'pub@%'),"
        " (SELECT value FROM ps_configuration WHERE name = 'PS_CONDITIONS'),"
        " (SELECT value FROM ps_configuration WHERE name = 'PS_MAIL_SERVER'), (SELECT COUNT(*) FROM ps_product)",
    )
    assert found == [(0, 0, "1", "127.0.0.1", 19)]


def test_two_boutiques_share_no_secret_and_no_placeholder_is_left(
    lab: Lab, shop: str, built_template: Template
) -> None:
    other = perform(lab, "create", domain="chez-max")
    for name in built_template.about["secret_files"]:
        texts = [(lab.p.names(x).upper / name).read_text() for x in (shop, other)]
        assert texts[0] != texts[1]
        for placeholder in built_template.about["placeholders"].values():
            assert placeholder not in texts[0]
    upper = lab.p.names(shop).upper
    assert "template.boutique.invalid" not in "".join(
        (upper / n).read_text() for n in built_template.about["domain_files"]
    )
    discard(lab, other)


def test_files_of_the_shop_are_not_served(lab: Lab, shop: str) -> None:
    browser = visitor(lab, shop)
    for path in (
        "/app/config/parameters.php", "/var/cache/prod/appParameters.php", "/.htaccess", "/.git/config", "/vendor/autoload.php",
        "/config/config.inc.php", "/composer.lock", "/modules/ps_mainmenu/ps_mainmenu.tpl", "/img/x.php", "/upload/x.php",
        "/classes/Cart.php", "/download/x", "/translations/sf-fr-FR.zip", "/src/Core/index.php", "/var", "/app/",
    ):  # fmt: skip
        assert browser.get(path).status in (403, 404), path


def test_a_boutique_reaches_its_doors_and_nothing_else(lab: Lab, shop: str) -> None:
    php = """
        foreach (["tcp://1.1.1.1:443", "tcp://169.254.169.254:80", "tcp://172.17.0.1:80", "tcp://example.com:80",
                  "udp://8.8.8.8:53"] as $target) {
            $start = microtime(true);
            $socket = @stream_socket_client($target, $code, $text, 5);
            if ($socket) { @fwrite($socket, "x"); $failed = error_get_last() !== null; } else { $failed = true; }
            printf("%s %s %.3f\n", $target, $failed ? "refused" : "OPEN", microtime(true) - $start);
        }"""
    code, output = inside(lab, shop, f"php -r '{php}' 2>&1")
    assert code == 0, output
    lines = [line.split() for line in output.splitlines() if "://" in line]
    assert len(lines) == 5
    for target, verdict, seconds in lines:
        assert verdict == "refused", target
        assert float(seconds) < 1, target
    _, interfaces = inside(lab, shop, "ls /sys/class/net")
    assert interfaces.split() == ["lo"]
    _, sockets = inside(lab, shop, "find / -type s -not -path '/proc/*' 2>/dev/null | sort")
    allowed = {
        "/run/edge/edge.sock",
        "/run/mail/smtp.sock",
        "/run/mysqld/mysqld.sock",
        "/run/web/web.sock",
        "/run/php-fpm.sock",
    }
    assert set(sockets.split()) <= allowed
    host = boutique.host_with_port(lab.settings, "chez-lea.localhost")
    fetch = f'$c = curl_init("https://{host}/"); curl_exec($c); echo curl_getinfo($c, CURLINFO_RESPONSE_CODE), curl_error($c);'
    assert inside(lab, shop, f"php -r '{fetch}'") == (0, "302")


def test_php_cannot_write_where_it_must_not(lab: Lab, shop: str) -> None:
    for path in ("/run/web/x", "/run/comptoir/x", "/run/mysqld/x", "/run/edge/x", "/etc/x", "/usr/x", "/run/x"):
        assert inside(lab, shop, f"touch {path}")[0] != 0, path
        if path not in ("/run/x", "/run/web/x"):
            assert inside(lab, shop, f"touch {path}", user="0:0")[0] != 0, path
    assert inside(lab, shop, "ln -s /run/edge/edge.sock /run/web/other.sock")[0] != 0
    assert inside(lab, shop, "rm /run/web/web.sock")[0] != 0
    assert inside(lab, shop, "cat /run/comptoir/comptoir.json")[0] == 0
    _, status = inside(lab, shop, "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status")
    assert "0000000000000000" in status
    assert re.search(r"NoNewPrivs:\s+1", status)
    assert re.search(r"Seccomp:\s+2", status)
    names = lab.p.names(shop)
    assert (names.private / "comptoir.json").stat().st_mode & 0o777 == 0o640
    assert names.run.stat().st_uid == 0


def test_mail_of_the_shop_leaves_by_the_relay(lab: Lab, shop: str) -> None:
    before = len(lab.inbox.messages)
    php = (
        'require "config/config.inc.php"; echo Mail::send(2, "test", "Bonjour", [], "buyer@example.fr", null, null, null,'
        " null, null, _PS_MAIL_DIR_) ? 1 : 0;"
    )
    _, output = inside(lab, shop, f"cd /var/www/html && php -r '{php}' 2>&1")
    assert output.strip().endswith("1"), output
    wait_for(lambda: len(lab.inbox.messages) > before, 5, "the mail")
    assert b"buyer@example.fr" in lab.inbox.messages[-1]


def test_a_suspended_boutique_says_so_and_its_webhook_still_reaches_it(lab: Lab, shop: str) -> None:
    browser = visitor(lab, shop)
    perform(lab, "suspend", shop)
    answer = browser.get("/")
    assert (answer.status, answer.headers["retry-after"]) == (503, "120")
    assert browser.request("POST", "/module/comptoir/webhook", "{}").status not in (404, 502, 503)
    perform(lab, "resume", shop)
    assert_live(lab, shop)


@pytest.mark.parametrize("victim", ["first process", "container", "removed", "mariadb", "edge marker"])
def test_what_is_killed_comes_back(lab: Lab, shop: str, victim: str) -> None:
    names = lab.p.names(shop)
    browser = visitor(lab, shop)
    started = time.monotonic()
    if victim == "first process":
        pid = lab.p.docker.pid(names.container)
        assert pid > 1
        os.kill(pid, 9)
        wait_for(lambda: lab.p.docker.pid(names.container) not in (0, pid), 10, "the engine's restart")
    elif victim == "edge marker":
        edge.remove(lab.settings.edge_hosts_dir, "chez-lea.localhost")
    else:
        name = lab.p.server.name if victim == "mariadb" else names.container
        command = ["docker", "rm", "-f", name] if victim == "removed" else ["docker", "kill", "-s", "KILL", name]
        subprocess.run(command, check=True, capture_output=True)
    swept(lab)
    wait_for(lambda: browser.follow("/").status == 200, 10, "the answer")
    assert time.monotonic() - started < 10
    assert_live(lab, shop)


def test_objects_and_names_without_a_row_are_removed_and_nothing_else(lab: Lab, shop: str) -> None:
    stray = "btq_" + "0" * 24
    names = lab.p.names(stray)
    lab.p.server.create(names.database, "x")
    for folder in (names.upper, names.work, names.run):
        folder.mkdir(parents=True)
    lab.p.docker.ensure_overlay(names.volume, names.upper, names.upper, names.work, stray)
    edge.place(lab.settings.edge_hosts_dir, "stray.localhost", names.run, edge.RUNNING)
    swept(lab)
    assert names.volume not in lab.p.docker.volumes()
    assert names.database not in lab.p.server.databases()
    assert "stray.localhost" not in edge.domains(lab.settings.edge_hosts_dir)
    assert not names.folder.exists()
    assert_live(lab, shop)


def test_data_survives_deletion_and_restore_and_the_archive_is_proven(lab: Lab) -> None:
    shop = perform(lab, "create", domain="chez-zoe")
    names = lab.p.names(shop)
    sql(lab, shop, "INSERT INTO ps_customer (id_gender, firstname, lastname, email, passwd, birthday, date_add, date_upd)"
        " VALUES (1, 'Ada', 'L', 'ada@example.fr', 'x', '2000-01-01', NOW(), NOW())")  # fmt: skip
    assert inside(lab, shop, "echo kept > /var/www/html/upload/kept.txt; rm -r /var/www/html/modules/ps_banner")[0] == 0
    perform(lab, "delete", shop)
    assert_archived(lab, shop)
    assert visitor(lab, shop).get("/").status == 404
    manifest = archive.check(names.archive)
    assert manifest["rows"]["ps_customer"] == 2
    assert commands.accept(lab.p, order("create", domain="chez-zoe")) is None
    swept(lab)
    assert_archived(lab, shop)
    perform(lab, "restore", shop)
    assert_live(lab, shop)
    assert sql(lab, shop, "SELECT firstname FROM ps_customer WHERE email = 'ada@example.fr'") == [("Ada",)]
    assert inside(lab, shop, "cat /var/www/html/upload/kept.txt") == (0, "kept\n")
    assert inside(lab, shop, "test -e /var/www/html/modules/ps_banner")[0] == 1
    swept(lab)
    assert not names.archive.exists()
    discard(lab, shop)


def test_an_archive_ends_after_thirty_days_and_its_name_stays_closed(lab: Lab) -> None:
    shop = perform(lab, "create", domain="chez-hugo")
    perform(lab, "delete", shop)
    row = lab.p.load(shop)
    assert row.archived_at is not None
    assert row.archive_expires_at == row.archived_at + timedelta(days=30)
    original = lab.p.clock
    try:
        for days, state in ((29, "archived"), (31, "expired")):
            lab.p.clock = lambda days=days: row.archived_at + timedelta(days=days)
            swept(lab)
            assert lab.p.load(shop).state == state
            assert lab.p.names(shop).archive.exists() == (state == "archived")
        assert commands.accept(lab.p, order("restore", shop)) is None
        assert commands.accept(lab.p, order("create", domain="chez-hugo", merchant="mrch_other")) is None
    finally:
        lab.p.clock = original
    with lab.p.session() as session:
        shown = session.execute(text("SELECT id FROM portal_boutiques WHERE id = :id"), {"id": shop})
        assert shown.first() is None


def test_an_altered_archive_is_never_restored(lab: Lab) -> None:
    shop = perform(lab, "create", domain="chez-ivan")
    perform(lab, "delete", shop)
    part = lab.p.names(shop).archive / archive.DUMP
    content = part.read_bytes()
    part.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ArchiveError, match="altered"):
        archive.check(part.parent)
    boutique_id = commands.accept(lab.p, order("restore", shop))
    assert boutique_id
    reconcile.reconcile(lab.p, boutique_id)
    row = lab.p.load(shop)
    assert (row.error_code, row.database_ready) == ("archive_failed", False)
    part.write_bytes(content)
    lab.p.update(shop, next_try_at=None)
    swept(lab)
    assert_live(lab, shop)
    discard(lab, shop)


def test_the_pool_hands_out_members_and_is_filled_again(lab: Lab) -> None:
    original = lab.p.settings
    lab.p.settings = replace(original, pool_size=1)
    try:
        swept(lab)
        assert pool.ready(lab.p) == 1
        started = time.monotonic()
        shop = perform(lab, "create", domain="chez-nina")
        assert time.monotonic() - started < 5
        assert_live(lab, shop)
        assert pool.ready(lab.p) == 0
        assert "template.boutique.invalid" not in visitor(lab, shop).follow("/fr/").text
        private = json.loads((lab.p.names(shop).private / "comptoir.json").read_text())
        assert (private["boutique_id"], private["mode"]) == (shop, "test")
        swept(lab)
        assert pool.ready(lab.p) == 1
    finally:
        lab.p.settings = replace(original, pool_size=0)
        swept(lab)
    assert pool.ready(lab.p) == 0
    lab.p.settings = original
    discard(lab, shop)


def test_a_platform_that_fails_delays_a_boutique_but_does_not_lose_it(lab: Lab) -> None:
    lab.platform.failing = True
    try:
        shop = perform(lab, "create", domain="chez-omar")
    finally:
        lab.platform.failing = False
    row = lab.p.load(shop)
    assert (row.state, row.error_code) == ("creating", "platform_failed")
    lab.p.update(shop, next_try_at=None)
    swept(lab)
    assert_live(lab, shop)
    calls = [path for method, path in lab.platform.calls if method == "POST" and path.endswith("/keys")]
    assert calls
    assert all(MERCHANT in path for path in calls)
    discard(lab, shop)


def test_another_port_moves_every_address(lab: Lab, shop: str) -> None:
    """A stack started again on another port: domain, mail templates, webhook and relay follow."""
    original = lab.p.settings
    lab.p.settings = replace(original, boutiques_port=9443)
    try:
        lab.p.update(shop, wanted="suspended", state="suspended")  # nothing listens on that port here
        swept(lab)
        assert lab.p.load(shop).identity_host == "chez-lea.localhost:9443"
        assert lab.platform.webhooks[shop]["url"].startswith("https://chez-lea.localhost:9443/")
        assert sql(lab, shop, "SELECT domain FROM ps_shop_url") == [("chez-lea.localhost:9443",)]
        assert ":9443/" in inside(lab, shop, "cat /var/www/html/mails/fr/order_conf.html")[1]
    finally:
        lab.p.settings = original
    lab.p.update(shop, wanted="live", state="live")
    swept(lab)
    assert_live(lab, shop)


def test_the_owner_of_an_old_boutique_keeps_what_was_renamed(lab: Lab, shop: str) -> None:
    sql(lab, shop, "UPDATE ps_configuration SET value = 'Mon nom' WHERE name = 'PS_SHOP_NAME'")
    lab.p.update(shop, identity_host="old.localhost")
    swept(lab)
    assert sql(lab, shop, "SELECT value FROM ps_configuration WHERE name = 'PS_SHOP_NAME'") == [("Mon nom",)]
    assert_live(lab, shop)
