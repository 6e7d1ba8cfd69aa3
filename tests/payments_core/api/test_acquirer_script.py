"""The acquirer's next answers, written beforehand through the API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CARD, Caller, account

PATH = "/v2/test/acquirer_script"
PLAIN = {"kind": "authorization", "response": None, "delay_ms": 0, "loss": None, "duplicate": False, "times": 1}


def test_a_script_is_written_read_followed_and_forgotten(api: Caller) -> None:
    assert api.get(PATH).get_json() == {"answers": []}
    written = api.made(PATH, {"answers": [{"response": "51"}, {"loss": "answer", "times": 3}, {"kind": None}]})
    assert written == {"answers": [{**PLAIN, "response": "51"}, {**PLAIN, "loss": "answer", "times": 3}, PLAIN]}
    payment = api.made("/v2/payments", {"amount": 1000, "card": CARD})
    assert (payment["status"], payment["response"]) == ("refused", "51")
    assert api.get(PATH).get_json()["answers"] == written["answers"][1:]
    lost = api.made("/v1/checkout", {"amount": 1000, "currency": "eur", "card": CARD})
    assert "status" not in lost or lost["status"] is None
    assert api.delete(PATH).get_json() == {"answers": []}
    assert api.get(f"{PATH}/").get_json() == {"answers": []}
    assert api.made("/v2/payments", {"amount": 1000, "card": CARD})["status"] == "to_capture"


def test_a_repeated_request_writes_once(api: Caller) -> None:
    for _ in range(2):
        answer = api.post(PATH, {"answers": [{"response": "51"}]}, headers={"Idempotency-Key": "script-1"})
        assert answer.status_code == 200
    assert len(api.get(PATH).get_json()["answers"]) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ["body", "answers"]),
        ({"answers": []}, ["body", "answers"]),
        ({"answers": None}, ["body", "answers"]),
        ({"answers": "51"}, ["body", "answers"]),
        ({"answers": [None]}, ["body", "answers", 0]),
        ({"answers": [{}, "51"]}, ["body", "answers", 1]),
        ({"answers": [{"response": "ZZ"}]}, ["body", "answers", 0, "response"]),
        ({"answers": [{"delay_ms": 30001}]}, ["body", "answers", 0, "delay_ms"]),
        ({"answers": [{"loss": "both"}]}, ["body", "answers", 0, "loss"]),
        ({"answers": [{"times": 0}]}, ["body", "answers", 0, "times"]),
        ({"answers": [{"delay": 1}]}, ["body", "answers", 0, "delay"]),
        ({"answers": [{}] * 101}, ["body", "answers"]),
        ({"answers": [{"kind": "refund"}]}, ["body", "kind"]),
        ({"answers": [{}], "more": 1}, ["body", "more"]),
    ],
)
def test_a_wrong_script_is_refused_by_name_and_nothing_is_kept(api: Caller, body: Any, place: list[Any]) -> None:
    answer = api.post(PATH, body)
    assert answer.status_code == 422
    assert place in [problem["loc"] for problem in answer.get_json()["detail"]]
    assert api.get(PATH).get_json() == {"answers": []}


def test_scripts_are_of_one_merchant_and_never_for_live_keys(
    public_app: Flask, clock: FrozenClock, api: Caller, other: Caller
) -> None:
    api.made(PATH, {"answers": [{"response": "51"}]})
    assert other.get(PATH).get_json() == {"answers": []}
    assert other.made("/v2/payments", {"amount": 1000, "card": CARD})["status"] == "to_capture"
    live = account(public_app, clock, "account-3", live=True)
    for answer in (live.get(PATH), live.post(PATH, {"answers": [{}]}), live.post(PATH, {}), live.delete(PATH)):
        assert answer.status_code == 403
    assert len(api.get(PATH).get_json()["answers"]) == 1
