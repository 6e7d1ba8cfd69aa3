"""The steps of a history: each asks the shop, and checks the answer against what the model makes of the same request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from werkzeug.test import TestResponse

from payments_core import simulated_rates
from tests.payments_core.conftest import START
from tests.payments_core.histories.clock import pass_time
from tests.payments_core.histories.days import at
from tests.payments_core.histories.methods import IBANS
from tests.payments_core.histories.model import Model
from tests.payments_core.histories.records import Dispute, Method, Payment, Record, Refused, Saved
from tests.payments_core.histories.shop import HistoryShop, Json
from tests.payments_core.public_door import CARD

_STATUS = {"conflict": 409, "absent": 404}
_FARTHEST = START + timedelta(days=700)  # test clocks go 800 days ahead


class Steps:
    """One merchant and its model."""

    def __init__(self, start: Callable[[str], HistoryShop], bank: str | None) -> None:
        self.shop, self.model = start(IBANS[bank]), Model(START, bank, simulated_rates.of_day)
        self.saved: list[Saved] = []
        self.kept: list[tuple[str, Json, str, TestResponse]] = []
        self.count = 0

    def pay(
        self,
        method: Method | None,
        amount: int,
        *,
        capture: bool = True,
        version: int = 2,
        unique_id: str | None = None,
        twice: bool = False,
    ) -> None:
        """By a card or account that is given whole, or (None) left open."""
        body: Json = {
            "amount": amount,
            "currency": method.currency if method is not None else "eur",
            "capture": capture,
        }
        if unique_id is not None:
            body["unique_id"] = unique_id
        if method is not None and method.sepa:
            body["sepa"] = {"iban": method.number, "name": "Ada Martin"}
        elif method is not None:
            body["card"] = {**CARD, "number": method.number}
        self.post(_payments(version), body, twice, lambda: self.model.pay(method, amount, capture, unique_id))

    def pay_by(self, saved: Saved, amount: int, version: int) -> None:
        body = {"amount": amount, "currency": "eur", "sepa" if saved.method.sepa else "card": saved.id}
        self.post(_payments(version), body, False, lambda: self.model.pay(saved.method, amount, True, saved=saved))

    def give_card(self, payment: Payment, card: Method) -> None:
        """v2 charges it at once."""
        response = self.shop.client.patch(f"/v2/payments/{payment.id}", {"card": {**CARD, "number": card.number}})
        self.answered(response, 2, lambda: self.model.pay_open(payment, card))

    def save(self, method: Method) -> None:
        """Each with an expiry of its own, or it would be the card that is known already."""
        number = len(self.saved)
        if method.sepa:
            made = self.shop.client.made("/v2/sepa", {"iban": method.number, "name": "Ada Martin"})
        else:
            expiry = {"exp_month": number % 12 + 1, "exp_year": 2032 + number // 12}
            made = self.shop.client.made("/v2/cards", {**CARD, "number": method.number, **expiry})
        self.saved.append(Saved(made["id"], method))

    def delete(self, saved: Saved, version: int) -> None:
        """Once; afterwards it is unknown, in v2 to those who want to change it."""
        response = self.shop.client.delete(f"/v{version}/{'sepa' if saved.method.sepa else 'cards'}/{saved.id}")
        if saved.deleted:
            assert response.status_code == 404
        elif version == 1:
            assert (response.status_code, response.data) == (204, b"")
        else:
            assert (response.status_code, response.get_json()["deleted"]) == (200, True)
        saved.deleted = True

    def capture(self, payment: Payment, amount: int | None) -> None:
        body = {} if amount is None else {"amount": amount}
        response = self.shop.client.post(f"/v2/payments/{payment.id}/capture", body)
        self.answered(response, 2, lambda: self.model.capture(payment, amount))

    def refund(self, payment: Payment, amount: int | None, door: str, *, twice: bool = False) -> None:
        """`door` is v1, v2 or the shortcut below the payment."""
        body: Json = {} if amount is None else {"amount": amount}
        path = f"/v2/payments/{payment.id}/refund"
        if door != "shortcut":
            path, body = f"/{door}/refunds", {"payment": payment.id, **body}
        self.post(path, body, twice, lambda: self.model.refund(payment, amount))

    def contest(self, payment: Payment, amount: int | None, *, contestable: bool) -> None:
        """The payer's bank does."""
        body = {"amount": amount, "contestable": contestable}
        path = f"/payments/{payment.id}/simulate/dispute"
        response = self.shop.ask_platform("POST", path, body, Idempotency_Key=self.new_key())
        made = self.answered(response, 0, lambda: self.model.dispute(payment, amount, "4853", contestable=contestable))
        if made is not None:
            shown = response.get_json()
            assert shown["shortfall"] == made.shortfall
            assert (shown["collection"] is not None) == (made.shortfall > 0)

    def write(self, dispute: Dispute, words: str) -> None:
        response = self.shop.client.patch(f"/v2/disputes/{dispute.id}/evidence", {"text": words})
        self.answered(response, 2, lambda: self.model.write(dispute, words))

    def send(self, dispute: Dispute) -> None:
        response = self.shop.client.post(f"/v2/disputes/{dispute.id}/evidence/send")
        self.answered(response, 2, lambda: self.model.send(dispute))

    def accept(self, dispute: Dispute) -> None:
        response = self.shop.client.post(f"/v2/disputes/{dispute.id}/accept")
        self.answered(response, 2, lambda: self.model.accept(dispute))

    def confirm_iban(self) -> None:
        assert self.shop.ask_platform("POST", "/payouts/resume").status_code == 200
        self.model.stopped = False

    def next_orders(self, kind: str) -> list[Any]:
        """Card payments or refunds that leave at the next cut-off."""
        if kind == "refund":
            return [one for one in self.model.refunds if one.status == "to_refund" and not one.payment.by_debit]
        return [one for one in self.model.payments if one.status == "to_capture" and not one.by_debit]

    def refuse_next(self, kind: str) -> None:
        """The network refuses the next capture or refund; only where it is clear which one that is."""
        waiting = self.next_orders(kind)
        if len(waiting) == 1:
            self.shop.client.made("/v2/test/acquirer_script", {"answers": [{"kind": kind, "response": "05"}]})
            waiting[0].refused = True
            self.wait(0 if self.model.now < at(self.model.today, 23) else 1, 23)

    def wait(self, days: int, hour: int) -> None:
        """To that hour of a day to come, never the same minute twice: no 24 hours end on the moment itself."""
        self.count += 1
        goal = at(self.model.today + timedelta(days=days), hour, 5 + self.count % 50)
        if self.model.now < goal < _FARTHEST:
            self.shop.advance(goal)
            pass_time(self.model, goal, self._claims())

    def post(self, path: str, body: Json, twice: bool, expected: Callable[[], Record]) -> None:
        """`twice` sends it under an Idempotency-Key and again, which must have no second effect."""
        if not twice:
            self.answered(self.shop.client.post(path, body), int(path[2]), expected)
            return
        key = self.new_key()
        response = self.shop.client.post(path, body, headers={"Idempotency-Key": key})
        self.answered(response, int(path[2]), expected)
        self.kept.append((path, body, key, response))
        self.repeat(len(self.kept) - 1)

    def repeat(self, number: int, *, with_other_body: bool = False) -> None:
        """A request of before, however long ago in the merchant's time."""
        path, body, key, first = self.kept[number]
        if with_other_body:
            again = self.shop.client.post(path, {**body, "amount": 1234567}, headers={"Idempotency-Key": key})
            assert (again.status_code, again.headers.get("Error-Code")) == (409, "idempotency_mismatch")
            return
        again = self.shop.client.post(path, body, headers={"Idempotency-Key": key})
        assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
        assert again.headers.get("Idempotent-Replayed") == "true"

    def answered(self, response: TestResponse, version: int, expected: Callable[[], Record | None]) -> Record | None:
        """The answer is the one the model expects; version 0 is the platform. Returns what was made."""
        try:
            record = expected()
        except Refused as refusal:
            _check_refused(response, version, refusal)
            return None
        assert response.status_code == (200 if version else 201), response.get_data(as_text=True)
        if record is not None:
            record.id = response.get_json()["id"]
        return record

    def new_key(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    def _claims(self) -> dict[str, datetime]:
        """When payers' claims were read from a statement, by payment."""
        waiting = {one.id: one.claim for one in self.model.payments if one.claim and one.debit != "claimed"}
        return self.shop.claims(waiting) if waiting else {}


def _check_refused(response: TestResponse, version: int, refusal: Refused) -> None:
    status = _STATUS.get(refusal.kind) or (400 if version == 1 else 422)
    code = response.headers.get("Error-Code") if version else response.get_json()["error"]["code"]
    text = response.get_data(as_text=True)
    assert (response.status_code, code) == (status, refusal.code), text
    assert refusal.says in text


def _payments(version: int) -> str:
    return "/v1/checkout" if version == 1 else "/v2/payments"
