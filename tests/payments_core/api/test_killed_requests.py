"""A process that dies between a change and its answer: the request, sent again under its key, has its effect once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from payments_core import clocks, create_app, idempotency
from tests.payments_core.conftest import FrozenClock, config_for
from tests.payments_core.platform.steps import Caller as PlatformCaller
from tests.payments_core.public_door import CARD, CUSTOMER, Caller

KEY = {"Idempotency-Key": "order-1047"}
HELD: dict[str, Any] = {"amount": 2590, "currency": "eur", "card": CARD, "capture": False}


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it."""


def die(*_: Any) -> None:
    raise Killed()


@dataclass(frozen=True)
class Change:
    """A POST, whatever it changes (`state` reads it), and how it is sent."""

    path: str
    state: Callable[[], Any]
    send: Callable[..., TestResponse]
    body: dict[str, Any] | None = None


def a_capture(api: Caller, _platform: PlatformCaller) -> Change:
    path = f"/v2/payments/{api.made('/v2/payments', HELD)['id']}"
    return Change(f"{path}/capture", lambda: api.get(path).get_json()["status"], api.post)


def an_acceptance(api: Caller, _platform: PlatformCaller) -> Change:
    api.made("/v2/payments", {**HELD, "capture": True, "card": {**CARD, "number": "4000000000000259"}})
    (dispute,) = api.get("/v2/disputes").get_json()["disputes"]
    path = f"/v2/disputes/{dispute['id']}"
    return Change(f"{path}/accept", lambda: api.get(path).get_json()["status"], api.post)


def an_advance(api: Caller, platform: PlatformCaller) -> Change:
    path = f"/merchants/{api.merchant_id}/clock"
    return Change(path, lambda: platform("GET", path).get_json()["advancing_to"], by(platform), {"days": 5})


def a_key(api: Caller, platform: PlatformCaller) -> Change:
    path = f"/merchants/{api.merchant_id}/keys"
    return Change(path, keys_of(api, platform), by(platform), {"live": False, "name": "Boutique"})


def a_rotation(api: Caller, platform: PlatformCaller) -> Change:
    path = f"/merchants/{api.merchant_id}/keys"
    (secret,) = (key for key in platform("GET", path).get_json()["keys"] if key["kind"] == "secret")
    return Change(f"{path}/{secret['id']}/rotate", keys_of(api, platform), by(platform), {})


def keys_of(api: Caller, platform: PlatformCaller) -> Callable[[], int]:
    return lambda: len(platform("GET", f"/merchants/{api.merchant_id}/keys").get_json()["keys"])


def by(platform: PlatformCaller) -> Callable[..., TestResponse]:
    return lambda path, body, headers: platform("POST", path, body, **headers)


@pytest.mark.parametrize("change", [a_capture, an_acceptance, an_advance, a_key, a_rotation])
def test_a_change_and_its_answer_are_kept_together_or_not_at_all(
    api: Caller,
    platform: PlatformCaller,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Caller, PlatformCaller], Change],
) -> None:
    asked = change(api, platform)
    before = asked.state()
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "answer", die)
        with pytest.raises(Killed):
            asked.send(asked.path, asked.body, headers=KEY)
    assert asked.state() == before, "a process died with its change half-way"
    clock.tick(minutes=1)
    with monkeypatch.context() as dying:  # what was answered is kept without another transaction
        dying.setattr(idempotency, "finish", die)
        first = asked.send(asked.path, asked.body, headers=KEY)
    assert first.status_code in (200, 201, 202)
    after = asked.state()
    assert after != before
    clock.tick(minutes=1)
    again = asked.send(asked.path, asked.body, headers=KEY)
    assert (again.status_code, again.get_json(), asked.state()) == (first.status_code, first.get_json(), after)


@pytest.mark.parametrize("change", [a_capture, an_advance, a_key])
def test_a_request_that_outlived_its_lease_and_its_repetition_change_once(
    api: Caller,
    platform: PlatformCaller,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Caller, PlatformCaller], Change],
) -> None:
    """The repetition was let in while the first one was still at it, which has answered since."""
    asked, begin = change(api, platform), idempotency.begin
    first = asked.send(asked.path, asked.body, headers=KEY)
    after = asked.state()
    with monkeypatch.context() as late:
        late.setattr(idempotency, "begin", lambda *arguments: replace(begin(*arguments), answer=None))
        again = asked.send(asked.path, asked.body, headers=KEY)
    assert (again.status_code, again.get_json(), asked.state()) == (first.status_code, first.get_json(), after)


def test_a_renewal_is_charged_once(
    public_app: Flask, api: Caller, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = api.made("/v2/customers", CUSTOMER)
    card = api.made("/v2/cards", {**CARD, "number": "4000000000009995", "customer": customer["id"]})
    wanted = {"amount": 900, "currency": "eur", "customer": customer["id"], "card": card["id"], "interval": "month"}
    path = f"/v2/subscriptions/{api.made('/v2/subscriptions', wanted)['id']}"
    with public_app.app_context():
        clocks.ask_advance(api.merchant_id, clock(), days=1)
        clocks.advance(api.merchant_id)
    assert api.get(path).get_json()["status"] == "past_due"
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "finish", lambda *_: None)
        api.post(f"{path}/renew", headers=KEY)
    clock.tick(minutes=1)
    assert api.post(f"{path}/renew", headers=KEY).status_code == 200
    assert len(api.get(f"{path}/payments").get_json()["payments"]) == 2


HARMLESS = {"create_payout", "generate_iban"}
MARK = re.compile(r"\bsuffix\(\)|\bg\.suffix\b|@whole\b|@once_whole\b")


def test_every_post_creates_by_its_key_or_is_whole(public_app: Flask, core_database: str, clock: FrozenClock) -> None:
    platform_app = create_app(config_for(core_database), clock, doors=("platform",))
    seen = 0
    for app in (public_app, platform_app):
        for rule in app.url_map.iter_rules():
            if "POST" not in (rule.methods or ()) or not rule.endpoint.startswith(("api_v1.", "api_v2.", "platform.")):
                continue
            view = app.view_functions[rule.endpoint]
            source, seen = inspect.getsource(inspect.unwrap(view)), seen + 1
            assert MARK.search(source) or view.__name__ in HARMLESS, rule
    assert seen > 40
