"""The story, step by step. Each step acts as a person would and then checks what must hold; it returns links to look at."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from stack.state import BASE_DOMAIN, State
from stack.story.browser import new_page, screenshot
from stack.story.contest import dispute_and_prove, hear_the_outcome
from stack.story.counter import Till, collect_the_terminal, sell_at_the_counter
from stack.story.mailbox import link, wait_for_mail
from stack.story.merchant import Merchant
from stack.story.patience import reach, until
from stack.story.payday import be_paid_out
from stack.story.platform import NotHeld, Platform, require, wait_for
from stack.story.shop import Shop
from stack.story.shopper import ACCEPTED_CARD, CHALLENGED_CARD, Shopper
from stack.web import Session

PAID_STATUSES = ("to_capture", "capture_sent", "captured")
REFUND_EUROS, REFUND_CENTS = "5,00", 500
REFUND_DAYS = 8  # at most: from a cut-off just missed over days without settlement


@dataclass
class Story:
    """What the steps share. `name` makes the people and the domain of one run its own."""

    state: State
    browser: Browser
    pictures: Path | None = None
    name: str = field(default_factory=lambda: f"fleurs-{secrets.token_hex(3)}")
    merchant_id: str = ""
    boutique_page: str = ""
    orders: list[str] = field(default_factory=list)
    payment: str = ""
    contested: str = ""
    dispute: str = ""
    sale: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Opens the merchant's window."""
        self.platform = Platform(self.state)
        self.till = Till(self)
        self.merchant = Merchant(
            self.state, new_page(self.browser), f"{self.name}@example.com", secrets.token_urlsafe(18), self.pictures
        )

    @property
    def shop_url(self) -> str:
        """The boutique's address."""
        return f"https://{self.name}.{BASE_DOMAIN}:{self.state.port}/"

    @property
    def shop(self) -> Shop:
        """The boutique's inside."""
        return Shop(self.state, self.boutique_page.rstrip("/").rsplit("/", 1)[-1])

    def status(self) -> int:
        """HTTP status of the boutique's home page; 0 while nothing answers by that name."""
        try:
            return Session(self.state).get(self.shop_url).status_code
        except OSError:
            return 0

    def suspended(self) -> bool:
        """Whether its address says that it is suspended (not merely away for a moment, which is a 503 too)."""
        answer = Session(self.state).get(self.shop_url)
        return answer.status_code == 503 and "momentanément fermée" in answer.text

    def unknown(self) -> bool:
        """Whether the edge, being up, has no certificate for the name any more."""
        if Session(self.state).get(self.state.url("portal") + "/health").status_code != 200:
            return False
        return self.status() == 0


def sign_up(story: Story) -> str:
    """The merchant signs up, confirms the address by the mailed link and sees test keys."""
    story.merchant.sign_up()
    story.merchant.see_test_keys()
    return story.state.url("portal") + "/cles"


def launch_boutique(story: Story) -> str:
    """The merchant chooses a domain and sees progress; the boutique answers and its back office takes the mailed credentials."""
    story.boutique_page = story.merchant.create_boutique(story.name)
    wait_for(lambda: story.status() == 200, "the boutique answers", 120)
    mail = wait_for_mail(story.state, story.merchant.email, story.name, 60)
    _enter_back_office(story, mail)
    page, wish = story.merchant.page, story.boutique_page
    until(
        lambda: "/boutiques/btq_" in page.url,
        lambda: reach(page, wish),
        "the page of the wish moves on to the boutique's",
    )
    story.boutique_page = page.url
    screenshot(story.merchant.page, story.pictures, "portal-boutique-live")
    return story.shop_url


def _enter_back_office(story: Story, mail: dict[str, Any]) -> None:
    page, address = new_page(story.browser), link(mail, "/gestion")
    found = re.search(r"\b[a-z0-9]{5}(?:-[a-z0-9]{5}){3}\b", mail["text"])
    require(found is not None, "the mail holds no password")
    password = found.group(0) if found else ""

    def attempt() -> None:
        reach(page, address)
        if page.locator("#passwd").count():
            page.locator("#email").fill(story.merchant.email)
            page.locator("#passwd").fill(password)
            page.locator("#submit_login").click()
            page.locator("#header_infos, #header_logo").first.wait_for()

    until(
        lambda: page.locator("#header_infos, #header_logo").count() > 0,
        attempt,
        "the back office takes the credentials",
    )
    screenshot(page, story.pictures, "back-office")
    page.context.close()


def buy_after_a_decline(story: Story) -> str:
    """A guest buys; the first card is declined, the second is taken; the order is confirmed and paid once."""
    shopper = _shopper_at_the_payment_page(story)
    shopper.be_declined()
    return _confirmed(story, shopper, ACCEPTED_CARD)


def buy_with_a_challenge(story: Story) -> str:
    """A guest buys with a card whose issuer asks for 3-D Secure."""
    shopper = _shopper_at_the_payment_page(story)
    return _confirmed(story, shopper, CHALLENGED_CARD)


def _shopper_at_the_payment_page(story: Story) -> Shopper:
    shopper = Shopper(new_page(story.browser), f"ada.{secrets.token_hex(3)}@example.com", story.pictures)
    shopper.fill_cart(story.shop_url)
    shopper.identify()
    shopper.place_order()
    return shopper


def _confirmed(story: Story, shopper: Shopper, card: str) -> str:
    story.orders.append(shopper.pay(card))
    shopper.page.context.close()
    _check_orders(story)
    return story.shop_url


def _check_orders(story: Story) -> None:
    """Every order of the story exists once, in a paid state, with one payment of its exact total."""
    orders = {row["reference"]: row for row in story.shop.orders()}
    require(sorted(orders) == sorted(story.orders), f"orders {sorted(orders)}, expected {sorted(story.orders)}")
    for row in orders.values():
        require(int(row["payments"]) == 1 and int(row["paid"]) == int(row["total"]), f"not paid exactly once: {row}")
        require(bool(int(row["state_is_paid"])), f"the order is not in a paid state: {row}")


def find_in_portal(story: Story) -> str:
    """The merchant finds the payment by the order's reference; it was accepted once."""
    story.payment = story.merchant.find_payment(story.orders[0])
    story.merchant_id = _merchant_of(story)
    payment = story.platform.payment(story.merchant_id, story.payment)
    require(payment["order_id"] == story.orders[0], f"order_id is {payment['order_id']}, not {story.orders[0]}")
    results = [attempt["result"] for attempt in payment["attempts"]]
    require(results.count("accepted") == 1, f"attempts {results}, expected exactly one accepted")
    require(len(results) > 1, f"attempts {results}, expected the declined one before it")
    return f"{story.state.url('portal')}/paiements/{story.payment}"


def _merchant_of(story: Story) -> str:
    from stack.merchants import MerchantError, find

    found: list[str] = []

    def attempt() -> None:
        try:
            found.append(find(story.state, story.merchant.email))
        except MerchantError as error:  # the command met a database that was just starting
            raise NotHeld(str(error)) from error

    until(lambda: bool(found), attempt, "the merchant of the account is found")
    return found[0]


def pass_time_until_captured(story: Story) -> str:
    """The test clock passes the cut-off and the settlement: the payments are captured."""
    story.merchant.open(f"/paiements/{story.payment}")
    story.platform.advance(story.merchant_id, 5)
    # A checkout or a sale at the counter that was broken off leaves a payment of its own.
    broken_off = ("refused", "canceled", "expired", "failed", None)
    for item in story.platform.payments(story.merchant_id):
        if item["id"] == story.payment or item["status"] not in broken_off:
            require(item["status"] == "captured", f"{item['id']} is {item['status']} five days later")
    story.merchant.open(f"/paiements/{story.payment}")
    screenshot(story.merchant.page, story.pictures, "portal-payment-captured")
    return story.merchant.page.url


def refund_part(story: Story) -> str:
    """The merchant refunds a part; it reaches the order as one credit slip; the ledger balances."""
    story.merchant.refund_part(story.payment, REFUND_EUROS, lambda: _refunds(story) != [])
    wait_for(lambda: _slips(story) == REFUND_CENTS, "the credit slip of exactly the refund", 60)
    for _day in range(REFUND_DAYS):
        if [refund["status"] for refund in _refunds(story)] == ["refunded"]:
            break
        story.platform.advance(story.merchant_id, 1)
    refunds = [(refund["amount"], refund["status"]) for refund in _refunds(story)]
    require(refunds == [(REFUND_CENTS, "refunded")], f"refunds {refunds} after {REFUND_DAYS} days")
    require(_slips(story) == REFUND_CENTS, "the order's credit slips changed")
    story.platform.check_ledger()
    story.merchant.open(f"/paiements/{story.payment}")
    screenshot(story.merchant.page, story.pictures, "portal-payment-refunded")
    return story.merchant.page.url


def _refunds(story: Story) -> list[dict[str, Any]]:
    return list(story.platform.payment(story.merchant_id, story.payment)["refunds"])


def _slips(story: Story) -> int:
    row = next(row for row in story.shop.orders() if row["reference"] == story.orders[0])
    require(int(row["slip_count"]) <= 1, f"more than one credit slip: {row}")
    return int(row["slips"])


def suspend(story: Story) -> str:
    """Suspended: its address says so with 503, nothing is lost."""
    story.merchant.change_boutique(story.boutique_page, "suspendre", lambda: story.suspended())
    return story.shop_url


def resume(story: Story) -> str:
    """Resumed: it sells again."""
    story.merchant.change_boutique(story.boutique_page, "reprendre", lambda: story.status() == 200)
    return story.shop_url


def delete(story: Story) -> str:
    """Deleted with its name typed: archived, nothing of it runs, its address knows it no more."""
    gone, domain = (lambda: story.status() == 404 or story.unknown()), f"{story.name}.{BASE_DOMAIN}"
    story.merchant.change_boutique(story.boutique_page, "supprimer", gone, domain)
    wait_for(lambda: not story.shop.exists_in_engine(), "no container of it is left", 60)
    return story.boutique_page


def restore(story: Story) -> str:
    """Restored from the archive: the same boutique with the same orders and credit slip."""
    story.merchant.change_boutique(story.boutique_page, "restaurer", lambda: story.status() == 200)
    _check_orders(story)
    require(_slips(story) == REFUND_CENTS, "the credit slip is not what it was")
    return story.shop_url


STEPS: list[tuple[str, Callable[[Story], str]]] = [
    ("A merchant signs up and sees test keys", sign_up),
    ("A boutique on a domain of their choice", launch_boutique),
    ("A guest buys: one card declined, the next accepted", buy_after_a_decline),
    ("A guest buys with 3-D Secure", buy_with_a_challenge),
    ("The payment is found by its order reference", find_in_portal),
    ("At the counter: chip and PIN", sell_at_the_counter),
    ("Telecollection: totals agreed", collect_the_terminal),
    ("Cut-off and settlement pass: captured", pass_time_until_captured),
    ("A payer's bank disputes the other payment: proof is sent", dispute_and_prove),
    ("A partial refund becomes a credit slip; the ledger balances", refund_part),
    ("The money reaches the merchant's bank", be_paid_out),
    ("The dispute is won, amount and fee come back", hear_the_outcome),
    ("The boutique is suspended", suspend),
    ("… resumed", resume),
    ("… deleted, archived", delete),
    ("… and restored", restore),
]
WITHOUT_PRESTASHOP = STEPS[:1]
