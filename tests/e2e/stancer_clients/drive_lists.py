"""Lists and their iterators (stancer-api.md 4)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
import stancer
from stancer.exceptions import InvalidSearchFilter

from tests.e2e.stancer_clients.objects import Objects
from tests.e2e.stancer_clients.wire import Wire


def _five(objects: Objects, order: str) -> list[str]:
    """Ids of five payments of one order, in the order in which this version lists them."""
    made = [objects.payment(order_id=order).send().id for _ in range(5)]
    return made if stancer.Config().version == 1 else made[::-1]


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_an_iterator_walks_over_all_pages_and_reads_every_item(objects: Objects, wire: Wire, limit: int) -> None:
    order = str(uuid.uuid4())
    ids = _five(objects, order)
    mark = len(wire.sent)
    found = list(stancer.Payment.list(order_id=order, limit=limit))
    assert [item.id for item in found] == ids
    assert len([line for line in wire.since(mark) if "order_id" in line]) == -(-5 // limit)
    assert {(item.amount, item.order_id) for item in found} == {(2590, order)}
    assert {item.unique_id for item in found} == {None}  # read, as nothing says so


def test_a_list_may_start_later(objects: Objects) -> None:
    order = str(uuid.uuid4())
    ids = _five(objects, order)
    assert [item.id for item in stancer.Payment.list(order_id=order, start=3)] == ids[3:]
    assert list(stancer.Payment.list(order_id=order, start=5)) == []


@pytest.mark.parametrize("form", [int, float, lambda seconds: datetime.fromtimestamp(seconds, tz=UTC)])
def test_what_was_created_since(objects: Objects, form: Any) -> None:
    payment = objects.payment(order_id=str(uuid.uuid4())).send()
    since = int(payment.created.timestamp())
    found = [item.id for item in stancer.Payment.list(created=form(since), limit=100)]
    assert payment.id in found
    assert [item.id for item in stancer.Payment.list(created=since, order_id=payment.order_id)] == [payment.id]


def test_zero_is_a_moment_too(objects: Objects) -> None:
    order = str(uuid.uuid4())
    payment = objects.payment(order_id=order).send()
    assert [item.id for item in stancer.Payment.list(created=0, order_id=order, start=0)] == [payment.id]


def test_both_filters_narrow(objects: Objects) -> None:
    order = str(uuid.uuid4())
    first, second = (objects.payment(order_id=order, unique_id=str(uuid.uuid4())).send() for _ in range(2))
    assert [item.id for item in stancer.Payment.list(order_id=order, unique_id=second.unique_id)] == [second.id]
    assert list(stancer.Payment.list(order_id="another", unique_id=first.unique_id)) == []


def test_an_empty_list_ends_at_once() -> None:
    assert list(stancer.Payment.list(order_id=str(uuid.uuid4()))) == []


@pytest.mark.parametrize("cls", [stancer.Payment, stancer.Dispute])
@pytest.mark.parametrize(
    "wrong", [{}, {"limit": 0}, {"limit": 101}, {"start": -1}, {"created": -1}, {"created": 2**40}, {"limit": "2"}]
)
def test_the_client_itself_refuses_bad_filters(wire: Wire, cls: Any, wrong: dict[str, Any]) -> None:
    mark = len(wire.sent)
    with pytest.raises(InvalidSearchFilter):
        list(cls.list(**wrong))
    assert wire.since(mark) == []
