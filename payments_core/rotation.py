"""Seals again what a former master secret sealed, so that it can be taken out of the settings.

A day later at the earliest: what is kept under idempotency keys is not sealed again, but forgotten by then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from payments_core import banking, cards, merchants, sepa_accounts, terminals, webhooks
from payments_core.db import db
from payments_core.models import BankMessage, Card, Merchant, SepaAccount, Terminal, WebhookEndpoint
from payments_core.runtime import runtime

_AT_ONCE = 500
# model, its sealed column, the purpose it is sealed for
_SEALED: tuple[tuple[Any, str, str], ...] = (
    (Card, "number_sealed", cards.VAULT_PURPOSE),
    (SepaAccount, "iban_sealed", sepa_accounts.VAULT_PURPOSE),
    (Merchant, "iban_sealed", merchants.VAULT_PURPOSE),
    (WebhookEndpoint, "secret_sealed", webhooks.VAULT_PURPOSE),
    (WebhookEndpoint, "previous_secret_sealed", webhooks.VAULT_PURPOSE),
    (Terminal, "keys_sealed", terminals.VAULT_PURPOSE),
    (BankMessage, "sealed", banking.VAULT_PURPOSE),
    (BankMessage, "answer_sealed", banking.ANSWER_PURPOSE),
)


def rotate() -> dict[str, int]:
    """How many values of each table were sealed again. Interrupted, it goes on where it stopped when run again."""
    moved: dict[str, int] = {}
    for model, column, purpose in _SEALED:
        moved[model.__tablename__] = moved.get(model.__tablename__, 0) + _rotate(model, column, purpose)
    return moved


def _rotate(model: Any, column: str, purpose: str) -> int:
    """Batch by batch, one transaction each; a value starts with the id of the key that sealed it."""
    vault, place, total = runtime().vault, getattr(model, column), 0
    former = func.substr(place, 1, len(vault.key_id)) != vault.key_id
    while rows := db.session.scalars(select(model).where(former).limit(_AT_ONCE).with_for_update()).all():
        for row in rows:
            plain = vault.open(purpose, getattr(row, column), row.id)
            setattr(row, column, vault.seal(purpose, plain, row.id))
            if isinstance(row, Card):
                cards.renew_fingerprint(row, plain.decode())
            if isinstance(row, SepaAccount):
                row.fingerprint = vault.fingerprint(sepa_accounts.FINGERPRINT_PURPOSE, plain.decode())
        total += len(rows)
        db.session.commit()
    return total
