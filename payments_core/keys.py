"""API keys: minted in pairs, stored as SHA-256, found by it, revoked by id or label.

A key is a five-letter prefix, an underscore and 24 random characters (142 bits): too many to guess or to invert, so a plain
fast hash is right where a slow password hash would cost every request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from payments_core.db import db, locked, new_id, new_suffix
from payments_core.errors import NotFound, Unauthorized
from payments_core.models import ApiKey, Merchant
from payments_core.scope import Scope, scope_of

_PREFIXES = {
    ("secret", False): "stest",
    ("secret", True): "sprod",
    ("public", False): "ptest",
    ("public", True): "pprod",
}
_USE_RESOLUTION = timedelta(minutes=1)  # last use is written at most this often: no write per request


@dataclass(frozen=True)
class HeldKey:
    """A key presented by a caller, with its merchant."""

    key: ApiKey
    merchant: Merchant


def create_pair(
    merchant_id: str, live: bool, name: str, label: str | None, real_now: datetime
) -> tuple[ApiKey, str, ApiKey]:
    """Mints (secret key, its value, public key). With a label the earlier pair of that label is revoked in the same step."""
    if locked(Merchant, merchant_id) is None:
        raise NotFound("merchant", merchant_id)
    if label is not None:
        _revoke_where(real_now, ApiKey.merchant_id == merchant_id, ApiKey.live == live, ApiKey.label == label)
    secret, secret_value = _mint(merchant_id, "secret", live, name, label, real_now)
    public, _ = _mint(merchant_id, "public", live, name, label, real_now)
    db.session.add_all([secret, public])
    db.session.commit()
    return secret, secret_value, public


def authenticate(secret: str, real_now: datetime) -> HeldKey:
    """Who presents this secret key. Raises Unauthorized for a public, unknown or revoked one."""
    held = _find(secret)
    if held is None or held.key.kind != "secret":
        raise Unauthorized()
    _note_use(held.key, real_now)
    return held


def find_public(value: str) -> HeldKey:
    """The holder of a public key, for the payment page. Raises NotFound."""
    held = _find(value)
    if held is None or held.key.kind != "public":
        raise NotFound("key", value)
    return held


def scope_for(held: HeldKey, real_now: datetime, actor: str | None = None) -> Scope:
    """The scope a key opens. Keys minted with a label belong to a boutique."""
    label = held.key.label
    source = "boutique" if label else "api"
    return scope_of(held.merchant, held.key.live, real_now, actor or f"key:{held.key.id}", source, label)


def of_merchant(merchant_id: str, live: bool) -> list[ApiKey]:
    """Every key of a merchant in a mode, newest first."""
    statement = select(ApiKey).where(ApiKey.merchant_id == merchant_id, ApiKey.live == live)
    return list(db.session.scalars(statement.order_by(ApiKey.created_at.desc(), ApiKey.kind.desc())))


def public_in_force(merchant_id: str, live: bool, label: str | None) -> ApiKey | None:
    """A public key that opens the payment page: the label's own, else the newest."""
    statement = select(ApiKey).where(
        ApiKey.merchant_id == merchant_id, ApiKey.live == live, ApiKey.kind == "public", ApiKey.revoked_at.is_(None)
    )
    found = list(db.session.scalars(statement.order_by(ApiKey.created_at.desc())))
    return next((key for key in found if key.label == label), found[0] if found else None)


def revoke(merchant_id: str, key_id: str, real_now: datetime) -> None:
    """Revokes one key; again is no error. Raises NotFound."""
    key = db.session.get(ApiKey, key_id)
    if key is None or key.merchant_id != merchant_id:
        raise NotFound("key", key_id)
    _revoke_where(real_now, ApiKey.id == key_id)
    db.session.commit()


def revoke_label(merchant_id: str, label: str, real_now: datetime) -> int:
    """Revokes every key of a label in both modes; returns how many were in force."""
    revoked = _revoke_where(real_now, ApiKey.merchant_id == merchant_id, ApiKey.label == label)
    db.session.commit()
    return revoked


def _revoke_where(real_now: datetime, *conditions: object) -> int:
    statement = update(ApiKey).where(ApiKey.revoked_at.is_(None), *conditions).values(revoked_at=real_now)  # type: ignore[arg-type]
    return len(db.session.execute(statement.returning(ApiKey.id)).all())


def _mint(
    merchant_id: str, kind: str, live: bool, name: str, label: str | None, real_now: datetime
) -> tuple[ApiKey, str]:
    prefix = _PREFIXES[kind, live] + "_"
    value = prefix + new_suffix()
    key = ApiKey(
        id=new_id("key"),
        merchant_id=merchant_id,
        kind=kind,
        live=live,
        name=name,
        label=label,
        prefix=prefix,
        last4=value[-4:],
        hash=_hash(value),
        value=value if kind == "public" else None,
        created_at=real_now,
    )
    return key, value


def _find(value: str) -> HeldKey | None:
    statement = select(ApiKey).where(ApiKey.hash == _hash(value), ApiKey.revoked_at.is_(None))
    key = db.session.scalars(statement.options(joinedload(ApiKey.merchant, innerjoin=True))).first()
    return HeldKey(key, key.merchant) if key is not None else None


def _note_use(key: ApiKey, real_now: datetime) -> None:
    if key.last_used_at is not None and real_now - key.last_used_at < _USE_RESOLUTION:
        return
    db.session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=real_now))
    db.session.commit()


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
