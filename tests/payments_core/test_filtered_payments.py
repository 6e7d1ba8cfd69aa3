"""Long lists of payments by what the wire filters and orders by: the same pages and counts as a plain look at all of them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from payments_core import cards, list_counts, list_marks, paging, payment_lists, sepa_accounts
from payments_core.db import db
from payments_core.models import ListChange, ListMark, Payment
from payments_core.payment_lists import Filters
from payments_core.sepa_accounts import SepaAccountInput
from tests.payments_core.conftest import VISA_FR, VISA_US, Shop, card, offsets

ROWS = 241
STARTS = (0, 6, 17, 60, 119, 238, 241, 400)


@pytest.fixture
def history(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Payments of two cards, an account and orders; most are processed at once, some much later, some never."""
    monkeypatch.setattr(list_marks, "STRIDE", 10)
    monkeypatch.setattr(paging, "EXACT", 25)
    by_card = [cards.add(shop.scope, card(number))[0].id for number in (VISA_FR, VISA_US)]
    account = sepa_accounts.add(shop.scope, SepaAccountInput(name="Ada Martin", iban="FR1420041010050500013M02606")).id
    db.session.commit()
    drawn, start = random.Random(5), shop.scope.now - timedelta(days=9)
    rows = []
    for number in range(ROWS):
        created = start + timedelta(minutes=20 * (number // 3))
        waits = drawn.choice((2, 2, 2, 2, 45, 60 * 24 * 2, None))
        sepa = drawn.random() < 0.2
        rows.append(
            {
                "id": f"paym_{number:024}",
                "merchant_id": shop.merchant.id,
                "live": False,
                "amount": 1000 + number,
                "authorized_amount": 1000 + number,
                "currency": "eur",
                "order_id": drawn.choice(("A", "A", "A", "A", "B", None)),
                "card_id": None if sepa else drawn.choice((*by_card, by_card[0], by_card[0], None)),
                "sepa_account_id": account if sepa else None,
                "attempts_left": 5,
                "created_at": created,
                "paid_at": created + timedelta(minutes=waits) if waits else None,
            }
        )
    db.session.execute(insert(Payment), rows)
    db.session.commit()
    return {"cards": by_card, "account": account, "start": start}


def plain(filters: Filters, *, newest_first: bool, by_processing: bool) -> list[str]:
    """The ids that a look at every payment finds, in order."""
    found = [
        row
        for row in db.session.scalars(select(Payment).execution_options(populate_existing=True)).all()
        if (filters.created is None or row.created_at >= filters.created)
        and (filters.paid is None or (row.paid_at is not None and row.paid_at >= filters.paid))
        and all(
            getattr(filters, name) in (None, getattr(row, name)) for name in ("order_id", "card_id", "sepa_account_id")
        )
    ]
    db.session.commit()
    if not by_processing:
        return [row.id for row in sorted(found, key=lambda row: (row.created_at, row.id), reverse=newest_first)]
    processed = [row for row in found if row.paid_at is not None]
    waiting = [row for row in found if row.paid_at is None]
    processed.sort(key=lambda row: (row.paid_at, row.id), reverse=newest_first)
    waiting.sort(key=lambda row: (row.created_at, row.id), reverse=newest_first)
    return [row.id for row in (*processed, *waiting)]


def check(shop: Shop, filters: Filters, starts: tuple[int, ...] = STARTS) -> None:
    """Every order and direction."""
    for newest_first, by_processing in product((True, False), repeat=2):
        wanted = plain(filters, newest_first=newest_first, by_processing=by_processing)
        for start in starts:
            page = payment_lists.page(
                shop.scope,
                filters,
                start=start,
                limit=7,
                newest_first=newest_first,
                count=True,
                by_processing=by_processing,
            )
            assert [row.id for row in page.items] == wanted[start : start + 7], (filters, start, newest_first)
            assert (page.count, page.has_more) == (len(wanted), start + 7 < len(wanted)), (filters, start)


def chosen(history: dict[str, Any], **names: Any) -> Filters:
    """`created` and `paid` in hours from the beginning, `card` by number."""
    moment = {name: history["start"] + timedelta(hours=names[name]) for name in ("created", "paid") if name in names}
    more: dict[str, Any] = {"order_id": names.get("order"), "card_id": None, "sepa_account_id": None}
    if "card" in names:
        more["card_id"] = history["cards"][names["card"]]
    if "account" in names:
        more["sepa_account_id"] = history["account"]
    return Filters(**moment, **more)


ASKED: list[dict[str, Any]] = [
    {},
    {"created": 9},
    {"paid": 9},
    {"paid": 9.02},
    {"paid": 40, "created": 3},
    {"paid": 3, "created": 12},
    {"card": 0},
    {"card": 1},
    {"account": True},
    {"order": "A"},
    {"order": "nothing"},
    {"order": "A", "card": 0},
    {"order": "A", "card": 0, "created": 8},
    {"order": "A", "card": 0, "paid": 8},
    {"card": 0, "paid": 14, "created": 5},
]


@pytest.mark.parametrize("names", ASKED, ids=str)
def test_every_page_is_what_a_plain_look_would_show(shop: Shop, history: dict[str, Any], names: dict[str, Any]) -> None:
    check(shop, chosen(history, **names))


def test_marks_lie_along_processing_too(shop: Shop, history: dict[str, Any]) -> None:
    check(shop, Filters(), (60,))
    processed = db.session.scalar(select(func.count()).where(Payment.paid_at.is_not(None)))
    marks = select(ListMark.name, func.max(ListMark.position).label("last")).group_by(ListMark.name)
    found = {str(row.name): int(row.last) for row in db.session.execute(marks)}
    assert found == {"payments": ROWS // 10 * 10, "payments.paid_at": processed // 10 * 10}


def change(drawn: random.Random, shop: Shop, history: dict[str, Any], number: int) -> None:
    """What may happen to an old payment: it is processed, or is given another method or order."""
    row = db.session.get(Payment, f"paym_{number:024}")
    assert row is not None
    if row.paid_at is None and drawn.random() < 0.6:
        row.paid_at = shop.scope.now
    elif drawn.random() < 0.5:
        row.card_id, row.sepa_account_id = drawn.choice(
            [(one, None) for one in history["cards"]] + [(None, history["account"])]
        )
    else:
        row.order_id = drawn.choice(("A", "B", None))
    db.session.commit()


def test_rows_that_change_late_are_counted_where_they_belong_by_then(shop: Shop, history: dict[str, Any]) -> None:
    drawn = random.Random(9)
    for number in range(6):
        for asked in drawn.sample(ASKED, 6):
            check(shop, chosen(history, **asked), (0, 17, 119))
        for row in drawn.sample(range(ROWS), 8):
            change(drawn, shop, history, row)
        for _ in range(3):
            shop.pay(500 + number)
        shop.clock.tick(minutes=5)


def test_only_the_strides_of_what_changed_are_counted_again(shop: Shop, history: dict[str, Any]) -> None:
    asked = chosen(history, order="A")
    counted = select(ListMark.position).where(ListMark.name == "payments", ListMark.counts.has_key('order_id="A"'))
    check(shop, asked, (60,))
    assert len(db.session.scalars(counted).all()) == ROWS // 10
    with_a = select(Payment.id).where(Payment.order_id == "A").order_by(Payment.created_at, Payment.id)
    row = db.session.scalars(with_a.offset(30).limit(1)).one()
    db.session.execute(update(Payment).where(Payment.id == row).values(order_id="B"))
    db.session.commit()
    assert db.session.scalars(select(ListChange.row_id).where(ListChange.name == "payments")).all() == [row]
    list_counts.forget_old()  # it is not old
    assert db.session.scalar(select(func.count()).select_from(ListChange)) >= 1
    db.session.execute(update(ListChange).values(noted_at=func.now() - timedelta(hours=2)))
    db.session.commit()
    assert list_counts.forget_old() >= 1
    assert db.session.scalar(select(func.count()).select_from(ListChange)) == 0
    assert len(db.session.scalars(counted).all()) == ROWS // 10 - 1
    check(shop, asked, (0, 60))


def test_what_is_decided_at_once_is_not_noted(shop: Shop) -> None:
    """A sale writes nothing for lists."""
    shop.pay(1000)
    shop.captured(2000)
    assert db.session.scalar(select(func.count()).select_from(ListChange)) == 0


def test_a_change_while_it_is_counted_is_not_lost(core: Flask, shop: Shop, history: dict[str, Any]) -> None:
    asked = chosen(history, order="A")
    scope = shop.scope
    ids = db.session.scalars(select(Payment.id).where(Payment.order_id == "A")).all()
    db.session.commit()

    def act(number: int) -> None:
        with core.app_context():
            if number % 3:
                payment_lists.page(scope, asked, start=60, limit=5, count=True)
            else:
                db.session.execute(update(Payment).where(Payment.id == ids[number]).values(order_id="B"))
                db.session.commit()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(90)))
    check(shop, asked)


@pytest.mark.parametrize("names", [{}, {"paid": 10}, {"order": "A"}, {"card": 0, "paid": 10}], ids=str)
def test_a_deep_page_walks_no_further_than_a_stride(shop: Shop, history: dict[str, Any], names: dict[str, Any]) -> None:
    asked = chosen(history, **names)
    for newest_first, by_processing in product((True, False), repeat=2):
        direction = {"newest_first": newest_first, "by_processing": by_processing}
        wanted = plain(asked, **direction)
        start = len(wanted) // 2
        assert start > 3 * list_marks.STRIDE
        with offsets() as passed:
            page = payment_lists.page(shop.scope, asked, start=start, limit=5, count=True, **direction)
        assert [row.id for row in page.items] == wanted[start : start + 5]
        assert passed
        assert max(passed) <= list_marks.STRIDE, direction


def test_marks_and_counts_are_made_some_at_a_time(
    shop: Shop, history: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_counts, "_COUNTED_AT_ONCE", 3)
    monkeypatch.setattr(list_marks, "_MARKS_AT_ONCE", 4)
    for names in ({"card": 0}, {"paid": 30}, {}):
        check(shop, chosen(history, **names), (0, 40, 119))
