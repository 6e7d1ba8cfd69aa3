"""The payment page and the issuer's page in a real browser: keyboard, script, frames, phone, accessibility."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from werkzeug.serving import make_server

from payments_core import create_app, policy
from payments_core.db import db
from tests.payments_core.conftest import FrozenClock, _empty, config_for
from tests.payments_core.payment_page.steps import CHALLENGED, DECLINED, GOOD
from tests.payments_core.public_door import Caller, account

pytestmark = pytest.mark.browser

SHOP = "https://shop.example"
BACK = f"{SHOP}/merci?commande=1"
PARENT = """<!doctype html><title>Shop</title><script>
window.told = []; addEventListener("message", (event) => {{ told.push(event.data); {reaction} }});
</script><iframe src="{url}" width="400" height="700" allow="payment"
sandbox="allow-forms allow-scripts allow-same-origin allow-top-navigation"></iframe>"""
STAY = "if (event.data.status === 'finished') event.source.postMessage({stopRedirection: true}, '*');"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@dataclass
class Counter:
    """A served core, a browser in front of it, and a merchant's key to make payments with."""

    context: BrowserContext
    api: Caller
    port: int

    def new_payment(self, lang: str = "fr", **fields: Any) -> str:
        """The page's address of a new payment."""
        payment = self.api.made("/v2/payments", {"amount": 2590, "currency": "eur", "return_url": BACK, **fields})
        return f"https://payment.localhost:{self.port}/{self.api.public}/{payment['id']}?lang={lang}"

    def open(self, lang: str = "fr", **fields: Any) -> Page:
        page = self.context.new_page()
        page.goto(self.new_payment(lang, **fields))
        return page

    def frame(self, reaction: str = "", **fields: Any) -> Page:
        """A shop's page that frames the payment page and writes down what it is told."""
        parent = PARENT.format(url=self.new_payment(**fields), reaction=reaction)
        self.context.route(f"{SHOP}/checkout", lambda route: route.fulfill(body=parent, content_type="text/html"))
        page = self.context.new_page()
        page.goto(f"{SHOP}/checkout")
        page.frame_locator("iframe").locator("#pay").wait_for()
        return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS, env={**os.environ})
        yield chromium
        chromium.close()


@pytest.fixture
def counter(core_database: str, clock: FrozenClock, browser: Browser) -> Iterator[Counter]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hosts = {
        f"{name}_url": f"https://{host}.localhost:{port}"
        for name, host in (("api", "api"), ("payment", "payment"), ("threeds", "3ds"))
    }
    app = create_app(config_for(core_database, **hosts), clock, doors=("public",))
    with app.app_context():
        _empty()
        policy.forget_cache()
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context="adhoc")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(ignore_https_errors=True, locale="fr-FR", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    context.route(f"{SHOP}/merci*", lambda route: route.fulfill(body="<title>Merci</title>", content_type="text/html"))
    yield Counter(context, account(app, clock, "account-1"), port)
    context.close()
    server.shutdown()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def fill(page: Any, number: str = GOOD, expiry: str = "1230", cvc: str = "123") -> None:
    for field, text in (("#number", number), ("#expiry", expiry), ("#cvc", cvc)):
        page.locator(field).press_sequentially(text)


def test_the_keyboard_alone_pays(counter: Counter) -> None:
    page = counter.open()
    page.keyboard.press("Tab")  # the test cards
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    for text in (GOOD, "1230", "123"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(BACK)


def test_digits_are_grouped_while_typing_and_the_caret_stays(counter: Counter) -> None:
    page = counter.open()
    number, expiry = page.locator("#number"), page.locator("#expiry")
    number.press_sequentially("424242424242")
    assert number.input_value() == "4242 4242 4242"
    number.evaluate("field => field.setSelectionRange(2, 2)")
    number.press_sequentially("99")
    assert number.input_value() == "4299 4242 4242 42"
    assert number.evaluate("field => field.selectionStart") == 4
    number.fill("378282246310005")
    assert number.input_value() == "3782 822463 10005"
    assert page.locator('[data-brand="amex"]').get_attribute("class") == "on"
    expiry.press_sequentially("9")
    assert expiry.input_value() == "09 / "
    expiry.press("Backspace")
    assert expiry.input_value() == "09"
    expiry.fill("12/2031")
    assert expiry.input_value() == "12 / 31"


def test_a_test_card_fills_the_form_by_a_click(counter: Counter) -> None:
    page = counter.open()
    page.locator("summary").click()
    page.locator(f'[data-fill="{DECLINED}"]').click()
    page.locator("#pay").click()
    page.locator(".alert").wait_for()
    assert "refusé" in page.locator(".alert").inner_text()


def test_wrong_fields_are_told_before_anything_is_sent(counter: Counter) -> None:
    page = counter.open()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    fill(page, "4242424242424241", "1320", "12")
    page.locator("#pay").click()
    for name in ("number", "expiry", "cvc"):
        assert page.locator(f"#{name}-error").is_visible()
        assert page.locator(f"#{name}").get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "number"
    assert "POST" not in sent
    page.locator("#number").fill(GOOD)
    assert page.locator("#number-error").is_hidden()


def test_a_double_click_sends_once(counter: Counter) -> None:
    page = counter.open()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    fill(page)
    page.locator("#pay").dblclick(no_wait_after=True)
    page.wait_for_url(BACK)
    assert sent.count("POST") == 1


def test_a_challenge_is_passed_and_the_back_button_does_no_harm(counter: Counter) -> None:
    page = counter.open(auth=True)
    fill(page, CHALLENGED)
    page.locator("#pay").click()
    page.wait_for_url("**/v1/redirect/**")
    page.go_back()
    page.locator("text=Continuer vers ma banque").click()
    code = page.locator("#hint").inner_text().split()[-1]
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url(BACK)


def told(page: Page) -> list[Any]:
    return [message["status"] for message in page.evaluate("window.told")]


def test_in_a_frame_the_parent_is_told_and_the_top_window_goes_on(counter: Counter) -> None:
    page = counter.frame()
    first = page.evaluate("window.told[0]")
    assert set(first) == {"status", "width", "height", "url", "paymentStatus"}
    assert (first["status"], first["url"], first["paymentStatus"]) == ("init", None, None)
    assert first["width"] > 300
    assert first["height"] > 320
    inside = page.frame_locator("iframe")
    fill(inside)
    inside.locator("#pay").click()
    page.wait_for_url(BACK)


def test_a_parent_may_keep_the_page_from_leaving(counter: Counter) -> None:
    page = counter.frame(reaction=STAY)
    inside = page.frame_locator("iframe")
    fill(inside)
    inside.locator("#pay").click()
    inside.locator(".state").wait_for()
    page.wait_for_function("window.told.some((message) => message.status === 'finished')")
    finished = page.evaluate("window.told.find((message) => message.status === 'finished')")
    assert (finished["url"], finished["paymentStatus"]) == (BACK, "to_capture")
    page.wait_for_timeout(1000)  # longer than the page waits for an objection
    assert page.url == f"{SHOP}/checkout"


def test_in_a_frame_the_challenge_is_announced_and_its_end_too(counter: Counter) -> None:
    page = counter.frame(reaction=STAY, auth=True)
    inside = page.frame_locator("iframe")
    fill(inside, CHALLENGED)
    inside.locator("#pay").click()
    inside.locator('[value="decline"]').click()
    inside.locator(".alert").wait_for()
    assert told(page)[-1] in ("secure-auth-error", "init")
    fill(inside, CHALLENGED)
    inside.locator("#pay").click()
    inside.locator('[value="succeed"]').click()
    inside.locator(".state").wait_for()
    page.wait_for_function("window.told.some((message) => message.status === 'finished')")
    spoken = [status for status in told(page) if status != "init"]
    assert spoken == ["secure-auth-start", "secure-auth-error", "secure-auth-start", "secure-auth-end", "finished"]


def test_nothing_is_loaded_from_elsewhere(counter: Counter) -> None:
    hosts: set[str] = set()
    counter.context.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    page = counter.open(auth=True)
    fill(page, CHALLENGED)
    page.locator("#pay").click()
    page.wait_for_url("**/v1/redirect/**")
    assert hosts == {"payment.localhost", "3ds.localhost"}


@pytest.mark.parametrize("lang", ["fr", "en", "it"])
def test_a_phone_shows_everything_in_one_screen(counter: Counter, lang: str) -> None:
    page = counter.open(lang, description="Commande 1047")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollHeight") <= 844
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = page.locator("a, button, summary, input:not([type=hidden])")
    heights = {target.bounding_box()["height"] for target in targets.all() if target.is_visible()}  # type: ignore[index]
    assert min(heights) >= 44


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_accessibility_rule_is_broken(counter: Counter, colours: Any) -> None:
    """axe-core on every state of both pages, WCAG 2.2 A and AA and its best practices."""

    def check(page: Page) -> None:
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()

    page = counter.open(auth=True, description="Trois livres")
    check(page)
    page.locator("summary").click()
    check(page)
    page.locator("summary").click()
    fill(page, "4242", "1", "1")
    page.locator("#pay").click()
    check(page)
    for field in ("#number", "#expiry", "#cvc"):
        page.locator(field).fill("")
    fill(page, CHALLENGED)
    page.locator("#pay").click()
    page.wait_for_url("**/v1/redirect/**")
    check(page)
    page.locator('[value="unavailable"]').click()
    page.locator(".alert").wait_for()
    check(page)
    fill(page)
    page.locator("#pay").click()
    page.wait_for_url(BACK)
    page.go_back()
    page.locator(".state").wait_for()
    check(page)
    page.goto(f"https://payment.localhost:{counter.port}/nothing?lang=fr")
    check(page)


def test_without_script_and_cookies_a_challenge_is_passed(counter: Counter, browser: Browser) -> None:
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)

    def thank(route: Route) -> None:
        route.fulfill(body="<title>Merci</title>", content_type="text/html")

    context.route(f"{SHOP}/merci*", thank)
    page = context.new_page()
    page.goto(counter.new_payment(auth=True))
    for field, text in (("#number", CHALLENGED), ("#expiry", "12/30"), ("#cvc", "123")):
        page.fill(field, text)
    page.click("#pay")
    page.click('[value="succeed"]')
    page.wait_for_url(BACK)
    assert context.cookies() == []
    context.close()
