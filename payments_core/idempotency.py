"""Idempotency-Key: the same request again gets the stored answer, another body under the same key is refused.

A slot is taken, and committed, before the work starts. It carries the id suffix of what the request will create: when the process
dies half-way, the repeated request finds its own object and finishes it instead of making another. A request that changes something
and creates nothing keeps its answer in the transaction of the change (`answer`). Answers are kept for a day of real time, sealed,
because some hold a new secret key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from payments_core.db import db, id_suffix, locked
from payments_core.errors import IdempotencyInProgress, IdempotencyMismatch
from payments_core.models import IdempotencySlot
from payments_core.runtime import runtime

VAULT_PURPOSE = "idempotency"
KEPT = timedelta(hours=24)
_LEASE = timedelta(seconds=30)  # longer than any request; afterwards its process counts as dead


@dataclass(frozen=True)
class Slot:
    """A taken key. `answer` is (status, body) when the request was answered before."""

    owner: str
    key: str
    suffix: str
    answer: tuple[int, Any] | None = None


def begin(owner: str, key: str, request: bytes, real_now: datetime) -> Slot:
    """Takes the key for a request (`request`: method, path and body as bytes).

    `owner` is "mrch_…:test" or a service's name: keys of different owners never meet.
    Raises IdempotencyMismatch, IdempotencyInProgress.
    """
    text = request.decode("latin-1")
    values = {
        "body_hash": runtime().vault.fingerprint(VAULT_PURPOSE, text),
        "suffix": id_suffix(),
        "created_at": real_now,
        "leased_until": real_now + _LEASE,
    }
    statement = insert(IdempotencySlot).values(owner=owner, key=key, **values).on_conflict_do_nothing()
    suffix = db.session.scalar(statement.returning(IdempotencySlot.suffix))
    if suffix is None:
        return _again(owner, key, text, values, real_now)
    db.session.commit()
    return Slot(owner, key, suffix)


def finish(slot: Slot, status: int, body: Any) -> None:
    """Stores the answer (a JSON value). Server errors are not stored: the request may be tried again."""
    if status >= 500:
        release(slot)
        return
    answer(slot, status, body)
    db.session.commit()


def hold(slot: Slot) -> tuple[int, Any] | None:
    """Locks the key until the caller's transaction ends; the answer, where another request has kept one meanwhile.

    One that takes longer than its lease is taken for dead, and may live: it and its repetition do their work one after the other.
    """
    row = locked(IdempotencySlot, (slot.owner, slot.key))
    return _kept(slot, row) if row is not None and row.suffix == slot.suffix else None


def answer(slot: Slot, status: int, body: Any) -> None:
    """Stores the answer within the caller's transaction, unless one is kept already."""
    row = locked(IdempotencySlot, (slot.owner, slot.key))
    if row is not None and row.suffix == slot.suffix and row.status is None:
        row.status = status
        row.answer_sealed = runtime().vault.seal(VAULT_PURPOSE, json.dumps(body).encode(), _identity(slot))


def release(slot: Slot) -> None:
    """Lets the key be tried again at once: its request ended without an answer worth keeping."""
    row = locked(IdempotencySlot, (slot.owner, slot.key))
    if row is not None and row.suffix == slot.suffix and row.status is None:
        row.leased_until = row.created_at
    db.session.commit()


def forget_old(real_now: datetime, at_most: int = 1000) -> int:
    """Deletes slots older than a day; returns how many."""
    old = (
        select(IdempotencySlot.owner, IdempotencySlot.key)
        .where(IdempotencySlot.created_at < real_now - KEPT)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    place = tuple_(IdempotencySlot.owner, IdempotencySlot.key)
    gone = db.session.scalars(delete(IdempotencySlot).where(place.in_(old)).returning(IdempotencySlot.key)).all()
    db.session.commit()
    return len(gone)


def _again(owner: str, key: str, text: str, values: dict[str, Any], real_now: datetime) -> Slot:
    row = locked(IdempotencySlot, (owner, key))
    if row is None or row.created_at < real_now - KEPT:  # forgotten, or due to be
        if row is not None:
            for name, value in values.items():
                setattr(row, name, value)
            row.status = row.answer_sealed = None
        db.session.commit()
        return Slot(owner, key, values["suffix"])
    if row.body_hash not in runtime().vault.fingerprints(VAULT_PURPOSE, text):  # it may be of before a rotation
        db.session.commit()
        raise IdempotencyMismatch()
    slot = Slot(owner, key, row.suffix)
    if (kept := _kept(slot, row)) is not None:
        db.session.commit()
        return Slot(owner, key, row.suffix, kept)
    if row.leased_until > real_now:
        db.session.commit()
        raise IdempotencyInProgress()
    row.leased_until = real_now + _LEASE
    db.session.commit()
    return slot


def _kept(slot: Slot, row: IdempotencySlot) -> tuple[int, Any] | None:
    if row.status is None or row.answer_sealed is None:
        return None
    return row.status, json.loads(runtime().vault.open(VAULT_PURPOSE, row.answer_sealed, _identity(slot)))


def _identity(slot: Slot) -> str:
    return f"{slot.owner}|{slot.key}"
