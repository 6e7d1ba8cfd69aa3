"""Every (status, event) cell of every transition table, against the transitions that contract and domain allow."""

from __future__ import annotations

import pytest

from payments_core.errors import IllegalTransition, WrongState
from payments_core.states import TABLES, next_status, statuses
from tests.payments_core.legal_transitions import CONTRACT_VALUES, LEGAL, NEVER_USED, OUR_OWN

NOT_PINNED = {"mandate", "payment_link"}  # the contract knows no status of theirs
WANTED = {kind: {(move.before, move.event): move.after for move in moves} for kind, moves in LEGAL.items()}
CELLS = [
    (kind, status, event)
    for kind, cells in WANTED.items()
    for status in sorted({before for before, _ in cells} | set(cells.values()), key=str)
    for event in sorted({name for _, name in cells})
]


def test_every_table_is_pinned() -> None:
    assert TABLES.keys() - NOT_PINNED == LEGAL.keys()


@pytest.mark.parametrize("kind", LEGAL)
def test_a_table_allows_what_is_legal_and_nothing_more(kind: str) -> None:
    """Read from pages, so that a wrong cell, a forgotten one and one too many are all seen."""
    assert len(WANTED[kind]) == len(LEGAL[kind]), "a row is there twice"
    assert dict(TABLES[kind]) == WANTED[kind]


@pytest.mark.parametrize(("kind", "status", "event"), CELLS)
def test_a_cell_is_either_legal_or_refused(kind: str, status: str | None, event: str) -> None:
    wanted = WANTED[kind].get((status, event))
    if wanted is not None:
        assert next_status(kind, status, event) == wanted
        return
    with pytest.raises(IllegalTransition) as refused:
        next_status(kind, status, event)
    assert f"in status {status or 'null'} cannot become" in refused.value.message
    assert refused.value.params["wanted"] in WANTED[kind].values()


@pytest.mark.parametrize("kind", CONTRACT_VALUES)
def test_statuses_are_the_contracts_words(kind: str) -> None:
    """Clients know these and may fail on any other."""
    expected = CONTRACT_VALUES[kind] - NEVER_USED.get(kind, set()) | OUR_OWN.get(kind, set())
    assert statuses(kind) - {None} == expected


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
