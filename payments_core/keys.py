"""API keys: minted in pairs, stored as SHA-256, found by it, replaced with an overlap, revoked by id or label.

A key is a five-letter prefix, an underscore and 24 random characters (142 bits): too many to guess or to invert, so a plain
fast hash is right where a slow password hash would cost every request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, exists, or_, select, update

from payments_core import key_scopes
from payments_core.db import db, locked, new_id, new_suffix
from payments_core.driver import Query
from payments_core.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from payments_core.events import listening
from payments_core.models import ApiKey, Merchant
from payments_core.scope import Scope, scope_of

_PREFIXES = {
    ("secret", False): "stest",
    ("secret", True): "sprod",
    ("public", False): "ptest",
    ("public", True): "pprod",
}
_USE_RESOLUTION = timedelta(minutes=1)  # last use is written at most this often: no write per request
OVERLAP_HOURS = 24
LONGEST_OVERLAP_HOURS = 30 * 24


class KeyFacts(NamedTuple):
    """What a request needs to know of the key it presents."""

    id: str
    kind: str
    live: bool
    name: str
    label: str | None
    scopes: list[str] | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None


class MerchantFacts(NamedTuple):
    """What a request needs to know of the merchant it is made for."""

    id: str
    status: str
    clock_offset_seconds: int


@dataclass(frozen=True)
class HeldKey:
    """A key presented by a caller, with its merchant."""

    key: KeyFacts
    merchant: MerchantFacts
    no_listeners: bool  # nobody listens to the events of its merchant and mode


# Every request begins with this one: a key and its merchant by the unique index on the hash, and whether anybody listens.
_BY_HASH = Query(
    select(
        *(getattr(ApiKey, name) for name in KeyFacts._fields),
        *(getattr(Merchant, name) for name in MerchantFacts._fields),
        ~exists().where(*listening(ApiKey.merchant_id, ApiKey.live)),
    )
    .join(Merchant, Merchant.id == ApiKey.merchant_id)
    .where(ApiKey.hash == bindparam("hash"))
)

_STALE = (
    select(ApiKey.id)
    .where(
        ApiKey.id == bindparam("key_id"),
        or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= bindparam("before")),
    )
    .with_for_update(key_share=True, skip_locked=True)
)
_NOTE_USE = Query(
    update(ApiKey).where(ApiKey.id.in_(_STALE)).values(last_used_at=bindparam("now")).returning(ApiKey.id)
)


def create_pair(
    merchant_id: str,
    live: bool,
    name: str,
    label: str | None,
    real_now: datetime,
    scopes: Sequence[str] | None = None,
) -> tuple[ApiKey, str, ApiKey]:
    """Mints (secret key, its value, public key). With a label the earlier pair of that label is revoked in the same step.

    `scopes` restricts the secret key (key_scopes.py); None opens everything. Raises NotFound, InvalidRequest.
    """
    words = key_scopes.checked(scopes)
    if locked(Merchant, merchant_id) is None:
        raise NotFound("merchant", merchant_id)
    if label is not None:
        _revoke_where(real_now, ApiKey.merchant_id == merchant_id, ApiKey.live == live, ApiKey.label == label)
    secret, value, public = _mint_pair(merchant_id, live, name, label, words, real_now)
    db.session.commit()
    return secret, value, public


def rotate(
    merchant_id: str, key_id: str, real_now: datetime, overlap_hours: int = OVERLAP_HOURS
) -> tuple[ApiKey, str, ApiKey]:
    """A new pair with name and scopes of this secret key's; the old pair goes on for the overlap, 0 to 720 hours of real time.

    Raises NotFound, InvalidRequest, and Conflict `key_of_boutique` for a pair with a label, which its owner replaces by minting
    another, `key_over` for one that opens nothing any more, `key_replaced` for one that has its successor already.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        message = f"The overlap has 0 to {LONGEST_OVERLAP_HOURS} hours"
        raise InvalidRequest("overlap_hours", message, code="bad_overlap")
    if locked(Merchant, merchant_id) is None:
        raise NotFound("merchant", merchant_id)
    old = locked(ApiKey, key_id)
    if old is None or old.merchant_id != merchant_id:
        raise NotFound("key", key_id)
    _check_replaceable(old, real_now)
    db.session.execute(
        update(ApiKey)
        .where(
            ApiKey.merchant_id == merchant_id,
            ApiKey.live == old.live,
            ApiKey.label.is_(None),
            ApiKey.name == old.name,
            ApiKey.created_at == old.created_at,
            ApiKey.revoked_at.is_(None),
        )
        .values(expires_at=real_now + timedelta(hours=overlap_hours))
    )
    secret, value, public = _mint_pair(merchant_id, old.live, old.name, None, old.scopes, real_now)
    db.session.commit()
    return secret, value, public


def authenticate(secret: str, real_now: datetime) -> HeldKey:
    """Who presents this secret key. Raises Unauthorized for a public, unknown, revoked or expired one."""
    held = _find(secret, real_now)
    if held is None or held.key.kind != "secret":
        raise Unauthorized()
    _note_use(held.key, real_now)
    return held


def find_public(value: str, real_now: datetime) -> HeldKey:
    """The holder of a public key, for the payment page. Raises NotFound."""
    held = _find(value, real_now)
    if held is None or held.key.kind != "public":
        raise NotFound("key", value)
    _note_use(held.key, real_now)
    return held


def scope_for(held: HeldKey, real_now: datetime, actor: str | None = None) -> Scope:
    """The scope a key opens. Keys minted with a label belong to a boutique."""
    label = held.key.label
    source = "boutique" if label else "api"
    return scope_of(
        held.merchant, held.key.live, real_now, actor or f"key:{held.key.id}", source, label, held.no_listeners
    )


def of_merchant(merchant_id: str, live: bool) -> list[ApiKey]:
    """Every key of a merchant in a mode, newest first."""
    statement = select(ApiKey).where(ApiKey.merchant_id == merchant_id, ApiKey.live == live)
    return list(db.session.scalars(statement.order_by(ApiKey.created_at.desc(), ApiKey.kind.desc())))


def public_in_force(merchant_id: str, live: bool, label: str | None, real_now: datetime) -> ApiKey | None:
    """A public key that opens the payment page: the label's own, else the newest."""
    statement = select(ApiKey).where(
        ApiKey.merchant_id == merchant_id,
        ApiKey.live == live,
        ApiKey.kind == "public",
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > real_now),
    )
    found = list(db.session.scalars(statement.order_by(ApiKey.created_at.desc())))
    return next((key for key in found if key.label == label), found[0] if found else None)


def in_force(key: ApiKey | KeyFacts, real_now: datetime) -> bool:
    """Whether the key opens anything at this moment."""
    return key.revoked_at is None and (key.expires_at is None or real_now < key.expires_at)


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


def _check_replaceable(key: ApiKey, real_now: datetime) -> None:
    """Raises InvalidRequest, Conflict."""
    if key.kind != "secret":
        raise InvalidRequest("key_id", "Name the secret key of the pair", code="secret_key_needed")
    if key.label is not None:
        raise Conflict("The pair of a boutique is replaced with the boutique's own means", code="key_of_boutique")
    if not in_force(key, real_now):
        raise Conflict("This key opens nothing any more", code="key_over")
    if key.expires_at is not None:
        raise Conflict("This key was replaced already: replace its successor", code="key_replaced")


def _mint_pair(
    merchant_id: str, live: bool, name: str, label: str | None, scopes: list[str] | None, real_now: datetime
) -> tuple[ApiKey, str, ApiKey]:
    """A public key does one thing, so it has no scopes."""
    secret, value = _mint(merchant_id, "secret", live, name, label, real_now)
    public, _ = _mint(merchant_id, "public", live, name, label, real_now)
    secret.scopes = scopes
    db.session.add_all([secret, public])
    return secret, value, public


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


def _find(value: str, real_now: datetime) -> HeldKey | None:
    for row in _BY_HASH.rows(hash=_hash(value)):
        of_key = len(KeyFacts._fields)
        held = HeldKey(KeyFacts(*row[:of_key]), MerchantFacts(*row[of_key:-1]), row[-1])
        return held if in_force(held.key, real_now) else None
    return None


def _note_use(key: KeyFacts, real_now: datetime) -> None:
    """Once a minute, by one of the requests that come at the same time: the others find the row taken and go on."""
    before = real_now - _USE_RESOLUTION
    if key.last_used_at is None or key.last_used_at <= before:
        _NOTE_USE.at_once(key_id=key.id, before=before, now=real_now)


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
