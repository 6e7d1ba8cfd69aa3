"""Chromium on the real pages: what axe finds (WCAG 2.2 AA), keyboard, scripts, and pictures of the design page.

Chromium's requests are answered by the application in this very process; nothing listens on a port.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Request, Route, sync_playwright

from .conftest import FORM, ORIGIN, Browser, sign_in_as
from .fake_core import FakeCore
from .fake_rows import TERMINAL, dispute, payment, payout
from .fake_webhooks import EVENT, delivery, webhook

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
PUBLIC = ["/design", "/inscription", "/connexion", "/conditions"]
SIGNED_IN = [
    "/",
    "/paiements",
    f"/paiements/{payment()['id']}",
    f"/paiements/{payment()['id']}/rembourser",
    "/statistiques",
    "/horloge",
    "/boutiques",
    "/boutiques/creer",
    "/cles",
    "/webhooks",
    f"/webhooks/{webhook()['id']}",
    f"/webhooks/{webhook()['id']}/evenements/{EVENT['id']}",
    "/journal",
    "/parametres",
    "/aide",
    "/reversements",
    f"/reversements/{payout()['id']}",
    "/contestations",
    f"/contestations/{dispute()['id']}",
    "/terminal",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


def open_page(chromium: Chromium, browser: Browser, width: int = 1280, scheme: str = "light") -> Page:
    """A page whose requests the application answers; cookies are the test client's."""
    context = chromium.new_context(
        viewport={"width": width, "height": 860}, color_scheme=scheme, reduced_motion="reduce"
    )  # type: ignore[arg-type]

    def answer(route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {
            name: value for name, value in request.headers.items() if name not in ("cookie", "content-length", "host")
        }
        made = browser.client.open(
            path, method=request.method, data=request.post_data_buffer, headers=headers, base_url=ORIGIN
        )
        if 300 <= made.status_code < 400:  # Chromium would follow it past this function
            page = f'<meta http-equiv="refresh" content="0;url={made.headers["Location"]}">'
            route.fulfill(status=200, content_type="text/html", body=page)
            return
        kept = {name: value for name, value in made.headers.items() if name.lower() != "set-cookie"}
        route.fulfill(status=made.status_code, headers=kept, body=made.get_data())

    context.route("**/*", answer)
    return context.new_page()


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{item['id']}: {node['html'][:140]} {node['failureSummary'][:200]}" for item in found for node in item["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_and_nothing_overflows(
    app: Flask, chromium: Chromium, core: FakeCore, browser: Browser, scheme: str, width: int
) -> None:
    core.disputes, core.payouts, core.terminals = [dispute()], [payout()], [TERMINAL]
    core.webhooks.endpoints, core.webhooks.deliveries = [webhook()], [delivery("pending"), delivery("abandoned")]
    core.payments = [
        payment(number, status=status)
        for number, status in enumerate(("captured", None, "refused", "disputed", "to_capture"), start=1)
    ]
    page = open_page(chromium, browser, width, scheme)
    problems = []
    for path in PUBLIC:
        page.goto(ORIGIN + path)
        problems += [f"{path} {text}" for text in violations(page)]
    sign_in_as(app, browser, "owner")
    for path in SIGNED_IN if scheme == "light" else SIGNED_IN[::3]:  # colours come from the same tokens everywhere
        page.goto(ORIGIN + path)
        problems += [f"{path} {text}" for text in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{path} is wider than {width}")
    page.context.close()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_design_page_has_its_picture(
    app: Flask, chromium: Chromium, browser: Browser, scheme: str, tmp_path: Path
) -> None:
    for width in (1280, 390):
        page = open_page(chromium, browser, width, scheme)
        page.goto(ORIGIN + "/design")
        picture = tmp_path / f"design-{scheme}-{width}.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 50_000
        page.context.close()


def test_scripts_run_under_the_policy_and_show_the_effect_of_a_refund(
    app: Flask, chromium: Chromium, browser: Browser, core: FakeCore
) -> None:
    core.payments = [payment()]
    sign_in_as(app, browser, "owner")
    page = open_page(chromium, browser)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{ORIGIN}/paiements/{payment()['id']}/rembourser")
    page.locator("input[value=partial]").check()
    page.locator("input[name=amount]").fill("12,50")
    assert "47,50" in page.locator("[data-effect=after]").inner_text(), "60,00 − 12,50"
    assert "12,50" in page.locator("main form button[type=submit]").first.inner_text()
    page.locator("main form button[type=submit]").first.dblclick()
    page.wait_for_url(f"{ORIGIN}/paiements/{payment()['id']}")
    assert [refund["amount"] for refund in core.refunds] == [1250]
    assert problems == []
    page.context.close()


def test_the_sign_up_form_groups_digits_and_works_by_keyboard(app: Flask, chromium: Chromium, browser: Browser) -> None:
    page = open_page(chromium, browser)
    page.goto(ORIGIN + "/inscription")
    page.locator("input[name=email]").focus()
    for text in (FORM["email"], FORM["password"]):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past "Afficher"
    for text in (FORM["company"], "732829320", "fr7630006000011234567890189"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    assert page.locator("input[name=siren]").input_value() == "732 829 320"
    assert page.locator("input[name=iban]").input_value() == FORM["iban"]
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ORIGIN}/inscription/envoyee")
    page.context.close()
