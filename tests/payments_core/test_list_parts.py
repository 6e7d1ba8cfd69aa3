"""Parts of long lists: the same pages and the same count as a plain look, whatever is asked for and whatever changed."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text

from payments_core import (
    customers,
    deliveries,
    events,
    intents,
    list_counts,
    list_marks,
    paging,
    payment_lists,
    refunds,
    webhooks,
)
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.intents import NewIntent
from payments_core.models import Delivery, Event, ListMark, Payout, Refund
from payments_core.paging import Listing
from payments_core.payment_lists import Filters
from tests.payments_core.conftest import Shop, plans

TYPES = ("payment.created", "payment.captured", "payment.refused", "refund.created", "payment_intent.created")


@pytest.fixture
def many_events(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """More events than are counted one by one, of types that are frequent, rare, and all at the beginning; newest first."""
    monkeypatch.setattr(list_marks, "STRIDE", 10)
    monkeypatch.setattr(paging, "EXACT", 25)
    start = shop.scope.now - timedelta(days=3)
    drawn = random.Random(11)

    def kind(number: int) -> str:
        if number in (3, 4, 203):
            return TYPES[4]
        if number < 40 and number % 4 == 0:
            return TYPES[3]
        return drawn.choice((*TYPES[:2] * 6, TYPES[2]))

    rows = [
        {
            "id": f"evt_{number:024}",
            "merchant_id": shop.merchant.id,
            "live": False,
            "type": kind(number),
            "object_id": f"paym_{number % 50:024}",
            "version": number // 50 + 1,
            "actor": "clock",
            "data": {},
            "created_at": start + timedelta(minutes=number // 3),
        }
        for number in range(317)
    ]
    db.session.execute(insert(Event), rows)
    db.session.commit()
    return list(db.session.scalars(select(Event).order_by(Event.created_at.desc(), Event.id.desc())))


@pytest.mark.parametrize(
    "kind", [*TYPES, "payment.*", "refund.*", "payment_intent.*", "p*", "payment.nothing", "dispute.*"]
)
@pytest.mark.parametrize("since_row", [None, 5, 150, 310])
def test_a_kind_of_events_is_listed_as_a_plain_look_would(
    shop: Shop, many_events: list[Event], kind: str, since_row: int | None
) -> None:
    since = many_events[-1 - since_row].created_at if since_row is not None else None
    wanted = [
        row.id
        for row in many_events
        if (row.type.startswith(kind[:-1]) if kind.endswith("*") else row.type == kind)
        and (since is None or row.created_at >= since)
    ]
    for start in (0, 1, 2, 9, 10, 30, 80, len(wanted) // 2, max(0, len(wanted) - 3), len(wanted), len(wanted) + 5):
        page = events.page(shop.scope, kind=kind, created=since, start=start, limit=7)
        assert [row.id for row in page.items] == wanted[start : start + 7], start
        assert (page.count, page.has_more) == (len(wanted), start + 7 < len(wanted)), start


def test_every_stride_is_counted_once_and_new_events_are_behind_them(
    shop: Shop, many_events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are counted at once."""
    monkeypatch.setattr(list_counts, "_COUNTED_AT_ONCE", 3)
    monkeypatch.setattr(list_marks, "_MARKS_AT_ONCE", 4)
    wanted = [row.id for row in many_events if row.type == TYPES[3]]
    for _ in range(2):
        page = events.page(shop.scope, kind=TYPES[3], start=2, limit=4)
        assert ([row.id for row in page.items], page.count) == (wanted[2:6], len(wanted))
        marks = db.session.execute(select(ListMark.position).where(ListMark.counts.has_key(f'type="{TYPES[3]}"'))).all()
        assert [position for (position,) in sorted(map(tuple, marks))] == [
            10 * number for number in range(1, len(many_events) // 10 + 1)
        ]
    payment = shop.captured(1000)
    refund = db.session.scalars(
        select(Event.id).where(Event.object_id == refunds.create(shop.scope, payment.id, 10).id)
    ).one()
    page = events.page(shop.scope, kind=TYPES[3], start=0, limit=4)
    assert ([row.id for row in page.items], page.count) == ([refund, *wanted[:3]], len(wanted) + 1)


def test_a_rare_kind_is_found_without_walking_to_it(shop: Shop, many_events: list[Event]) -> None:
    """Of the strides that hold none of it no row is read."""
    events.page(shop.scope, kind=TYPES[4], start=0, limit=5)
    db.session.execute(text("ANALYZE events"))
    db.session.commit()
    with plans("SELECT events.id") as shown:
        page = events.page(shop.scope, kind=TYPES[4], start=0, limit=5)
    assert [row.type for row in page.items] == [TYPES[4]] * 3
    assert len(shown) == 2  # of 31 strides two hold it
    for plan in shown:
        assert re.search(r"Index Cond: .*ROW\(.*\) <= ROW\(", plan)
        assert sum(map(int, re.findall(r"Rows Removed by Filter: (\d+)", plan))) < list_marks.STRIDE


def read(listed: Listing[Any], starts: tuple[int, ...], wanted: list[str]) -> None:
    """Pages of a list at these offsets are those of all its ids."""
    for start in starts:
        page = listed(start, 4)
        assert [row.id for row in page.items] == wanted[start : start + 4], start
        assert (page.count, page.has_more) == (len(wanted), start + 4 < len(wanted)), start


STARTS = (0, 3, 11, 14, 40, 300)
STATES = ("delivered", "delivered", "delivered", "abandoned", "pending")


def test_deliveries_are_listed_by_their_state(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when they are delivered, given up or owed again long after they were first owed."""
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    endpoint = webhooks.put_endpoint(shop.scope, "one", "https://one.example/hook")
    shop.pay(1000)
    event_id = db.session.scalars(select(Event.id).limit(1)).one()
    drawn, start = random.Random(3), shop.scope.real_now - timedelta(hours=3)
    db.session.execute(delete(Delivery))
    common = {"event_id": event_id, "endpoint_id": endpoint.id, "object_id": "paym_1", "version": 1}
    for number in range(137):
        moment = start + timedelta(minutes=number // 2)
        times = {"created_at": moment, "next_attempt_at": moment}
        one = {**common, **times, "id": f"dlvr_{number:024}", "state": drawn.choice(STATES)}
        db.session.execute(insert(Delivery).values(one))
    db.session.commit()
    for _ in range(4):
        for state in ("delivered", "abandoned", "pending"):
            newest_first = select(Delivery.id).order_by(Delivery.created_at.desc(), Delivery.id.desc())
            wanted = [str(one) for one in db.session.scalars(newest_first.where(Delivery.state == state))]
            db.session.commit()
            read(
                lambda start, limit, s=state: deliveries.page(endpoint, state=s, start=start, limit=limit),
                STARTS,
                wanted,
            )
        for number in drawn.sample(range(137), 9):
            row = db.session.get(Delivery, f"dlvr_{number:024}", populate_existing=True)
            assert row is not None
            row.state = drawn.choice(STATES)
            row.delivered_at = row.created_at + timedelta(hours=2) if row.state == "delivered" else None
            db.session.commit()


def test_customers_are_listed_by_country_while_they_move_and_leave(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    drawn, made = random.Random(4), []
    for number in range(70):
        given = CustomerInput(
            name=drawn.choice(("Ada", "Jo")),
            email=f"p{number % 3}@exemple.fr",
            country=drawn.choice(("FR", "FR", "IT")),
        )
        made.append(customers.create(shop.scope, given).id)
    shop.clock.tick(minutes=5)
    asked: tuple[dict[str, str], ...] = (
        {"country": "FR"},
        {"country": "IT"},
        {"name": "Ada"},
        {"name": "Ada", "country": "FR"},
    )
    for _ in range(4):
        for filters in (*asked, {"email": "p1@exemple.fr"}):
            rows = [customers.get(shop.scope, one) for one in made]
            wanted = [row.id for row in rows if all(getattr(row, name) == value for name, value in filters.items())]
            read(
                lambda start, limit, f=filters: customers.page(shop.scope, f, start=start, limit=limit),
                STARTS,
                wanted[::-1],
            )
        for one in drawn.sample(made, 4):
            customers.update(
                shop.scope, one, {"country": drawn.choice(("FR", "IT")), "name": drawn.choice(("Ada", "Jo"))}
            )
        for one in drawn.sample(made, 3):
            customers.delete(shop.scope, one)
            made.remove(one)


@pytest.mark.parametrize("newest_first", [True, False])
def test_intents_are_listed_by_the_day_they_are_due(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, newest_first: bool
) -> None:
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    drawn, today = random.Random(6), shop.scope.now.date()
    days = (None, None, *(today + timedelta(days=number) for number in (-1, 2, 3)))
    made = []
    for _ in range(60):
        day, order = drawn.choice(days), drawn.choice(("A", "A", "B"))
        made.append(intents.create(shop.scope, NewIntent(amount=900, date_settlement=day, order_id=order)))
    shop.clock.tick(minutes=5)

    def listed(order: str | None, by_settlement: bool) -> Listing[Any]:
        return lambda start, limit: intents.page(
            shop.scope,
            {"order_id": order},
            start=start,
            limit=limit,
            newest_first=newest_first,
            by_settlement=by_settlement,
        )

    for _ in range(3):
        for order in (None, "A", "B", "nothing"):
            rows = [one for one in made if order in (None, one.order_id)]
            rows.sort(key=lambda one: (one.created_at, one.id), reverse=newest_first)
            read(listed(order, False), STARTS, [one.id for one in rows])
            dated = [one for one in rows if one.date_settlement]
            dated.sort(key=lambda one: (one.date_settlement or today, one.created_at, one.id), reverse=newest_first)
            read(
                listed(order, True),
                STARTS,
                [one.id for one in (*dated, *(one for one in rows if not one.date_settlement))],
            )
        for one in drawn.sample(made, 8):
            changed = {"date_settlement": drawn.choice(days), "order_id": drawn.choice(("A", "B"))}
            place = made.index(one)
            made[place] = intents.update(shop.scope, one.id, changed)


def test_what_is_in_a_payout_is_such_a_list(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_marks, "STRIDE", 5)
    monkeypatch.setattr(paging, "EXACT", 12)
    mine = [shop.pay(1000 + number, order_id="AB"[number % 2]) for number in range(40)]
    shop.advance(days=1)
    given_back = [refunds.create(shop.scope, payment.id, 100).id for payment in mine[:30]]
    later = [shop.pay(700) for _ in range(20)]
    shop.advance(days=20)
    first, second = db.session.scalars(
        select(Payout).where(Payout.merchant_id == shop.merchant.id).order_by(Payout.created_at)
    ).all()
    assert all(payout.gathered_at for payout in (first, second))

    def paid(payout: Payout, **more: Any) -> Listing[Any]:
        options = {name: more.pop(name) for name in ("newest_first", "by_processing") if name in more}
        filters = Filters(payout=payout, **more)
        return lambda start, limit: payment_lists.page(
            shop.scope, filters, start=start, limit=limit, count=True, **options
        )

    ids = [payment.id for payment in mine]
    starts = (0, 3, 11, 14, 29, 38, 40)
    for by_processing in (False, True):
        read(paid(first, newest_first=False, by_processing=by_processing), starts, ids)
        read(paid(first, by_processing=by_processing), starts, ids[::-1])
        read(paid(second, by_processing=by_processing), starts, [one.id for one in later][::-1])
        read(paid(first, order_id="A", by_processing=by_processing), starts, ids[::-1][1::2])
    read(paid(first, created=mine[10].created_at), starts, ids[10:][::-1])
    read(paid(first, paid=mine[10].paid_at, by_processing=True), starts, ids[10:][::-1])
    refunded = partial(refunds.page, shop.scope, newest_first=False, count=True)
    everywhere = db.session.scalars(select(Refund.id).order_by(Refund.created_at, Refund.id)).all()
    assert sorted(everywhere) == sorted(given_back)
    read(lambda start, limit: refunded(payout=first, start=start, limit=limit), starts, list(everywhere))
    read(lambda start, limit: refunded(payout=second, start=start, limit=limit), starts, [])


def test_marks_keep_the_counts_of_a_few_parts_only(shop: Shop, many_events: list[Event]) -> None:
    """Whoever asks for ever new parts fills nothing up, and what is asked for again is right."""
    for number in range(60):
        assert events.page(shop.scope, kind=f"nothing.of.this.name.{number}*", start=0, limit=5).count == 0
    size = select(func.max(func.pg_column_size(ListMark.counts)))
    assert (db.session.scalar(size) or 0) <= list_counts._ROOM + 100
    wanted = [row.id for row in many_events if row.type == TYPES[3]]
    page = events.page(shop.scope, kind=TYPES[3], start=2, limit=4)
    assert ([row.id for row in page.items], page.count) == (wanted[2:6], len(wanted))


def test_while_others_count_for_long_a_page_is_walked_to(shop: Shop, many_events: list[Event]) -> None:
    wanted = [row.id for row in many_events if row.type == TYPES[3]]
    key = func.hashtextextended(f"list_parts events {shop.merchant.id} {False}", 0)
    with db.engine.connect() as other:
        other.execute(select(func.pg_advisory_lock(key)))
        page = events.page(shop.scope, kind=TYPES[3], start=2, limit=4)
        assert ([row.id for row in page.items], page.count) == (wanted[2:6], len(wanted))
        other.execute(select(func.pg_advisory_unlock(key)))
    counted = select(func.count()).where(ListMark.counts.has_key(f'type="{TYPES[3]}"'))
    assert db.session.scalar(counted) == 0
    events.page(shop.scope, kind=TYPES[3], start=2, limit=4)
    assert db.session.scalar(counted) == len(many_events) // 10
