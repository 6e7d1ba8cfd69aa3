"""The payment page and the issuer's page in a real browser: keyboard, script, phone, accessibility."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.payments_core.payment_page.counter import Counter, fill
from tests.payments_core.payment_page.steps import CHALLENGED, DECLINED, FRENCH, GOOD
from tests.payments_core.public_door import CARD, CUSTOMER

pytestmark = pytest.mark.browser


def test_the_keyboard_alone_pays(counter: Counter) -> None:
    page = counter.open()
    page.keyboard.press("Tab")  # the test cards
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Tab")  # the way to pay: a card is marked
    assert page.evaluate("document.activeElement.id") == "way-card"
    for text in (GOOD, "1230", "123"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(counter.back)


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
    page.wait_for_url(counter.back)
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
    page.wait_for_url(counter.back)


def test_nothing_is_loaded_from_elsewhere(counter: Counter) -> None:
    hosts: set[str] = set()
    counter.context.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    page = counter.open(auth=True)
    fill(page, CHALLENGED)
    page.locator("#pay").click()
    page.wait_for_url("**/v1/redirect/**")
    assert hosts == {"payment.localhost", "3ds.localhost"}


@pytest.mark.parametrize("way", ["card", "sepa"])
@pytest.mark.parametrize("lang", ["fr", "en", "it"])
def test_a_phone_shows_everything_in_one_screen(counter: Counter, lang: str, way: str) -> None:
    page = counter.open(lang, description="Commande 1047")
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(f"#way-{way}").check()
    assert page.evaluate("document.documentElement.scrollHeight") <= 740
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    targets = page.locator("a, button, summary, input:not([type=hidden])")
    heights = {target.bounding_box()["height"] for target in targets.all() if target.is_visible()}  # type: ignore[index]
    assert min(heights) >= 44


def test_an_iban_is_grouped_while_typing_and_pays(counter: Counter) -> None:
    page = counter.open()
    assert page.locator("#iban").is_hidden()
    page.locator("#way-sepa").check()
    assert page.locator("#number").is_hidden()
    page.locator("#iban").press_sequentially("fr142004")
    assert page.locator("#iban").input_value() == "FR14 2004"
    page.locator("#pay").click()
    assert page.locator("#iban-error").is_visible()
    assert page.locator("#holder-error").is_visible()
    page.locator("#iban").fill("FR1420041010050500013M02606")
    assert page.locator("#iban").input_value() == "FR14 2004 1010 0505 0001 3M02 606"
    assert page.locator("#iban-error").is_hidden()
    page.locator("#holder").fill("Ada Martin")
    assert page.locator("#pay").inner_text().startswith("Signer et payer")
    page.locator("#pay").click()
    page.wait_for_url(counter.back)


def test_the_network_is_asked_of_a_co_badged_card_only(counter: Counter) -> None:
    page = counter.open()
    choice = page.locator("#network")
    page.locator("#number").press_sequentially(GOOD)
    assert choice.is_hidden()
    page.locator("#number").fill("")
    page.locator("#number").press_sequentially(FRENCH)
    assert choice.is_visible()
    assert page.locator('#network input[value="national"]').is_checked()
    assert choice.locator("[data-brand-name]").inner_text() == "Visa"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_accessibility_rule_is_broken(counter: Counter, colours: Any) -> None:
    """axe-core on every state of both pages, WCAG 2.2 A and AA and its best practices."""

    def check(page: Page) -> None:
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()

    page = counter.open(auth=True, description="Trois livres")
    address = page.url
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
    page.wait_for_url(counter.back)
    page.goto(address)
    page.locator(".state").wait_for()
    check(page)
    page.goto(f"https://payment.localhost:{counter.port}/nothing?lang=fr")
    check(page)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_accessibility_rule_is_broken_by_debits_saved_cards_links_and_mandates(
    counter: Counter, colours: Any
) -> None:
    def check(page: Page) -> None:
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()

    customer = counter.api.made("/v2/customers", CUSTOMER)["id"]
    counter.api.made("/v2/cards", {**CARD, "number": FRENCH, "customer": customer})
    page = counter.open(customer=customer, return_url=None)
    check(page)
    page.locator("#way-card").check()
    page.locator("#number").fill(FRENCH)
    check(page)
    page.locator("#way-sepa").check()
    page.locator("#pay").click()
    check(page)
    page.locator("#iban").fill("FR1420041010050500013M02606")
    page.locator("#holder").fill("Ada Martin")
    page.locator("#pay").click()
    page.locator(".state").wait_for()
    check(page)
    link = counter.api.made("/v2/payment_links", {"amount": 2590, "multiple": True, "description": "Adhésion"})
    page.goto(link["url"])
    check(page)
    account = counter.api.made("/v2/sepa", {"iban": "FR1420041010050500013M02606", "name": "Ada Martin"})
    page.goto(counter.api.made("/v2/mandates", {"sepa": account["id"]})["sign_url"])
    check(page)
    page.locator("form .button").click()
    page.locator(".alert").wait_for()
    check(page)
    page.locator("input[name=agree]").check()
    page.locator("form .button").click()
    page.locator(".state").wait_for()
    check(page)


def test_without_script_the_fields_follow_the_way_chosen_and_networks_are_offered(
    counter: Counter, browser: Browser
) -> None:
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(counter.new_payment())
    assert page.locator("#network").is_visible()
    page.locator("#way-sepa").check()
    assert page.locator("#number").is_hidden()
    page.fill("#iban", "FR14 2004 1010 0505 0001 3M02 606")
    page.fill("#holder", "Ada Martin")
    page.click("#pay")
    page.wait_for_url(counter.back)
    context.close()


def test_without_script_and_cookies_a_challenge_is_passed(counter: Counter, browser: Browser) -> None:
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(counter.new_payment(auth=True))
    for field, text in (("#number", CHALLENGED), ("#expiry", "12/30"), ("#cvc", "123")):
        page.fill(field, text)
    page.click("#pay")
    page.click('[value="succeed"]')
    page.wait_for_url(counter.back)
    assert context.cookies() == []
    context.close()
