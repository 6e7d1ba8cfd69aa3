"""Horloge de test."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from merchant_portal import bank_calendar

from .conftest import Browser
from .fake_core import FakeCore


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"to": "hour"}, "2026-11-23T17:00:00Z"),
        ({"to": "day"}, "2026-11-24T16:00:00Z"),
        ({"to": "cut_off"}, "2026-11-23T22:00:00Z"),
        ({"to": "settlement"}, "2026-11-24T06:00:00Z"),
        ({"at": "2026-12-01T09:30"}, "2026-12-01T08:30:00Z"),
    ],
)
def test_the_clock_advances_to_a_stop_or_a_date(
    merchant: Browser, core: FakeCore, choice: dict[str, str], expected: str
) -> None:
    merchant.get("/cles")
    answer = merchant.post("/horloge", {**choice, "next": "/paiements"})
    assert answer.status_code == 303
    assert answer.location == "/paiements"
    assert json.loads(core.calls_of("POST", "/clock")[0].body) == {"to": expected}
    page = merchant.get("/paiements").text
    assert 'data-moving="true"' in page
    assert '<noscript><meta http-equiv="refresh"' in page, "progress without scripts"
    assert merchant.get("/horloge/etat.json").json["moving"] is True
    core.clock["advancing_to"] = None
    assert merchant.get("/horloge/etat.json").json["moving"] is False


@pytest.mark.parametrize(
    ("at", "status", "expected"),
    [
        ("2026-11-01T10:00", 409, "ne peut qu’avancer"),
        ("", 422, "Choisissez une date"),
        ("2030-01-01T00:00", 422, "trop loin"),
    ],
)
def test_a_moment_it_cannot_go_to_is_refused(
    merchant: Browser, core: FakeCore, at: str, status: int, expected: str
) -> None:
    answer = merchant.post("/horloge", {"at": at})
    assert answer.status_code == status
    assert expected in answer.text
    assert core.calls_of("POST", "/clock") == []


@pytest.mark.parametrize(
    ("now", "cut_off", "settlement"),
    [
        ("2026-11-23T10:00", "2026-11-23T22:00", "2026-11-24T06:00"),
        ("2026-11-23T22:00", "2026-11-24T22:00", "2026-11-24T06:00"),  # at 23:00 in Paris the next one is tomorrow's
        ("2026-11-27T12:00", "2026-11-27T22:00", "2026-11-30T06:00"),  # Friday: settled on Monday
        ("2026-12-24T12:00", "2026-12-24T22:00", "2026-12-28T06:00"),  # Christmas and a weekend
        ("2026-07-14T10:00", "2026-07-14T21:00", "2026-07-15T05:00"),  # summer time; 14 July is a TARGET day
    ],
)
def test_stops_follow_paris_time_and_target_days(now: str, cut_off: str, settlement: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert bank_calendar.next_cut_off(moment).strftime("%Y-%m-%dT%H:%M") == cut_off
    assert bank_calendar.next_settlement(moment).strftime("%Y-%m-%dT%H:%M") == settlement
