"""Random histories of a merchant against a model: payments, captures, refunds, disputes, days passing, payouts that fail.

Everything goes through the HTTP doors to a real database (steps.py, shop.py). After every step the model says what
must be shown (model.py and clock.py restate the domain), and which requests are refused with which code.
`HYPOTHESIS_PROFILE=deep` explores for longer, and anew each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.payments_core.conftest import FrozenClock
from tests.payments_core.histories.clock import LOSING
from tests.payments_core.histories.comparison import compare
from tests.payments_core.histories.methods import ACCOUNTS, AMERICAN, AT_ONCE, CARDS, FOREIGN, FRENCH, GOOD, REJECTED
from tests.payments_core.histories.records import Dispute, Method, Payment, Saved
from tests.payments_core.histories.shop import HistoryShop, opening
from tests.payments_core.histories.steps import Steps

# A history that fails is told as it was; `shorten` looks for the shortest part of it that fails, which takes minutes.
# Several seeds with one history each differ more than many histories of one seed, which hypothesis makes from one another.
SEEDS = range(10)
PROFILES = {
    "default": settings(max_examples=1, stateful_step_count=24, derandomize=True, phases=[Phase.generate]),
    "shorten": settings(max_examples=1, stateful_step_count=24, derandomize=True),
    "deep": settings(max_examples=40, stateful_step_count=50),
}

PICK = st.integers(0, 999)
# A commission on 500, 1500, 2500 … ends in half a cent.
AMOUNT = st.one_of(st.integers(50, 20_000), st.integers(50, 20_000), st.sampled_from([0, 49, 50, 500, 2500, 99_999]))
SHARE = st.sampled_from([None, None, "cent", "third", "half", "all", "more", "none"])
WORDS = st.sampled_from([None, "", "Livré.", "Livré.", LOSING])
VERSION = st.sampled_from([1, 2])
TWICE = st.sampled_from([False, False, True])
METHOD = st.sampled_from([*CARDS, *ACCOUNTS, *FOREIGN])
# Most steps are followed by another at once, some by days: what is done to a payment depends on how far it has come.
THEN = st.sampled_from([None, None, None, 1, 3, 9])


def share_of(whole: int, share: str | None) -> int | None:
    """An amount by its relation to what there is, in minor units; None leaves it out of the request."""
    amounts = {"none": 0, "cent": 1, "third": whole // 3, "half": whole // 2, "all": whole, "more": whole + 1}
    return None if share is None else amounts[share]


class Histories(RuleBasedStateMachine):
    """What merchant, payers, issuers and banks do, one step at a time."""

    start: Callable[[str], HistoryShop]

    def __init__(self) -> None:
        super().__init__()
        self.waited_long = False

    @initialize(
        bank=st.sampled_from([None, None, "rejected", "returned"]),
        first=st.lists(st.tuples(METHOD, st.integers(50, 20_000)), min_size=1, max_size=3),
        days=st.sampled_from([0, 1, 3, 16]),
    )
    def begin(self, bank: str | None, first: list[tuple[Method, int]], days: int) -> None:
        assume(days)  # the plainest history, with which hypothesis begins, is one step again and again
        self.steps = Steps(type(self).start, bank)
        self.model = self.steps.model
        for method, amount in [(AT_ONCE, 4500), *first]:
            self.steps.pay(method, amount)
        self.steps.wait(days, 12)

    @invariant()
    def as_the_model_says(self) -> None:
        compare(self.steps.shop, self.model)

    @rule(
        method=METHOD,
        amount=AMOUNT,
        capture=st.booleans(),
        version=VERSION,
        unique_id=st.sampled_from([None, None, None, "order-1", "order-2"]),
        twice=TWICE,
        undone=st.sampled_from([False, False, True]),
        then=THEN,
    )
    def pay(
        self,
        method: Method,
        amount: int,
        capture: bool,
        version: int,
        unique_id: str | None,
        twice: bool,
        undone: bool,
        then: int | None,
    ) -> None:
        self.steps.pay(method, amount, capture=capture, version=version, unique_id=unique_id, twice=twice)
        if undone:
            self.steps.refund(self.model.payments[-1], None, "v2")
        self._then(then)

    @rule(amount=AMOUNT, pick=PICK, card=st.sampled_from([None, *CARDS]))
    def leave_open_or_pay_what_was(self, amount: int, pick: int, card: Method | None) -> None:
        waiting = [one for one in self.model.payments if one.status is None]
        if card is None or not waiting:
            self.steps.pay(None, amount)
        else:
            self.steps.give_card(_one_of(waiting + self.model.payments[-1:], pick), card)

    @rule(method=st.sampled_from([None, AMERICAN, AT_ONCE, GOOD, REJECTED]), pick=PICK, amount=AMOUNT, version=VERSION)
    def pay_by_what_is_saved(self, method: Method | None, pick: int, amount: int, version: int) -> None:
        """Saved just now, or before."""
        if method is not None:
            self.steps.save(method)
        if self.steps.saved:
            self.steps.pay_by(_one_of(self.steps.saved, pick if method is None else 0), amount, version)

    @rule(pick=PICK, version=VERSION, then=st.sampled_from([None, 1, 16]))
    def delete_what_is_saved(self, pick: int, version: int, then: int | None) -> None:
        """Something saved before, or an account whose debit waits for its day."""
        if not self.steps.saved or pick % 2:
            self.steps.save(GOOD)
            self.steps.pay_by(self.steps.saved[-1], 1000, version)
            pick = 0
        saved: Saved = _one_of(self.steps.saved, pick)
        self.steps.delete(saved, version)
        self._then(then)

    @rule(pick=PICK, share=SHARE, then=THEN)
    def capture(self, pick: int, share: str | None, then: int | None) -> None:
        if not any(one.status == "authorized" for one in self.model.payments):
            self.steps.pay(AMERICAN, 2500, capture=False)
        payment = self._likely(pick, "authorized")
        self.steps.capture(payment, share_of(payment.amount, share))
        self._then(then)

    @rule(
        pick=PICK,
        share=SHARE,
        door=st.sampled_from(["v1", "v2", "shortcut"]),
        twice=TWICE,
        contested=st.sampled_from([False, False, True]),
        then=THEN,
    )
    def refund(self, pick: int, share: str | None, door: str, twice: bool, contested: bool, then: int | None) -> None:
        """The payer may contest it while the refund waits to leave."""
        payment = self._likely(pick, "captured", "disputed", "to_capture")
        self.steps.refund(payment, share_of(payment.refundable or payment.amount, share), door, twice=twice)
        if contested:
            self.steps.contest(payment, share_of(payment.amount - payment.disputed, "half") or None, contestable=True)
        self._then(then)

    @rule(pick=PICK, share=SHARE, contestable=st.sampled_from([True, True, False]), words=WORDS, then=THEN)
    def contest(self, pick: int, share: str | None, contestable: bool, words: str | None, then: int | None) -> None:
        payment = self._likely(pick, "captured", "disputed")
        known = len(self.model.disputes)
        amount = share_of(payment.amount - payment.disputed, share) or None
        self.steps.contest(payment, amount, contestable=contestable)
        if words is not None and len(self.model.disputes) > known:
            self.steps.write(self.model.disputes[-1], words)
            self.steps.send(self.model.disputes[-1])
        self._then(then)

    @precondition(lambda self: self.model.disputes)
    @rule(
        pick=PICK, words=WORDS, end=st.sampled_from(["send", "send", "accept", ""]), then=st.sampled_from([None, 3, 36])
    )
    def answer_a_dispute(self, pick: int, words: str | None, end: str, then: int | None) -> None:
        waiting = [one for one in self.model.disputes if one.status == "open"]
        dispute: Dispute = _one_of(waiting * 3 + self.model.disputes, pick)
        if words is not None:
            self.steps.write(dispute, words)
        if end == "send":
            self.steps.send(dispute)
        elif end == "accept":
            self.steps.accept(dispute)
        self._then(then)

    @rule(
        days=st.sampled_from([0, 1, 2, 5, 8, 14, 31]),
        hour=st.sampled_from([0, 6, 8, 12, 22, 23]),
        confirm=st.booleans(),
    )
    def wait(self, days: int, hour: int, confirm: bool) -> None:
        if confirm and self.model.stopped:
            self.steps.confirm_iban()
        self.steps.wait(days, hour)

    @precondition(lambda self: not self.waited_long and len(self.model.payments) > 8)
    @rule(days=st.integers(150, 420))
    def wait_long(self, days: int) -> None:
        self.waited_long = True
        self.steps.wait(days, 12)

    @rule(refund=st.booleans(), pick=PICK)
    def the_network_refuses(self, refund: bool, pick: int) -> None:
        """A capture, or a refund."""
        if not refund and not self.steps.next_orders("capture"):
            self.steps.pay(FRENCH, 5000)
        captured = [
            one for one in self.model.payments if one.status == "captured" and not one.by_debit and one.refundable
        ]
        if refund and captured and not self.steps.next_orders("refund"):
            self.steps.refund(_one_of(captured, pick), 1, "v2")
        self.steps.refuse_next("refund" if refund else "capture")

    @precondition(lambda self: self.steps.kept)
    @rule(pick=PICK, with_other_body=st.booleans())
    def repeat_a_request(self, pick: int, with_other_body: bool) -> None:
        self.steps.repeat(pick % len(self.steps.kept), with_other_body=with_other_body)

    def _then(self, days: int | None) -> None:
        if days is not None:
            self.steps.wait(days, 12)

    def _likely(self, pick: int, *statuses: str) -> Payment:
        """A payment in one of these states if there is one and the pick is even: most steps shall do something."""
        wanted = [one for one in self.model.payments if one.status in statuses]
        found: Payment = _one_of(wanted if wanted and pick % 4 else self.model.payments, pick // 4)
        return found


def _one_of(things: list[Any], pick: int) -> Any:
    return things[-1 - pick % len(things)]


@pytest.mark.timeout(7200)  # of the deep profile and of shortening; the default takes seconds
@pytest.mark.parametrize("number", SEEDS)
def test_any_history_is_as_the_model_says(core_database: str, clock: FrozenClock, number: int) -> None:
    profile = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")]
    machine = type("Histories", (Histories,), {"start": staticmethod(opening(core_database, clock))})
    run_state_machine_as_test(
        seed(number)(machine) if profile.derandomize else machine,
        settings=settings(
            profile,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
