"""Payouts on the wire (contract 2.8 and 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from payments_core import clocks, refunds
from payments_core.db import db
from payments_core.models import Merchant
from payments_core.scope import scope_of
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CARD, Caller


@pytest.fixture
def paid_out(public_app: Flask, api: Caller, merchant: Merchant, clock: FrozenClock) -> dict[str, Any]:
    """Two payments captured at once, one partly refunded, in a payout that reached the bank."""
    card = {**CARD, "number": "4000000000000077"}
    first, second = (api.made("/v1/checkout", {"amount": n, "currency": "eur", "card": card}) for n in (3000, 5000))
    with public_app.app_context():
        mine = db.session.merge(merchant)
        refund = refunds.create(scope_of(mine, False, clock(), "test"), first["id"], 1000)
        clocks.ask_advance(merchant.id, clock(), to=clock() + timedelta(days=14))
        clocks.advance(merchant.id)
        refund_id = refund.id
    return {"first": first, "second": second, "refund": refund_id, "fees": 36 + 50}


def test_a_payout_is_listed_and_read_in_both_versions(api: Caller, paid_out: dict[str, Any]) -> None:
    (new,) = api.get("/v2/payouts/").get_json()["payouts"]
    net = 8000 - 1000 - new["fees"]
    assert (new["amount"], new["status"], new["currency"]) == (net, "paid", "eur")
    assert new["payments"]["amount"] == 8000
    assert new["payments"]["method"]["card"] == {"amount": 8000, "count": 2, "fees": new["fees"]}
    assert (new["refunds"]["amount"], new["disputes"]["amount"]) == (1000, 0)
    assert api.get(f"/v2/payouts/{new['id']}").get_json() == new
    (old,) = api.get("/v1/payouts?limit=3").get_json()["payouts"]
    assert (old["id"], old["amount"], old["fees"], old["live_mode"]) == (new["id"], net, new["fees"], False)
    assert (old["payments"], old["refunds"]) == ({"amount": 8000}, {"amount": 1000})
    assert old["statement_description"] == new["reference"]
    assert api.get(f"/v1/payouts/{new['id']}/undefined").get_json() == old


def test_its_parts_are_lists(api: Caller, paid_out: dict[str, Any]) -> None:
    (payout,) = api.get("/v2/payouts").get_json()["payouts"]
    path = f"/v2/payouts/{payout['id']}"
    listed = api.get(f"{path}/payments").get_json()
    assert {item["id"] for item in listed["payments"]} == {paid_out["first"]["id"], paid_out["second"]["id"]}
    assert {item["payout"] for item in listed["payments"]} == {payout["id"]}
    assert listed["range"]["count"] == 2
    first = api.get(f"{path}/payments?limit=1").get_json()
    assert (len(first["payments"]), first["range"]["has_more"]) == (1, True)
    (refund,) = api.get(f"{path}/refunds").get_json()["refunds"]
    assert (refund["id"], refund["payout"]) == (paid_out["refund"], payout["id"])
    assert api.get(f"{path}/disputes").get_json()["disputes"] == []
    old = api.get(f"/v1/payouts/{payout['id']}/payments").get_json()
    assert (len(old["payments"]), old["live_mode"]) == (2, False)


def test_payments_and_payouts_are_found_by_one_another(api: Caller, paid_out: dict[str, Any]) -> None:
    (payout,) = api.get(f"/v2/payouts?payment={paid_out['first']['id']}").get_json()["payouts"]
    assert api.get(f"/v2/payouts?payment=paym_{'x' * 24}").get_json()["payouts"] == []
    found = api.get(f"/v2/payments/?payout={payout['id']}").get_json()["payments"]
    assert len(found) == 2
    assert api.get(f"/v2/payments/?payout=pout_{'x' * 24}").get_json()["payments"] == []
    assert api.get(f"/v2/payments/{paid_out['first']['id']}").get_json()["payout"] == payout["id"]


def test_another_merchants_payout_is_not_there(api: Caller, other: Caller, paid_out: dict[str, Any]) -> None:
    (payout,) = api.get("/v2/payouts").get_json()["payouts"]
    assert other.get(f"/v2/payouts/{payout['id']}").status_code == 404
    assert other.get("/v2/payouts").get_json()["payouts"] == []
    assert other.get(f"/v2/payments/?payout={payout['id']}").get_json()["payments"] == []
