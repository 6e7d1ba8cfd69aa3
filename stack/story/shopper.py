"""The shopper: buys as a guest in a boutique with the release's own theme, pays on the payment page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from stack.story.browser import screenshot

# Test cards of the contract, section 8.
ACCEPTED_CARD = "4242424242424242"
CHALLENGED_CARD = "4000000000003220"
DECLINED_CARD = "4000000000000002"


@dataclass
class Shopper:
    """One person with one page; `pictures` is a folder for screenshots or None."""

    page: Page
    email: str
    pictures: Path | None = None

    def fill_cart(self, shop: str) -> None:
        """Puts the first product of the home page into the cart and opens the checkout."""
        self.page.goto(shop)
        screenshot(self.page, self.pictures, "boutique-home")
        self.page.locator(".product-miniature a.product-thumbnail").first.click()
        self.page.locator("button.add-to-cart").click()
        self.page.locator("#blockcart-modal .cart-content-btn a.btn-primary").click()
        self.page.locator(".cart-detailed-actions a.btn-primary").click()

    def identify(self) -> None:
        """Guest, address in France, first carrier: up to the choice of payment."""
        page = self.page
        form = page.locator("#checkout-guest-form")
        form.locator("#field-firstname").fill("Ada")
        form.locator("#field-lastname").fill("Martin")
        form.locator("#field-email").fill(self.email)
        for box in form.locator("input[type=checkbox][required]").all():
            box.check(force=True)
        form.locator("button[name=continue]").click()
        page.locator("#field-address1").fill("12 rue des Lilas")
        page.locator("#field-postcode").fill("75011")
        page.locator("#field-city").fill("Paris")
        page.locator("button[name=confirm-addresses]").first.click()
        page.locator("button[name=confirmDeliveryOption]").click()

    def place_order(self) -> None:
        """Chooses our payment option, accepts the terms and goes to the payment page."""
        page = self.page
        option = page.locator("input[data-module-name^=comptoir]").first
        option.wait_for(state="attached")
        option.check(force=True)
        for box in page.locator("#conditions-to-approve input[type=checkbox]").all():
            box.check(force=True)
        button = page.locator("#payment-confirmation button")
        expect(button).to_be_enabled()
        screenshot(page, self.pictures, "boutique-checkout")
        button.click()
        page.wait_for_url(re.compile(r"https://payment\."))

    def type_card(self, number: str, button: Locator | None = None) -> None:
        """Fills the payment page's card form and pays."""
        page = self.page
        page.locator("input[autocomplete=cc-number]").fill(number)
        page.locator("input[autocomplete=cc-exp]").fill("12 / 31")
        page.locator("input[autocomplete=cc-csc]").fill("123")
        name = page.locator("input[autocomplete=cc-name]")
        if name.count():
            name.fill("Ada Martin")
        screenshot(page, self.pictures, f"payment-page-{number[-4:]}")
        (button or page.locator("form button[type=submit]").first).click()

    def confirmed_order(self) -> str:
        """Waits for the boutique's confirmation; returns the order's reference."""
        reference = self.page.locator("#order-reference-value")
        reference.wait_for()
        screenshot(self.page, self.pictures, "boutique-confirmation")
        return reference.inner_text().split(":")[-1].strip()

    def answer_challenge(self) -> None:
        """Types the one-time code that the simulated issuer shows and confirms."""
        page = self.page
        hint = page.locator("[data-code]").first
        page.locator("input[name=code]").fill((hint.get_attribute("data-code") or hint.inner_text()).strip())
        page.locator("button[name=answer][value=success]").click()
