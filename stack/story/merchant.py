"""The merchant: signs up, launches a boutique, looks at payments, refunds, all in the portal, in French."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from stack.state import State
from stack.story import identities
from stack.story.browser import screenshot
from stack.story.mailbox import link, wait_for_mail
from stack.story.patience import reach, until
from stack.story.platform import NotHeld, require, wait_for


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

        def attempt() -> None:
            self.open("/inscription")
            self._fill_sign_up()
            screenshot(self.page, self.pictures, "portal-sign-up")
            self._submit()
            wait_for_mail(self.state, self.email, "confirm", 15)

        until(lambda: self._mailed("confirm"), attempt, "the confirmation mail comes")
        reach(self.page, link(wait_for_mail(self.state, self.email, "confirm"), "/confirmation/"))
        self.sign_in()

    def _fill_sign_up(self) -> None:
        fields = {
            "email": self.email,
            "password": self.password,
            "company": "Atelier Martin",
            "siren": identities.siren(self.email),
            "iban": identities.iban(self.email),
        }
        for name, value in fields.items():
            self.page.locator(f"input[name={name}]").fill(value)
        self.page.locator("input[name=terms]").check()

    def _mailed(self, subject: str) -> bool:
        try:
            wait_for_mail(self.state, self.email, subject, 0)
        except (NotHeld, OSError):
            return False
        return True

    def sign_in(self) -> None:
        """Signs in unless the session already is."""

        def attempt() -> None:
            self.open("/connexion")
            if self.page.locator("input[name=password]").count():
                self.page.locator("input[name=email]").fill(self.email)
                self.page.locator("input[name=password]").fill(self.password)
                self._submit()

        until(
            lambda: self.page.locator("a[href='/cles'], a[href^='/cles']").count() > 0,
            attempt,
            "the portal lets them in",
        )

    def _submit(self) -> None:
        """The page's own button, and the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator("main form button[type=submit]").first.click()

    def see_test_keys(self) -> str:
        """Opens the keys page; returns the public test key shown there."""
        self.open("/cles")
        text = self.page.locator("main").inner_text()
        found = re.search(r"\bptest_\w{24}\b", text)
        require(found is not None, "the keys page shows no public test key")
        screenshot(self.page, self.pictures, "portal-keys")
        return str(found.group(0)) if found else ""

    def create_boutique(self, name: str) -> str:
        """Chooses the name and clicks; returns the page of the wish, which leads on to the boutique's."""
        page = self.page

        def attempt() -> None:
            self.open("/boutiques/creer")
            page.locator("input[name=name]").fill(name)
            screenshot(page, self.pictures, "portal-boutique-create")
            self._submit()

        made = re.compile(r"^https://.*/boutiques/(?!creer)")
        wishes: list[str] = []

        def asked_for() -> bool:
            if not made.search(page.url) and not self._listed(name):
                return False
            wishes.append(page.url)  # noted at once: the page moves on by itself, be it to an error of the road
            return bool(made.search(wishes[-1]))

        until(asked_for, attempt, "the boutique is asked for")
        screenshot(page, self.pictures, "portal-boutique-progress")
        return wishes[-1]

    def _listed(self, name: str) -> bool:
        """Opens the boutique from the list, where an earlier click was heard though its answer was lost."""
        if "Error" not in self.page.title() and "/boutiques/creer" not in self.page.url:
            return False
        self.open("/boutiques")
        row = self.page.locator(f"main a[href*='/boutiques/']:has-text('{name}')")
        if not row.count():
            return False
        self.open(str(row.first.get_attribute("href")))
        return True

    def change_boutique(self, page_url: str, action: str, done: Callable[[], bool], typed_name: str = "") -> None:
        """suspendre, reprendre, supprimer (with the name typed) or restaurer, until `done` holds."""
        page = self.page
        form = page.locator(f"form[action$='/{action}']").first

        def attempt() -> None:
            reach(page, page_url)
            if not form.count():
                return  # on its way already, or not offered yet
            if typed_name:
                opener = page.locator("summary:has-text('Supprimer')")
                if opener.count() and not form.locator("input[type=text]").is_visible():
                    opener.first.click()
                form.locator("input[type=text]").fill(typed_name)
            screenshot(page, self.pictures, f"portal-boutique-{action}")
            with page.expect_navigation():
                form.locator("button[type=submit]").click()
            wait_for(done, action, 40)

        until(done, attempt, f"the boutique: {action}")

    def find_payment(self, reference: str) -> str:
        """Searches by the order's reference, opens the payment; returns its id."""
        page = self.page
        address = f"/paiements?q={reference}"

        def there() -> bool:  # it may be the page of another payment that is still open
            return "/paiements/paym_" in page.url and page.locator("main", has_text=reference).count() > 0

        until(there, lambda: self._open_first_payment(address), "the payment is found")
        screenshot(page, self.pictures, "portal-payment")
        return page.url.rsplit("/", 1)[-1].split("?")[0]

    def _open_first_payment(self, address: str) -> None:
        self.open(address)
        screenshot(self.page, self.pictures, "portal-payments")
        with self.page.expect_navigation():
            self.page.locator("a[href*='/paiements/paym_']").first.click()

    def contest(self, dispute: str, words: str, file: Path, done: Callable[[], bool]) -> None:
        """Writes, adds a file and sends; a person who got no answer looks first whether it was heard."""
        page = self.page

        def attempt() -> None:
            self.open(f"/contestations/{dispute}")
            screenshot(page, self.pictures, "portal-dispute")
            if done() or not page.locator("#text").count():
                return
            page.locator("#text").fill(words)
            page.locator("#file").set_input_files(file)
            with page.expect_navigation():
                page.locator("button[name=send]").click()

        until(done, attempt, "the evidence is sent")

    def refund_part(self, payment: str, euros: str, done: Callable[[], bool]) -> None:
        """Remboursement partiel of e.g. "5,00". A person who got no answer looks first whether it was heard.

        That is, once the form is there: what is heard after it was opened, the form itself refuses to repeat.
        """
        page = self.page

        def attempt() -> None:
            self.open(f"/paiements/{payment}/rembourser")
            if done():
                return
            page.locator("input[name=kind][value=partial]").check()
            page.locator("input[name=amount]").fill(euros)
            screenshot(page, self.pictures, "portal-refund")
            self._submit()

        until(done, attempt, "the refund is taken")
