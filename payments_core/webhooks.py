"""Webhook endpoints and the sending of what is owed to them: signed, in order per object, retried for three days.

A delivery is claimed by moving its next attempt ahead and committing, then sent without any lock held; a process that dies in
between leaves it to be sent again, so receivers see an event at least once, always under the same id. A later version of an object
waits until the earlier one was delivered or given up. Retries and signature times are real time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, joinedload

from payments_core import outbound
from payments_core.db import db, first, new_id
from payments_core.errors import InvalidRequest, NotFound
from payments_core.models import Delivery, Event, WebhookEndpoint
from payments_core.paging import Page, by_offset
from payments_core.representation import unix
from payments_core.runtime import runtime
from payments_core.scope import Scope

VAULT_PURPOSE = "webhook"
API_LABELS = "api:"  # labels of endpoints made by a merchant's developer start so
KEPT_TRYING = timedelta(days=3)
_DELAYS_SECONDS = (5, 15, 60, 300, 900, 3600, 10_800, 21_600)  # the last one repeats until three days are over
_LEASE = timedelta(seconds=30)  # longer than the slowest call


def put_endpoint(scope: Scope, label: str, url: str) -> WebhookEndpoint:
    """Creates or changes the endpoint of a label; its secret stays. Raises InvalidRequest for an address never to be called."""
    _check_url(url)
    endpoint_id = new_id("we")
    statement = (
        insert(WebhookEndpoint)
        .values(
            id=endpoint_id,
            merchant_id=scope.merchant_id,
            live=scope.live,
            label=label,
            url=url,
            enabled=True,
            secret_sealed=runtime().vault.seal(VAULT_PURPOSE, secrets.token_bytes(32), endpoint_id),
            created_at=scope.real_now,
        )
        .on_conflict_do_update(
            index_elements=["merchant_id", "live", "label"], set_={"url": url, "enabled": True, "deleted_at": None}
        )
    )
    db.session.execute(statement)
    db.session.commit()
    endpoint = _by_label(scope, label)
    assert endpoint is not None
    return endpoint


def delete_endpoint(scope: Scope, label: str) -> None:
    """Sends nothing more to it, pending deliveries included. Raises NotFound."""
    endpoint = _by_label(scope, label)
    if endpoint is None or endpoint.deleted_at is not None:
        raise NotFound("webhook_endpoint", label)
    endpoint.deleted_at = scope.real_now
    mine = (Delivery.endpoint_id == endpoint.id) & (Delivery.state == "pending")
    db.session.execute(update(Delivery).where(mine).values(state="abandoned", last_error="endpoint deleted"))
    db.session.commit()


def secret_of(endpoint: WebhookEndpoint) -> bytes:
    """The 32 bytes both signatures are keyed with."""
    return runtime().vault.open(VAULT_PURPOSE, endpoint.secret_sealed, endpoint.id)


def body_of(event: Event) -> bytes:
    """The exact bytes that are sent and signed."""
    message = {
        "id": event.id,
        "type": event.type,
        "created": unix(event.created_at),
        "live_mode": event.live,
        "version": event.version,
        "data": event.snapshot,
    }
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def signatures(event_id: str, body: bytes, secret: bytes, real_now: datetime) -> dict[str, str]:
    """Both signature headers: hex over "<t>.<body>", and Standard Webhooks' base64 over "<id>.<t>.<body>"."""
    stamp = str(int(real_now.timestamp()))
    ours = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    standard = hmac.new(secret, f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Stancer-Signature": f"t={stamp},v1={ours}",
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(standard).decode()}",
    }


def claim(real_now: datetime, at_most: int, delivery_id: str | None = None) -> list[str]:
    """Takes deliveries that are due, for sending; each is whoever's claimed it for the length of a lease."""
    earlier = aliased(Delivery)
    blocked = exists().where(
        earlier.endpoint_id == Delivery.endpoint_id,
        earlier.object_id == Delivery.object_id,
        earlier.version < Delivery.version,
        earlier.state == "pending",
    )
    due = select(Delivery.id).where(Delivery.state == "pending", Delivery.next_attempt_at <= real_now, ~blocked)
    if delivery_id is not None:
        due = due.where(Delivery.id == delivery_id)
    due = due.order_by(Delivery.next_attempt_at).limit(at_most).with_for_update(skip_locked=True)
    taken = update(Delivery).where(Delivery.id.in_(due)).values(next_attempt_at=real_now + _LEASE)
    ids = list(db.session.scalars(taken.returning(Delivery.id)))
    db.session.commit()
    return ids


def deliver(delivery_id: str, real_now: datetime) -> bool:
    """Sends one claimed delivery and records the outcome; true when it was accepted."""
    options = (joinedload(Delivery.event), joinedload(Delivery.endpoint))
    delivery = db.session.get(Delivery, delivery_id, options=options, populate_existing=True)
    if delivery is None or delivery.state != "pending":
        db.session.commit()
        return False
    event, endpoint = delivery.event, delivery.endpoint
    body = body_of(event)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Comptoir-Webhooks/1",
        **signatures(event.id, body, secret_of(endpoint), real_now),
    }
    url = endpoint.url
    db.session.commit()  # nothing stays locked or open while the other side thinks
    answer = outbound.post(runtime().config, url, body, headers)
    _record(delivery_id, answer)
    return delivery_accepted(answer)


def delivery_accepted(answer: outbound.Answer) -> bool:
    """Any 2xx."""
    return answer.status is not None and 200 <= answer.status < 300


def next_of(delivery_id: str, real_now: datetime) -> str | None:
    """The delivery that waited for this one, claimed, if it is due."""
    done = db.session.get(Delivery, delivery_id)
    if done is None:
        return None
    following = first(
        Delivery,
        Delivery.endpoint_id == done.endpoint_id,
        Delivery.object_id == done.object_id,
        Delivery.version == done.version + 1,
        Delivery.state == "pending",
    )
    claimed = claim(real_now, 1, following.id) if following is not None else []
    return claimed[0] if claimed else None


def _record(delivery_id: str, answer: outbound.Answer) -> None:
    now = runtime().clock()
    delivery = db.session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.state != "pending":
        db.session.commit()
        return
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = answer.status, answer.error
    if delivery_accepted(answer):
        delivery.state, delivery.delivered_at = "delivered", now
    elif now - delivery.created_at > KEPT_TRYING:
        delivery.state = "abandoned"
    else:
        delay = _DELAYS_SECONDS[min(delivery.attempts, len(_DELAYS_SECONDS)) - 1]
        delivery.next_attempt_at = now + timedelta(seconds=delay)
    db.session.commit()


def _check_url(url: str) -> None:
    """What can be said without asking DNS; the rest is checked at every delivery."""
    if not url.startswith("https://") or len(url) > 2048:
        raise InvalidRequest("url", "A webhook address starts with https:// and has at most 2048 characters", "bad_url")


def _by_label(scope: Scope, label: str) -> WebhookEndpoint | None:
    conditions: list[Any] = [
        WebhookEndpoint.merchant_id == scope.merchant_id,
        WebhookEndpoint.live == scope.live,
        WebhookEndpoint.label == label,
    ]
    statement = select(WebhookEndpoint).where(*conditions).execution_options(populate_existing=True)
    return db.session.scalars(statement).first()


def endpoint(scope: Scope, endpoint_id: str) -> WebhookEndpoint:
    """One that the merchant's developer made by API; those of boutiques are not theirs to see. Raises NotFound."""
    found = db.session.get(WebhookEndpoint, endpoint_id)
    if (
        found is None
        or (found.merchant_id, found.live) != (scope.merchant_id, scope.live)
        or found.deleted_at is not None
        or not found.label.startswith(API_LABELS)
    ):
        raise NotFound("webhook_endpoint", endpoint_id)
    return found


def change_endpoint(scope: Scope, endpoint_id: str, changes: dict[str, Any]) -> WebhookEndpoint:
    """Changes `url` or `enabled`. Raises NotFound, InvalidRequest for an address never to be called."""
    found = endpoint(scope, endpoint_id)
    if "url" in changes:
        _check_url(changes["url"])
        found.url = changes["url"]
    found.enabled = changes.get("enabled", found.enabled)
    db.session.commit()
    return found


def page(scope: Scope, *, start: int, limit: int) -> Page[WebhookEndpoint]:
    """Endpoints made by API, newest first."""
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.merchant_id == scope.merchant_id,
        WebhookEndpoint.live == scope.live,
        WebhookEndpoint.deleted_at.is_(None),
        WebhookEndpoint.label.startswith(API_LABELS),
    )
    order = (WebhookEndpoint.created_at.desc(), WebhookEndpoint.id.desc())
    return by_offset(statement.order_by(*order), start, limit, count=True)
