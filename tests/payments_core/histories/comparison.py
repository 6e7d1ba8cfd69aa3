"""Compares a merchant's history as it is shown with the model's, and adds up the money in both ways."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.payments_core.histories.model import Model
from tests.payments_core.histories.records import NOT_REFUNDED, WON_BACK, Dispute, Payment, Payout, Record, Refund
from tests.payments_core.histories.shop import HistoryShop, Json, Seen

_PARTS = {"payments": "release", "refunds": "refund", "disputes": "dispute"}


def compare(shop: HistoryShop, model: Model) -> None:
    """Statuses, amounts, refundable amounts, payouts to the cent, balances, events in order, and the ledger."""
    seen = shop.look()
    assert seen.ledger == []
    _name_what_came_by_itself(seen, model)
    _same("payments", {one.id: _payment(one) for one in model.payments}, seen.payments, _seen_payment)
    _same("refunds", {one.id: _refund(one) for one in model.refunds}, seen.refunds, _seen_refund)
    _same("disputes", {one.id: _dispute(one) for one in model.disputes}, seen.disputes, _seen_dispute)
    _payouts(shop, model, seen)
    _events(model, seen)
    balance = {name: getattr(model, name) for name in ("pending", "held", "available", "in_transit")}
    assert {name: seen.balance[name] for name in balance} == balance
    _nothing_but_pending(seen.foreign, {currency: amount for currency, amount in model.foreign.items() if amount})
    debits = [one["platform"]["collection"] for one in seen.disputes.values() if one["platform"]["collection"]]
    under_way = sorted(one["status"].replace("announced", "sent") for one in debits)  # one file later
    assert under_way == sorted(str(one.status) for one in model.debits)
    assert (seen.balance["payouts_stopped"] is not None) == model.stopped
    nothing_lost(seen)


def _nothing_but_pending(foreign: dict[str, Json], pending: dict[str, int]) -> None:
    """Money of other currencies becomes euros when it is received."""
    assert {currency: row["pending"] for currency, row in foreign.items() if row["pending"]} == pending
    assert all(row[name] == 0 for row in foreign.values() for name in ("held", "available", "in_transit"))


def nothing_lost(seen: Seen) -> None:
    """From what is shown alone: captured + debited − given back − fees = paid out + balance; no payment gives back more than it took.

    In euros: payments in another currency count once they are received, with what they were then.
    """
    captured = {key for key in seen.payments if "payment.captured" in seen.events[key]}
    payments = [one for key, one in seen.payments.items() if key in captured]
    returned = [one for one in payments if one["status"] == "failed"]
    refunds = [one for one in seen.refunds.values() if one["status"] not in NOT_REFUNDED]
    disputes = [one for one in seen.disputes.values() if one["status"] not in WON_BACK]
    came = sum(_settled(one)["amount"] for one in payments)
    went = sum(_settled(one)["amount"] for one in (*returned, *refunds, *disputes))
    fees = sum(_settled(one)["fee"] for one in payments) + sum(one["fee"] for one in disputes) + 500 * len(returned)
    paid = sum(one["amount"] for one in seen.payouts if one["status"] != "failed")
    debits = [one["platform"]["collection"] or {"status": None, "amount": 0} for one in seen.disputes.values()]
    came += sum(one["amount"] for one in debits if one["status"] == "collected")
    assert came - went - fees == paid + sum(seen.balance[name] for name in ("pending", "held", "available"))
    for payment in seen.payments.values():
        back = sum(one["amount"] for one in refunds if one["payment"] == payment["id"])
        assert back <= (payment["amount"] if payment["id"] in captured else 0), payment


def _settled(one: Json) -> Json:
    if one["currency"] == "eur":
        return one
    return one["platform"]["settled"] or {"amount": 0, "fee": 0}  # type: ignore[no-any-return]


def _name_what_came_by_itself(seen: Seen, model: Model) -> None:
    """Disputes of issuers and payouts get their ids where they first show."""
    known = {one.id for one in model.disputes}
    new = {one["payment"]: key for key, one in seen.disputes.items() if key not in known}
    for dispute in model.disputes:
        dispute.id = dispute.id or new.get(dispute.payment.id, "")
    for payout, shown in zip(model.payouts, seen.payouts, strict=False):
        payout.id = payout.id or shown["id"]


def _same(name: str, expected: dict[str, Any], shown: dict[str, Json], read: Any) -> None:
    found = {key: read(one) for key, one in shown.items()}
    different = {
        key: {"expected": expected.get(key), "shown": found.get(key)}
        for key in {*expected, *found}
        if expected.get(key) != found.get(key)
    }
    assert different == {}, f"{name}: {different}"


def _payment(one: Payment) -> tuple[Any, ...]:
    money = (one.amount, one.fee, one.refunded, one.disputed, one.refundable)
    return (one.status, money, one.response, *_bank(one))


def _seen_payment(one: Json) -> tuple[Any, ...]:
    inside = one["platform"]
    money = (one["amount"], one["fee"], inside["refunded"], inside["disputed"], inside["refundable"])
    return (one["status"], money, one["response"], one["date_bank"], one["payout"])


def _refund(one: Refund) -> tuple[Any, ...]:
    return (one.status, one.amount, one.payment.id, *_bank(one))


def _seen_refund(one: Json) -> tuple[Any, ...]:
    return (one["status"], one["amount"], one["payment"], one["date_bank"], one["payout"])


def _dispute(one: Dispute) -> tuple[Any, ...]:
    return (one.status, one.amount, one.payment.id, one.response, *_bank(one))


def _seen_dispute(one: Json) -> tuple[Any, ...]:
    return (one["status"], one["amount"], one["payment"], one["response"], one["date_bank"], one["payout"])


def _bank(one: Record) -> tuple[str | None, str | None]:
    return _iso(one.date_bank), one.payout.id if one.payout else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _payouts(shop: HistoryShop, model: Model, seen: Seen) -> None:
    assert [_payout(one) for one in model.payouts] == [_seen_payout(one) for one in seen.payouts]
    for payout, shown in zip(model.payouts, seen.payouts, strict=True):
        if payout.compared:  # its lines are closed
            continue
        for part, kind in _PARTS.items():
            assert shop.inside(shown, part) == {line.thing.id for line in payout.lines if line.kind == kind}
        payout.compared = True


def _payout(one: Payout) -> tuple[Any, ...]:
    return (
        one.status,
        one.amount,
        one.total("release"),
        -one.total("refund", "refund_back", "refund_exchange"),
        -one.total("dispute", "dispute_won", "dispute_exchange", "return"),
        sum(line.fee for line in one.lines),
        _iso(one.date_bank),
    )


def _seen_payout(one: Json) -> tuple[Any, ...]:
    parts = (one[name]["amount"] for name in _PARTS)
    return (one["status"], one["amount"], *parts, one["fees"], one["date_bank"])


def _events(model: Model, seen: Seen) -> None:
    """One per change, in order; a payout that is still gathered is the only thing that has events and is not shown."""
    records: list[Record] = [*model.payments, *model.refunds, *model.disputes, *model.payouts]
    expected = {one.id: one.events for one in records}
    prefixes = ("paym_", "refd_", "dspt_")
    found = {key: types for key, types in seen.events.items() if key in expected or key.startswith(prefixes)}
    assert found == expected
