"""Lists that outgrew counting: the same pages and the same count as a plain look, whatever the offset."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select

from payments_core import (
    customers,
    deliveries,
    events,
    list_marks,
    paging,
    payment_lists,
    refunds,
    webhooks,
)
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.models import Customer, Delivery, Event, ListMark, Payment
from payments_core.payment_lists import Filters
from tests.payments_core.conftest import Shop, offsets

ROWS = 137


@pytest.fixture
def long_list(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A merchant with more payments than are counted one by one; their ids, oldest first."""
    monkeypatch.setattr(list_marks, "STRIDE", 10)
    monkeypatch.setattr(paging, "EXACT", 25)
    start = shop.scope.now - timedelta(days=3)
    rows = [
        {
            "id": f"paym_{number:024}",
            "merchant_id": shop.merchant.id,
            "live": False,
            "amount": 1000 + number,
            "authorized_amount": 1000 + number,
            "currency": "eur",
            "capture": True,
            "auth_requested": False,
            "fee": 0,
            "origin": 1,
            "source": "api",
            "attempts_left": 5,
            "created_at": start + timedelta(minutes=number // 3),  # several in one moment
            "refunded_amount": 0,
            "disputed_amount": 0,
            "version": 0,
        }
        for number in range(ROWS)
    ]
    db.session.execute(insert(Payment), rows)
    db.session.commit()
    return [str(row["id"]) for row in rows]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("since_row", [None, 0, 61, 130])
def test_every_page_is_what_a_plain_look_would_show(
    shop: Shop, long_list: list[str], newest_first: bool, since_row: int | None
) -> None:
    since = db.session.get(Payment, long_list[since_row]).created_at if since_row is not None else None  # type: ignore[union-attr]
    first = (since_row or 0) - (since_row or 0) % 3
    wanted = long_list[first:] if since is not None else long_list
    if newest_first:
        wanted = wanted[::-1]
    for start in (0, 5, 24, 26, 40, 99, 120, 134, 136, 137, 500):
        page = payment_lists.page(
            shop.scope, Filters(created=since), start=start, limit=7, newest_first=newest_first, count=True
        )
        assert [row.id for row in page.items] == wanted[start : start + 7], start
        assert (page.count, page.has_more) == (len(wanted), start + 7 < len(wanted)), start


def test_marks_are_set_once_and_only_over_settled_rows(shop: Shop, long_list: list[str]) -> None:
    for _ in range(2):
        payment_lists.page(shop.scope, Filters(), start=0, limit=5, count=True)
    assert db.session.scalar(select(func.count()).select_from(ListMark)) == ROWS // 10
    for number in range(12):
        shop.pay(500 + number)
    page = payment_lists.page(shop.scope, Filters(), start=0, limit=5, count=True)
    assert page.count == ROWS + 12
    assert db.session.scalar(select(func.max(ListMark.position))) == ROWS // 10 * 10


def test_a_deep_page_walks_no_further_than_a_stride(shop: Shop, long_list: list[str]) -> None:
    payment_lists.page(shop.scope, Filters(), start=0, limit=5, count=True)
    with offsets() as passed:
        for newest_first in (True, False):
            page = payment_lists.page(shop.scope, Filters(), start=104, limit=5, newest_first=newest_first, count=True)
            assert len(page.items) == 5
    assert passed
    assert max(passed) <= list_marks.STRIDE


def test_rows_that_are_deleted_leave_every_page_and_the_count(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    start = shop.scope.now - timedelta(days=3)
    ids = [f"cust_{number:024}" for number in range(ROWS)]
    common = {"merchant_id": shop.merchant.id, "live": False, "version": 1, "name": "Ada Martin", "search": ""}
    rows = [{**common, "id": one, "created_at": start + timedelta(minutes=place // 2)} for place, one in enumerate(ids)]
    db.session.execute(insert(Customer), rows)
    db.session.commit()
    left = ids[::-1]
    drawn = random.Random(7)
    while len(left) > 20:
        for start_at in (0, 4, 11, 13, len(left) // 2, len(left) - 3, len(left) + 1):
            page = customers.page(shop.scope, {}, start=start_at, limit=4)
            assert [row.id for row in page.items] == left[start_at : start_at + 4], start_at
            assert (page.count, page.has_more) == (len(left), start_at + 4 < len(left))
        since = db.session.get(Customer, left[len(left) // 2]).created_at  # type: ignore[union-attr]
        kept = [one for one in left if db.session.get(Customer, one).created_at >= since]  # type: ignore[union-attr]
        page = customers.page(shop.scope, {"created": since}, start=13, limit=4)
        assert ([row.id for row in page.items], page.count) == (kept[13:17], len(kept))
        for one in drawn.sample(left, 9):
            customers.delete(shop.scope, one)
            left.remove(one)


def test_a_row_deleted_while_its_mark_is_made_is_counted_once(
    core: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    wanted = [CustomerInput(name="Ada Martin", email=f"ada{number}@exemple.fr") for number in range(60)]
    made = [customers.create(shop.scope, one).id for one in wanted]
    shop.clock.tick(minutes=5)
    scope = shop.scope
    db.session.commit()

    def act(number: int) -> None:
        with core.app_context():
            if number % 2:
                customers.page(scope, {}, start=0, limit=4)
            else:
                customers.delete(scope, made[number])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(40)))
    for start in range(0, 40, 3):
        page = customers.page(shop.scope, {}, start=start, limit=3)
        left = [one for number, one in enumerate(made) if number % 2 or number >= 40][::-1]
        assert ([row.id for row in page.items], page.count) == (left[start : start + 3], 40)


def test_events_list_as_they_were_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_marks, "STRIDE", 4)
    monkeypatch.setattr(paging, "EXACT", 9)
    payment = shop.captured(1000)
    refunds.create(shop.scope, payment.id, 400)
    shop.captured(700)
    shop.clock.tick(minutes=5)
    whole = events.page(shop.scope, start=0, limit=100)
    assert whole.count == len(whole.items) > 9
    assert [row.version for row in whole.items if row.object_id == payment.id] == [5, 4, 3, 2, 1][-payment.version :]
    for start in range(len(whole.items)):
        page = events.page(shop.scope, start=start, limit=3)
        assert [row.id for row in page.items] == [row.id for row in whole.items[start : start + 3]]


@pytest.mark.parametrize("since_minute", [None, 40])
def test_the_deliveries_of_an_endpoint_are_such_a_list(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, since_minute: int | None
) -> None:
    """By real time: the merchant's own clock is elsewhere."""
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    endpoint, other = (
        webhooks.put_endpoint(shop.scope, name, f"https://{name}.example/hook") for name in ("one", "other")
    )
    shop.pay(1000)
    shop.advance(days=40)
    event_id = db.session.scalars(select(Event.id).limit(1)).one()
    start = shop.scope.real_now - timedelta(hours=3)
    common = {"event_id": event_id, "object_id": "paym_1", "version": 1, "state": "delivered", "next_attempt_at": start}
    rows = [
        {
            **common,
            "id": f"dlvr_{number:024}",
            "endpoint_id": owner.id,
            "created_at": start + timedelta(minutes=number // 2),
        }
        for number in range(ROWS)
        for owner in (endpoint if number % 3 else other,)
    ]
    db.session.execute(delete(Delivery))
    db.session.execute(insert(Delivery), rows)
    db.session.commit()
    wanted = [row["id"] for row in rows if row["endpoint_id"] == endpoint.id][::-1]
    since = None
    if since_minute is not None:
        since = start + timedelta(minutes=since_minute)
        wanted = [row["id"] for row in rows if row["id"] in wanted and row["created_at"] >= since][::-1]
    for begin in (0, 4, 11, 13, 40, len(wanted) - 2, len(wanted)):
        page = deliveries.page(endpoint, created=since, start=begin, limit=4)
        assert [row.id for row in page.items] == wanted[begin : begin + 4], begin
        assert (page.count, page.has_more) == (len(wanted), begin + 4 < len(wanted))
    marks = db.session.execute(select(ListMark.name, ListMark.owner_id).distinct()).all()
    assert [tuple(mark) for mark in marks if mark.name == "deliveries"] == [("deliveries", endpoint.id)]
