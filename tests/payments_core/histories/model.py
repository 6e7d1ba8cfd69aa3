"""What a merchant's history must come to: the domain's rules on payments, refunds, disputes and payouts, stated a second time.

Plain Python on purpose: no database, nothing of the product. Amounts are minor units, of balances and lines euro cents. What a
request may not do is `Refused`, with the code the answer must carry. What time does is in clock.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta

from tests.payments_core.histories.days import after, at, before, business, day_of, target
from tests.payments_core.histories.records import (
    NOT_REFUNDED,
    WON_BACK,
    Cost,
    Debit,
    Dispute,
    Line,
    Method,
    Payment,
    Payout,
    Record,
    Refund,
    Refused,
    Saved,
)

DISPUTE_FEE, RETURN_FEE, COLLECTION_FEE = 1500, 500, 30
SMALLEST = 50


class Model:
    """One merchant in test mode. `bank` is what becomes of transfers to it: None, "rejected" or "returned".

    `rate` is what the acquirer says of a day: euros for one unit of a currency.
    """

    def __init__(self, now: datetime, bank: str | None, rate: Callable[[str, date], Decimal]) -> None:
        self.now, self.bank, self.rate = now, bank, rate
        self.payments: list[Payment] = []
        self.refunds: list[Refund] = []
        self.disputes: list[Dispute] = []
        self.debits: list[Debit] = []
        self.payouts: list[Payout] = []
        self.unique_ids: dict[str, Payment] = {}
        self.pending = self.held = self.available = self.in_transit = 0
        self.foreign: dict[str, int] = {}  # pending in other currencies
        self.lines: list[Line] = []
        self.stopped = False

    @property
    def today(self) -> date:
        return day_of(self.now)

    @property
    def in_flight(self) -> int:
        """On its way from the merchant's own account."""
        return sum(debit.amount for debit in self.debits if debit.status == "sent")

    @property
    def short(self) -> int:
        """What available and held funds lack, but for what is on its way."""
        return max(0, -(self.available + self.held + self.in_flight))

    def post(self, kind: str, thing: Record, amount: int, fee: int = 0) -> None:
        """A line of the next payout."""
        self.lines.append(Line(kind, thing, amount, fee))
        self.available += amount - fee

    def post_return(self, kind: str, name: str, thing: Refund | Dispute, direction: int, fee: int = 0) -> None:
        """A refund or dispute (-1) or its end (1); what the day's rate made of it is a line of its own."""
        self.post(kind, thing, direction * thing.cost.amount, fee)
        if thing.cost.difference:
            self.post(f"{name}_exchange", thing, direction * thing.cost.difference)

    def cost(self, payment: Payment, amount: int) -> Cost:
        """What takes back so much of a payment today; cents are rounded over all that is taken back of it."""
        if payment.currency == "eur":
            return Cost(amount)
        rate = self.rate(payment.currency, self.today)
        returns = [one for one in payment.refunds if one.status not in NOT_REFUNDED]
        earlier = [(one.amount, one.cost.rate) for one in (*returns, *payment.disputes) if one.status not in WON_BACK]
        so_far = sum((part * of_day for part, of_day in earlier), Decimal(0))
        today = cents(1, payment.currency, so_far + amount * rate) - cents(1, payment.currency, so_far)
        if payment.rate is None:
            return Cost(today, rate=rate)
        taken = sum(part for part, _ in earlier)
        before = cents(taken + amount, payment.currency, payment.rate) - cents(taken, payment.currency, payment.rate)
        return Cost(before, today - before, rate)

    # Payments

    def pay(
        self,
        method: Method | None,
        amount: int,
        capture: bool,
        unique_id: str | None = None,
        saved: Saved | None = None,
    ) -> Payment:
        if not (amount >= SMALLEST or (amount == 0 and not capture)):
            raise Refused("invalid", "bad_amount")
        if method is not None and method.sepa and amount == 0:
            raise Refused("invalid", "bad_amount")
        if saved is not None and saved.deleted:
            raise Refused("absent", "not_found", saved.id)
        if unique_id is not None and unique_id in self.unique_ids:
            raise Refused("conflict", "duplicate", self.unique_ids[unique_id].id)
        payment = Payment(amount, capture, saved=saved, currency=method.currency if method is not None else "eur")
        payment.happens("created")
        payment.lapses_at = self.now + timedelta(hours=24)
        self.payments.append(payment)
        if unique_id is not None:
            self.unique_ids[unique_id] = payment
        if method is not None:
            self._charge(payment, method)
        return payment

    def pay_open(self, payment: Payment, method: Method) -> None:
        """The card of a payment that waits for one."""
        if payment.status is not None:
            raise Refused("conflict", "payment_fixed")
        payment.happens("updated")
        self._charge(payment, method)

    def capture(self, payment: Payment, amount: int | None) -> None:
        if amount is not None and amount < 1:
            raise Refused("invalid", "invalid_request")
        if payment.status != "authorized":
            raise Refused("conflict", "illegal_transition")
        if payment.amount == 0:
            raise Refused("conflict", "nothing_to_capture")
        if amount is not None and amount < SMALLEST:
            raise Refused("invalid", "bad_amount")
        if amount is not None and amount > payment.amount:
            raise Refused("invalid", "capture_too_high")
        payment.amount = amount or payment.amount
        self._to_capture(payment)

    def _charge(self, payment: Payment, method: Method) -> None:
        payment.method, payment.response, payment.bought_on = method, method.answer, self.today
        if method.answer != "00":
            payment.becomes("failed" if method.answer == "96" else "refused")
            return
        if not payment.capture:
            payment.lapses_at = at(self.today + timedelta(days=8), 0)
            payment.becomes("authorized")
        elif method.at_once:
            payment.fee = _commission(payment)
            payment.becomes("captured")
            self.take(payment, after(self.today))
            if method.disputed is not None:
                self.dispute(payment, None, method.disputed)
        else:
            self._to_capture(payment)

    def _to_capture(self, payment: Payment) -> None:
        assert payment.method is not None
        payment.fee = _commission(payment)
        payment.becomes("to_capture")
        if payment.method.sepa:  # 14 days' notice, and a file at the cut-off of the TARGET day before
            day = self.today + timedelta(days=14)
            while not target(day) or at(before(day), 23) <= self.now:
                day += timedelta(days=1)
            payment.collected_on = day
            payment.happens("collection_scheduled")

    def take(self, payment: Payment, bank_day: date) -> None:
        """It was captured: the acquirer owes the money, and the commission is kept."""
        payment.captured, payment.date_bank, payment.funds = True, bank_day, "pending"
        if payment.currency == "eur":
            self.pending += payment.amount - payment.fee
        else:
            self.foreign[payment.currency] = self.foreign.get(payment.currency, 0) + payment.amount - payment.fee

    def receive(self, payment: Payment) -> None:
        """The acquirer paid, in euros."""
        payment.funds, payment.worth, payment.worth_fee = "held", payment.amount, payment.fee
        if payment.currency == "eur":
            self.pending -= payment.amount - payment.fee
        else:
            self.foreign[payment.currency] -= payment.amount - payment.fee
            payment.rate = self.rate(payment.currency, self.today)
            payment.worth = cents(payment.amount, payment.currency, payment.rate)
            payment.worth_fee = cents(payment.fee, payment.currency, payment.rate)
        self.held += payment.worth - payment.worth_fee

    # Refunds

    def refund(self, payment: Payment, amount: int | None) -> Refund:
        if amount is not None and amount < 1:
            raise Refused("invalid", "invalid_request")
        if payment.status in ("authorized", "to_capture"):
            return self._cancel(payment, amount)
        if payment.status == "capture_sent":
            raise Refused("conflict", "capture_in_progress")
        if payment.status not in ("captured", "disputed"):
            raise Refused("conflict", "not_refundable")
        left = payment.refundable
        if left == 0:
            raise Refused("conflict", "nothing_left")
        if amount is not None and amount > left:
            raise Refused("conflict", "refund_too_high", str(left))
        wanted = amount or left
        cost = self.cost(payment, wanted)
        self._check_cover(payment, cost.whole)
        refund = Refund(payment, wanted, status="to_refund", leaves_on=self._leaving_day(payment), cost=cost)
        refund.happens("created")
        self._add_refund(refund)
        self.post_return("refund", "refund", refund, -1)
        return refund

    def come_to_nothing(self, refund: Refund, event: str = "not_honored") -> None:
        """Money and refundable amount come back; on the wire it is not honoured, whatever went wrong."""
        refund.happens(event)
        refund.status = "not_honored"
        self.post_return("refund_back", "refund", refund, 1)

    def _cancel(self, payment: Payment, amount: int | None) -> Refund:
        if amount is not None and amount < payment.amount:
            raise Refused("conflict", "partial_before_capture")
        if amount is not None and amount > payment.amount:
            raise Refused("conflict", "refund_too_high", str(payment.amount))
        payment.fee = 0
        payment.becomes("canceled")
        refund = Refund(payment, payment.amount)
        refund.becomes("payment_canceled")
        self._add_refund(refund)
        return refund

    def _check_cover(self, payment: Payment, wanted: int) -> None:
        """Commissions of refunded payments alone may be missing: they are not given back.

        What is pending in other currencies counts at the day's rates.
        """
        missing = wanted - (self.available + self.held + self.pending + self.in_flight)
        kept = {"eur": 0}
        for one in self.payments:
            if one.refunded > 0 or one is payment:
                kept[one.currency] = kept.get(one.currency, 0) + one.fee
        for currency, pending in self.foreign.items():
            rate = self.rate(currency, self.today)
            missing -= cents(pending, currency, rate)
            kept[currency] = cents(kept.get(currency, 0), currency, rate)
        if missing > sum(kept.values()):
            raise Refused("conflict", "insufficient_funds", str(missing))

    def _leaving_day(self, payment: Payment) -> date:
        """The next cut-off; a collection's not before its last day of return, the fifth TARGET day, is known to have passed."""
        soonest = self.today if self.now < at(self.today, 23) else self.today + timedelta(days=1)
        if not payment.by_debit:
            return soonest
        assert payment.date_bank is not None
        return max(soonest, after(payment.date_bank, 6))

    def _add_refund(self, refund: Refund) -> None:
        refund.payment.refunds.append(refund)
        self.refunds.append(refund)

    # Disputes

    def dispute(self, payment: Payment, amount: int | None, response: str, *, contestable: bool = True) -> Dispute:
        if payment.status not in ("captured", "disputed"):
            raise Refused("conflict", "not_disputable")
        since = payment.date_bank if payment.by_debit else payment.bought_on
        assert since is not None
        if self.today > since + relativedelta(months=13):
            raise Refused("conflict", "dispute_too_late")
        left = payment.amount - payment.disputed
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise Refused("conflict", "dispute_too_high")
        dispute = Dispute(payment, wanted, response, self.today, date_bank=self.today)
        dispute.status = "open" if contestable else "not_contestable"
        dispute.happens("opened")
        for refund in payment.refunds:
            if refund.status == "to_refund":
                self.come_to_nothing(refund)
        dispute.cost = self.cost(payment, wanted)
        payment.disputes.append(dispute)
        self.disputes.append(dispute)
        payment.becomes("disputed")
        short_before = self.short
        self.post_return("dispute", "dispute", dispute, -1, DISPUTE_FEE)
        dispute.shortfall = self.short - short_before
        if dispute.shortfall:  # announced two business days before
            self.debits.append(Debit(dispute.shortfall, after(self.today, 2, business), status="sent"))
        return dispute

    def write(self, dispute: Dispute, words: str) -> None:
        if dispute.status != "open":
            raise Refused("conflict", "not_open")
        dispute.words = words

    def send(self, dispute: Dispute) -> None:
        if dispute.sent:
            return
        if dispute.status != "open":
            raise Refused("conflict", "illegal_transition")
        if not dispute.words:
            raise Refused("invalid", "nothing_to_send")
        dispute.sent = True
        dispute.due_on = self.today
        dispute.becomes("evidence_pending")

    def accept(self, dispute: Dispute) -> None:
        if dispute.status not in ("open", "not_contestable"):
            raise Refused("conflict", "illegal_transition")
        dispute.becomes("accepted")


def cents(amount: int, currency: str, rate: Decimal) -> int:
    """Minor units in euro cents, rounded half-up. Of the currencies of histories the yen alone has no decimals."""
    exact = amount * rate * (100 if currency == "jpy" else 1)
    return int(exact.to_integral_value(ROUND_HALF_UP))


def _commission(payment: Payment) -> int:
    """Percentage and fixed part together, rounded half-up once."""
    assert payment.method is not None
    if payment.method.sepa:
        return COLLECTION_FEE
    exact = Decimal(payment.amount) * payment.method.basis_points / 10_000 + 15
    return int(exact.to_integral_value(ROUND_HALF_UP))
