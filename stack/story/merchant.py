"""The merchant: signs up, launches a boutique, looks at payments, refunds, all in the portal, in French."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from stack.state import State
from stack.story import identities
from stack.story.browser import screenshot
from stack.story.mailbox import link, wait_for_mail
from stack.story.patience import reach
from stack.story.platform import require


@dataclass
class Merchant:
    """One person with one page; `pictures` is a folder for screenshots or None."""

    state: State
    page: Page
    email: str
    password: str
    pictures: Path | None = None

    def open(self, path: str) -> None:
        """A page of the portal."""
        reach(self.page, self.state.url("portal") + path)

    def sign_up(self) -> None:
        """Fills the form, follows the mailed link, signs in."""
        page = self.page
        self.open("/inscription")
        page.locator("input[name=email]").fill(self.email)
        page.locator("input[name=password]").fill(self.password)
        page.locator("input[name=company]").fill("Atelier Martin")
        page.locator("input[name=siren]").fill(identities.siren(self.email))
        page.locator("input[name=iban]").fill(identities.iban(self.email))
        page.locator("input[name=terms]").check()
        screenshot(page, self.pictures, "portal-sign-up")
        page.locator("main form button[type=submit]").first.click()
        reach(page, link(wait_for_mail(self.state, self.email, "confirm"), "/confirmation/"))
        self.sign_in()

    def sign_in(self) -> None:
        """Signs in unless the session already is."""
        page = self.page
        self.open("/connexion")
        if page.locator("input[name=password]").count():
            page.locator("input[name=email]").fill(self.email)
            page.locator("input[name=password]").fill(self.password)
            page.locator("main form button[type=submit]").first.click()
            page.wait_for_url(lambda url: "/connexion" not in url)

    def see_test_keys(self) -> str:
        """Opens the keys page; returns the public test key shown there."""
        self.open("/cles")
        text = self.page.locator("main").inner_text()
        found = re.search(r"\bptest_\w{24}\b", text)
        require(found is not None, "the keys page shows no public test key")
        screenshot(self.page, self.pictures, "portal-keys")
        return str(found.group(0)) if found else ""

    def create_boutique(self, name: str) -> str:
        """Chooses the name and clicks; returns the boutique's page."""
        page = self.page
        self.open("/boutiques/creer")
        page.locator("input[name=name]").fill(name)
        screenshot(page, self.pictures, "portal-boutique-create")
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(re.compile(r"/boutiques/(?!creer)"))
        screenshot(page, self.pictures, "portal-boutique-progress")
        return page.url

    def change_boutique(self, page_url: str, action: str, typed_name: str = "") -> None:
        """suspendre, reprendre, supprimer (with the name typed) or restaurer."""
        page = self.page
        reach(page, page_url)
        form = page.locator(f"form[action$='/{action}']").first
        if typed_name:
            opener = page.locator(f"[data-opens='{action}'], summary:has-text('Supprimer')").first
            if not form.locator("input[type=text]").is_visible() and opener.count():
                opener.click()
            form.locator("input[type=text]").fill(typed_name)
        screenshot(page, self.pictures, f"portal-boutique-{action}")
        form.locator("button[type=submit]").click()
        page.wait_for_load_state()

    def find_payment(self, reference: str) -> str:
        """Searches by the order's reference, opens the payment; returns its id."""
        page = self.page
        self.open(f"/paiements?q={reference}")
        screenshot(page, self.pictures, "portal-payments")
        page.locator("a[href*='/paiements/paym_']").first.click()
        page.wait_for_url(re.compile(r"/paiements/paym_"))
        screenshot(page, self.pictures, "portal-payment")
        return page.url.rsplit("/", 1)[-1].split("?")[0]

    def refund_part(self, payment: str, euros: str) -> None:
        """Remboursement partiel of e.g. "5,00"."""
        page = self.page
        self.open(f"/paiements/{payment}/rembourser")
        page.locator("input[name=kind][value=partial]").check()
        page.locator("input[name=amount]").fill(euros)
        screenshot(page, self.pictures, "portal-refund")
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_load_state()
