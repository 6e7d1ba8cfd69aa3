"""Envelopes of lists (wire contract 4): one array, `range`, and in v1 `live_mode`."""

from __future__ import annotations

from typing import Any

from payments_core.api.access import current_scope
from payments_core.api.versions import version
from payments_core.paging import Page

NOTHING: Page[Any] = Page([], has_more=False, count=0)


def envelope(
    key: str, items: list[dict[str, Any]], page: Page[Any], query: dict[str, Any], **echoed: Any
) -> dict[str, Any]:
    """`echoed` goes into v1's range. `limit` is always the effective one: clients advance by it."""
    start, limit = query["start"], query["limit"]
    extent = {"start": start, "end": start + max(len(items) - 1, 0), "limit": limit}
    if version() == 2:
        return {key: items, "range": {**extent, "count": page.count, "has_more": page.has_more}}
    extent |= {"has_more": page.has_more, **echoed}
    return {key: items, "live_mode": current_scope().live, "range": extent}


def slice_of(items: list[Any], query: dict[str, Any]) -> Page[Any]:
    """A page of a short list that is in memory."""
    start, limit = query["start"], query["limit"]
    return Page(items[start : start + limit], len(items) > start + limit, len(items))
