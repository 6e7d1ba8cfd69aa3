"""The shopper: buys as a guest in a boutique with the release's own theme, pays on the payment page.

Each phase has a goal and an attempt; a patient person repeats the attempt while the goal is not reached, which is what the
story needs when servers are killed around them. Attempts look at where the page is and go on from there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from stack.story.browser import screenshot
from stack.story.patience import reach, until

# Test cards of the contract, section 8.
ACCEPTED_CARD = "4242424242424242"
CHALLENGED_CARD = "4000000000003220"
DECLINED_CARD = "4000000000000002"

_OPTION = "input[data-module-name^=comptoir]"
_CARD_NUMBER = "input[autocomplete=cc-number]"
_CHALLENGE = "input[autocomplete=one-time-code]"
_ALERT = "[role=alert]:visible"
_PAID = "a.button[target=_top]"  # the way back to the boutique, on the page of a payment that was made
_CONFIRMED = "#order-reference-value"


@dataclass
class Shopper:
    """One person with one page; `pictures` is a folder for screenshots or None."""

    page: Page
    email: str
    pictures: Path | None = None
    payment_page: str = ""

    def fill_cart(self, shop: str) -> None:
        """Puts the first product of the home page into the cart and opens the checkout."""

        def attempt() -> None:
            reach(self.page, shop)
            screenshot(self.page, self.pictures, "boutique-home")
            self.page.locator(".product-miniature a.product-thumbnail").first.click()
            # Before the theme's script runs, the button leads past the window below.
            self.page.wait_for_load_state("networkidle")
            self.page.locator("button.add-to-cart").click()
            self.page.locator("#blockcart-modal .cart-content-btn a.btn-primary").click()
            self.page.locator(".cart-detailed-actions a.btn-primary").click()
            self.page.locator("body#checkout").wait_for()

        until(lambda: self._sees("body#checkout"), attempt, "the checkout opens")

    def identify(self) -> None:
        """Guest, address in France, first carrier: up to the choice of payment."""
        address = self.page.url

        def attempt() -> None:
            reach(self.page, address)
            if self._sees("#checkout-personal-information-step.-current"):
                self._give_name()
            if self._sees("#checkout-addresses-step.-current"):
                if self._forgotten():
                    self.page.locator("#checkout-personal-information-step .step-edit").click()
                    self._give_name()
                self._give_address()
            if self._sees("#checkout-delivery-step.-current"):
                self.page.locator("button[name=confirmDeliveryOption]").click()
                self.page.locator("#checkout-payment-step.-current").wait_for()

        until(lambda: self._sees("#checkout-payment-step.-current"), attempt, "the choice of payment opens")

    def _forgotten(self) -> bool:
        """Whether the boutique took the name and its answer, with the cookie that says who this is, never came.

        It then goes on with the address of nobody, whose cart cannot be paid: who they are has to be said again.
        """
        name = self.page.locator("#delivery-address #field-firstname")
        return name.count() > 0 and not name.input_value()

    def _give_name(self) -> None:
        form = self.page.locator("#checkout-guest-form")
        form.locator("#field-firstname").fill("Ada")
        form.locator("#field-lastname").fill("Martin")
        form.locator("#field-email").fill(self.email)
        for box in form.locator("input[type=checkbox][required]").all():
            box.check(force=True)
        form.locator("button[name=continue]").click()
        self.page.locator("#checkout-addresses-step.-current").wait_for()

    def _give_address(self) -> None:
        page = self.page
        if self._sees("#field-address1"):
            page.locator("#field-address1").fill("12 rue des Lilas")
            page.locator("#field-postcode").fill("75011")
            page.locator("#field-city").fill("Paris")
        elif not self._sees("input[name=id_address_delivery]:checked"):
            # A boutique killed between keeping the address and taking it for the cart offers it and has none chosen.
            page.locator("input[name=id_address_delivery]").first.check(force=True)
        page.locator("button[name=confirm-addresses]:visible").first.click()
        page.locator("#checkout-delivery-step.-current").wait_for()

    def place_order(self) -> None:
        """Chooses our payment option, accepts the terms and goes to the payment page."""
        page, address = self.page, self.page.url

        def attempt() -> None:
            if not self._sees(_OPTION):
                reach(page, address)
            page.locator(_OPTION).first.check(force=True)
            for box in page.locator("#conditions-to-approve input[type=checkbox]").all():
                box.check(force=True)
            screenshot(page, self.pictures, "boutique-checkout")
            page.locator("#payment-confirmation button:enabled").click()
            page.wait_for_url(re.compile(r"https://payment\."))

        until(lambda: self._sees(_CARD_NUMBER), attempt, "the payment page opens")
        self.payment_page = page.url

    def be_declined(self) -> None:
        """Pays with a card that is refused; the page says why and lets them try again."""

        def attempt() -> None:
            if not self._sees(_CARD_NUMBER):
                reach(self.page, self.payment_page)
            self._type_card(DECLINED_CARD)

        until(lambda: self._sees(_ALERT) and self._sees(_CARD_NUMBER), attempt, "the decline is explained")
        screenshot(self.page, self.pictures, "payment-page-declined")

    def pay(self, number: str) -> str:
        """Pays until the boutique confirms; returns the order's reference."""

        def attempt() -> None:
            if self._sees(_CARD_NUMBER):
                self._type_card(number)
            elif not self._sees(_CHALLENGE):
                reach(self.page, self.payment_page)  # it shows the true state
            if self._sees(_CHALLENGE):
                self._answer_challenge()
            if self._sees(_PAID):
                self.page.locator(_PAID).click()
                self.page.locator(_CONFIRMED).wait_for()

        until(lambda: self._sees(_CONFIRMED), attempt, "the boutique confirms the order")
        screenshot(self.page, self.pictures, "boutique-confirmation")
        return self.page.locator(_CONFIRMED).inner_text().split(":")[-1].strip()

    def _type_card(self, number: str) -> None:
        page = self.page
        page.locator(_CARD_NUMBER).fill(number)
        page.locator("input[autocomplete=cc-exp]").fill("12 / 31")
        page.locator("input[autocomplete=cc-csc]").fill("123")
        if page.locator("input[autocomplete=cc-name]").count():
            page.locator("input[autocomplete=cc-name]").fill("Ada Martin")
        screenshot(page, self.pictures, f"payment-page-{number[-4:]}")
        with page.expect_navigation():
            page.locator("form button[type=submit]").first.click()

    def _answer_challenge(self) -> None:
        """Types the one-time code that the simulated issuer shows and confirms."""
        page = self.page
        screenshot(page, self.pictures, "issuer-challenge")
        code = re.search(r"\d{6}", page.locator("#hint").inner_text())
        page.locator(_CHALLENGE).fill(code.group(0) if code else "")
        with page.expect_navigation():
            page.locator("form button[type=submit]").first.click()

    def _sees(self, selector: str) -> bool:
        return self.page.locator(selector).count() > 0
