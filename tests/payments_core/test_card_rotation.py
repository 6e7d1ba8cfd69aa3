"""The master secret changes while cards are stored, paid with and stored again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import cards, create_app, payments, rotation
from payments_core.db import db
from payments_core.models import Card
from payments_core.payments import NewPayment
from payments_core.scope import Scope
from payments_core.vault import VaultError
from tests.payments_core.conftest import SECRET_KEY, VISA_FR, VISA_US, Shop, card, config_for

FRESH = b"n" * 32


@contextmanager
def process(url: str, secret: bytes, *previous: bytes) -> Iterator[Flask]:
    """Another process on the same database, with these secrets."""
    app = create_app(config_for(url, secret_key=secret, previous_secret_keys=previous), doors=())
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def stored(number: str, scope: Scope, **more: object) -> str:
    return cards.create(scope, card(number, **more))[0].id


def test_a_card_is_found_and_charged_before_during_and_after_a_rotation(shop: Shop, core_database: str) -> None:
    scope = shop.scope
    kept, single = stored(VISA_US, scope), stored(VISA_US, scope, tokenize=False)
    gone = stored(VISA_FR, scope)
    cards.delete(scope, gone)
    with process(core_database, FRESH, SECRET_KEY):
        assert stored(VISA_US, scope) == kept  # not sealed again yet
        assert payments.create(scope, NewPayment(amount=1000, card=kept)).status == "to_capture"
        assert rotation.rotate()["cards"] == 3
        assert stored(VISA_US, scope) == kept
        assert rotation.rotate()["cards"] == 0
    with process(core_database, FRESH):
        assert stored(VISA_US, scope) == kept
        for card_id in (kept, single):
            found = db.session.get(Card, card_id)
            assert found is not None
            assert cards.number_of(found) == VISA_US
        assert payments.create(scope, NewPayment(amount=1000, card=kept)).status == "to_capture"


def test_without_the_former_secret_nothing_opens_until_the_rotation(shop: Shop, core_database: str) -> None:
    scope = shop.scope
    kept = stored(VISA_US, scope)
    with process(core_database, FRESH):
        found = db.session.get(Card, kept)
        assert found is not None
        with pytest.raises(VaultError, match="does not hold"):
            cards.number_of(found)


def test_a_card_stored_twice_by_processes_of_different_secrets_stops_no_rotation(
    shop: Shop, core_database: str
) -> None:
    scope = shop.scope
    older = stored(VISA_US, scope)
    with process(core_database, FRESH):
        newer = stored(VISA_US, scope)
        assert newer != older
    with process(core_database, FRESH, SECRET_KEY):
        assert rotation.rotate()["cards"] == 1
        assert stored(VISA_US, scope) == newer
        for card_id in (older, newer):
            found = db.session.get(Card, card_id)
            assert found is not None
            assert cards.number_of(found) == VISA_US
        assert payments.create(scope, NewPayment(amount=1000, card=older)).status == "to_capture"
        assert db.session.scalar(select(func.count()).select_from(Card)) == 2
