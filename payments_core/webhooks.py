"""Webhook endpoints: where a merchant's events go, which of them, and the secrets they are signed with.

During a rotation two secrets are live: every message carries a signature by each, so that a receiver may change its secret at any
moment of the overlap. A third is never made while two are live, because the receiver may still hold the oldest.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from payments_core import event_types, outbound_targets
from payments_core.db import db, locked, new_id
from payments_core.errors import Conflict, InvalidRequest, NotFound
from payments_core.models import Delivery, WebhookEndpoint
from payments_core.paging import Page, by_offset
from payments_core.runtime import runtime
from payments_core.scope import Scope

VAULT_PURPOSE = "webhook"
API_LABELS = "api:"  # labels of endpoints a merchant made, by API or in the portal, start so; others are boutiques'
MOST_ENDPOINTS = 20  # of a merchant's own in one mode: each one multiplies what an event writes
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
GONE = "gone"
_SECRET_BYTES = 32


def put_endpoint(
    scope: Scope, label: str, url: str, events: list[str] | None = None, enabled: bool = True
) -> WebhookEndpoint:
    """Creates or changes the endpoint of a label; its secret stays. `events` None means all.

    Raises InvalidRequest for an address never to be called or an unknown event type, Conflict for one endpoint too many.
    """
    check_url(url)
    _check_number(scope, label)
    endpoint_id = new_id("we")
    values = {
        "url": url,
        "events": event_types.chosen(events),
        "enabled": enabled,
        "disabled_reason": None,
        "deleted_at": None,
    }
    statement = insert(WebhookEndpoint).values(
        id=endpoint_id,
        merchant_id=scope.merchant_id,
        live=scope.live,
        label=label,
        secret_sealed=_new_secret(endpoint_id),
        created_at=scope.real_now,
        **values,
    )
    place = ["merchant_id", "live", "label"]
    db.session.execute(statement.on_conflict_do_update(index_elements=place, set_=values))
    db.session.commit()
    endpoint = _by_label(scope, label)
    assert endpoint is not None
    return endpoint


def delete_endpoint(scope: Scope, label: str) -> None:
    """Sends nothing more to it, pending deliveries included. Raises NotFound."""
    found = _by_label(scope, label)
    if found is None or found.deleted_at is not None:
        raise NotFound("webhook_endpoint", label)
    found.deleted_at = scope.real_now
    found.previous_secret_sealed = found.previous_until = None
    _abandon(found, "endpoint_deleted")
    db.session.commit()


def secret_of(found: WebhookEndpoint) -> bytes:
    """The 32 bytes both signatures are keyed with."""
    return runtime().vault.open(VAULT_PURPOSE, found.secret_sealed, found.id)


def standard_form(secret: bytes) -> str:
    """The same secret as Standard Webhooks' libraries take it."""
    return "whsec_" + base64.b64encode(secret).decode()


def live_secrets(found: WebhookEndpoint, real_now: datetime) -> list[bytes]:
    """The present secret, and during a rotation the one before it."""
    live = [secret_of(found)]
    if rotating(found, real_now):
        assert found.previous_secret_sealed is not None
        live.append(runtime().vault.open(VAULT_PURPOSE, found.previous_secret_sealed, found.id))
    return live


def rotating(found: WebhookEndpoint, real_now: datetime) -> bool:
    """Whether the secret before the last rotation still signs."""
    sealed, until = found.previous_secret_sealed, found.previous_until
    return sealed is not None and until is not None and real_now < until


def rotate(
    scope: Scope, endpoint_id: str, overlap: timedelta = OVERLAP, *, suffix: str | None = None
) -> WebhookEndpoint:
    """A new secret; the present one signs beside it for the overlap (0 to 7 days), then it is gone.

    `suffix` belongs to the request: repeated, it rotates once. An overlap of 0 drops every former secret at once.
    Raises NotFound, Conflict while an earlier rotation's overlap lasts.
    """
    assert timedelta(0) <= overlap <= LONGEST_OVERLAP
    found = _changing(scope, endpoint_id)
    if suffix is None or found.rotated_by != suffix:
        if overlap and rotating(found, scope.real_now):
            raise Conflict(
                "The secret before the last rotation is still live; wait until it is gone, or rotate with `expires_in` 0",
                "rotation_in_progress",
            )
        found.previous_secret_sealed = found.secret_sealed if overlap else None
        found.previous_until = scope.real_now + overlap if overlap else None
        found.secret_sealed = _new_secret(found.id)
        found.rotated_by = suffix
    db.session.commit()
    return found


def forget_old_secrets(real_now: datetime) -> int:
    """Removes secrets whose overlap is over; they sign nothing since then. Returns how many."""
    statement = update(WebhookEndpoint).where(WebhookEndpoint.previous_until <= real_now)
    forgotten = statement.values(previous_secret_sealed=None, previous_until=None).returning(WebhookEndpoint.id)
    gone = db.session.scalars(forgotten, execution_options={"synchronize_session": False}).all()
    db.session.commit()
    return len(gone)


def endpoint(scope: Scope, endpoint_id: str) -> WebhookEndpoint:
    """One of the merchant's own; those of boutiques are not theirs to change. Raises NotFound."""
    found = any_endpoint(scope, endpoint_id)
    if managed(found):
        raise NotFound("webhook_endpoint", endpoint_id)
    return found


def any_endpoint(scope: Scope, endpoint_id: str) -> WebhookEndpoint:
    """The merchant's own or a boutique's. Raises NotFound."""
    found = db.session.get(WebhookEndpoint, endpoint_id)
    if (
        found is None
        or (found.merchant_id, found.live) != (scope.merchant_id, scope.live)
        or found.deleted_at is not None
    ):
        raise NotFound("webhook_endpoint", endpoint_id)
    return found


def managed(found: WebhookEndpoint) -> bool:
    """Whether a boutique's provisioning looks after it."""
    return not found.label.startswith(API_LABELS)


def change_endpoint(scope: Scope, endpoint_id: str, changes: dict[str, Any]) -> WebhookEndpoint:
    """Changes `url`, `events` or `enabled`; disabled, what it is still owed is given up.

    Raises NotFound, InvalidRequest for an address never to be called or an unknown event type.
    """
    found = _changing(scope, endpoint_id)
    if "url" in changes:
        check_url(changes["url"])
        found.url = changes["url"]
    if "events" in changes:
        found.events = event_types.chosen(changes["events"])
    if "enabled" in changes:
        found.enabled, found.disabled_reason = changes["enabled"], None
        if not found.enabled:
            _abandon(found, "endpoint_disabled")
    db.session.commit()
    return found


def disable(found: WebhookEndpoint, reason: str) -> None:
    """Sends nothing more until the merchant enables it again. Within the caller's transaction, the row locked."""
    found.enabled, found.disabled_reason = False, reason
    _abandon(found, "endpoint_disabled")


def page(scope: Scope, *, start: int, limit: int) -> Page[WebhookEndpoint]:
    """The merchant's own endpoints, newest first."""
    statement = select(WebhookEndpoint).where(*_own(scope))
    order = (WebhookEndpoint.created_at.desc(), WebhookEndpoint.id.desc())
    return by_offset(statement.order_by(*order), start, limit, count=True)


def all_of(scope: Scope, at_most: int) -> list[WebhookEndpoint]:
    """Boutiques' endpoints included, newest first."""
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.merchant_id == scope.merchant_id,
        WebhookEndpoint.live == scope.live,
        WebhookEndpoint.deleted_at.is_(None),
    )
    order = (WebhookEndpoint.created_at.desc(), WebhookEndpoint.id.desc())
    return list(db.session.scalars(statement.order_by(*order).limit(at_most)))


def check_url(url: str) -> None:
    """What can be said without asking DNS; the rest is checked at every delivery. Raises InvalidRequest."""
    if not url.startswith("https://") or len(url) > 2048:
        raise InvalidRequest("url", "A webhook address starts with https:// and has at most 2048 characters", "bad_url")
    try:
        outbound_targets.target(runtime().config, url)
    except outbound_targets.Refused as refusal:
        raise InvalidRequest(
            "url", outbound_targets.PROBLEMS[refusal.problem], "bad_url", why=refusal.problem
        ) from refusal


def _changing(scope: Scope, endpoint_id: str) -> WebhookEndpoint:
    """The merchant's own endpoint, locked and read afresh. Raises NotFound."""
    endpoint(scope, endpoint_id)
    locked(WebhookEndpoint, endpoint_id)
    return endpoint(scope, endpoint_id)


def _abandon(found: WebhookEndpoint, reason: str) -> None:
    """Gives up what it is still owed; the endpoint's row is written first, so that locks are taken in one order."""
    db.session.flush()
    pending = (Delivery.endpoint_id == found.id) & (Delivery.state == "pending")
    db.session.execute(update(Delivery).where(pending).values(state="abandoned", last_error=reason))


def _new_secret(endpoint_id: str) -> bytes:
    return runtime().vault.seal(VAULT_PURPOSE, secrets.token_bytes(_SECRET_BYTES), endpoint_id)


def _own(scope: Scope) -> list[Any]:
    return [
        WebhookEndpoint.merchant_id == scope.merchant_id,
        WebhookEndpoint.live == scope.live,
        WebhookEndpoint.deleted_at.is_(None),
        WebhookEndpoint.label.startswith(API_LABELS),
    ]


def _check_number(scope: Scope, label: str) -> None:
    if not label.startswith(API_LABELS) or _by_label(scope, label) is not None:
        return
    number = db.session.scalar(select(func.count()).select_from(WebhookEndpoint).where(*_own(scope)))
    if (number or 0) >= MOST_ENDPOINTS:
        raise Conflict(f"At most {MOST_ENDPOINTS} webhook endpoints", "too_many_webhooks", most=MOST_ENDPOINTS)


def _by_label(scope: Scope, label: str) -> WebhookEndpoint | None:
    conditions: list[Any] = [
        WebhookEndpoint.merchant_id == scope.merchant_id,
        WebhookEndpoint.live == scope.live,
        WebhookEndpoint.label == label,
    ]
    statement = select(WebhookEndpoint).where(*conditions).execution_options(populate_existing=True)
    return db.session.scalars(statement).first()
