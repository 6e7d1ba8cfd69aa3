"""Every (status, event) cell of every transition table."""

from __future__ import annotations

import pytest

from payments_core.errors import IllegalTransition, WrongState
from payments_core.states import TABLES, events, next_status, statuses

CELLS = [
    (kind, status, event)
    for kind in TABLES
    for status in sorted(statuses(kind), key=str)
    for event in sorted(events(kind))
]


@pytest.mark.parametrize(("kind", "status", "event"), CELLS)
def test_a_cell_is_either_in_the_table_or_refused(kind: str, status: str | None, event: str) -> None:
    wanted = TABLES[kind].get((status, event))
    if wanted is not None:
        assert next_status(kind, status, event) == wanted
        return
    with pytest.raises(IllegalTransition) as refused:
        next_status(kind, status, event)
    assert f"in status {status or 'null'} cannot become" in refused.value.message
    assert refused.value.params["wanted"] in statuses(kind)


@pytest.mark.parametrize(
    ("kind", "finals"),
    [
        ("payment", {"refused", "failed", "canceled"}),  # expired may still be collected by a terminal
        ("refund", {"refunded", "payment_canceled", "failed", "not_honored"}),
        ("authentication", {"success", "declined", "failed", "expired", "unavailable"}),
        ("dispute", {"accepted", "won", "lost", "out_of_time"}),
        ("payout", {"failed"}),
        ("payment_intent", {"canceled", "unpaid"}),
        ("direct_debit", {"rejected", "returned", "claimed"}),
        ("subscription", {"canceled"}),
    ],
)
def test_final_states_have_no_way_out(kind: str, finals: set[str]) -> None:
    left = {status for status, _ in TABLES[kind]}
    assert statuses(kind) - left == finals


def test_what_a_status_forbids_names_it_and_where_it_would_be_allowed() -> None:
    refused = WrongState("not_open", "dispute", "lost", "be given proof", ["open"])
    assert refused.message == "A dispute in status lost cannot be given proof, only one in status open"
    assert (refused.code, refused.params) == ("not_open", {"status": "lost", "wanted": ["open"]})
    nothing_yet = WrongState("payment_fixed", "payment", None, "be disputed", {"disputed", "captured"})
    assert "in status null cannot be disputed, only one in status captured or disputed" in nothing_yet.message
