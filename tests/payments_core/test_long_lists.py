"""Lists that outgrew counting: the same pages and the same count as a plain look, whatever the offset."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select

from payments_core import list_marks, paging, payments
from payments_core.db import db
from payments_core.models import ListMark, Payment
from payments_core.payments import Filters
from tests.payments_core.conftest import Shop

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
        page = payments.page(
            shop.scope, Filters(created=since), start=start, limit=7, newest_first=newest_first, count=True
        )
        assert [row.id for row in page.items] == wanted[start : start + 7], start
        assert (page.count, page.has_more) == (len(wanted), start + 7 < len(wanted)), start


def test_marks_are_set_once_and_only_over_settled_rows(shop: Shop, long_list: list[str]) -> None:
    for _ in range(2):
        payments.page(shop.scope, Filters(), start=0, limit=5, count=True)
    assert db.session.scalar(select(func.count()).select_from(ListMark)) == ROWS // 10
    for number in range(12):
        shop.pay(500 + number)
    page = payments.page(shop.scope, Filters(), start=0, limit=5, count=True)
    assert page.count == ROWS + 12
    assert db.session.scalar(select(func.max(ListMark.position))) == ROWS // 10 * 10


def test_a_deep_page_walks_no_further_than_a_stride(shop: Shop, long_list: list[str]) -> None:
    payments.page(shop.scope, Filters(), start=0, limit=5, count=True)
    offsets: list[int] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found = re.search(r"OFFSET %\((\w+)\)s", statement)
        if found:
            offsets.append(parameters[found[1]])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for newest_first in (True, False):
            page = payments.page(shop.scope, Filters(), start=104, limit=5, newest_first=newest_first, count=True)
            assert len(page.items) == 5
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert offsets
    assert max(offsets) <= list_marks.STRIDE
