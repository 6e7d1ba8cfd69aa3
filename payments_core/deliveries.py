"""The sending of what endpoints are owed: signed, in order per object, retried for three days, and again on demand.

A delivery is claimed by moving its next attempt ahead and committing, then sent without any lock held; a process that dies in
between leaves it to be sent again, so receivers see an event at least once, always under the same id. A later version of an object
waits until the earlier one was delivered or given up. Retries and signature times are real time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import aliased, joinedload

from payments_core import events, outbound, webhooks
from payments_core.db import commit_and_release, db, locked, new_id
from payments_core.errors import Conflict
from payments_core.events import DELIVER
from payments_core.list_marks import WholeList
from payments_core.list_parts import EVERYTHING, Part, having
from payments_core.models import Delivery, WebhookEndpoint
from payments_core.outbound_targets import PROBLEMS
from payments_core.paging import Page, by_position
from payments_core.representation import unix
from payments_core.runtime import runtime
from payments_core.scope import Scope

KEPT_TRYING = timedelta(days=3)
TEST = "webhook.test"
GONE = 410  # RFC 9110, 15.5.11: "likely to be permanent"
_DELAYS_SECONDS = (5, 15, 60, 300, 900, 3600, 10_800, 21_600)  # the last one repeats until three days are over
_LEASE = timedelta(seconds=30)  # longer than the slowest call
_ENDED = {
    "endpoint_deleted": "The endpoint was deleted",
    "endpoint_disabled": "The endpoint was disabled",
}


class Claim(NamedTuple):
    """A delivery that is the claimer's to send, and where it goes."""

    delivery_id: str
    endpoint_id: str


@dataclass(frozen=True)
class Trial:
    """A test event that was sent, and what came back."""

    event_id: str
    answer: outbound.Answer


def encoded(message: dict[str, Any]) -> bytes:
    """The exact bytes that are sent and signed."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def signatures(event_id: str, body: bytes, secrets: Sequence[bytes], real_now: datetime) -> dict[str, str]:
    """Both signature headers, by every live secret: hex over "<t>.<body>", and Standard Webhooks' base64 over "<id>.<t>.<body>"."""
    stamp = str(int(real_now.timestamp()))
    ours = [hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() for secret in secrets]
    signed = f"{event_id}.{stamp}.".encode() + body
    standard = [base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in secrets]
    return {
        "Stancer-Signature": ",".join([f"t={stamp}", *(f"v1={value}" for value in ours)]),
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{value}" for value in standard),
    }


def claim(
    real_now: datetime, at_most: int, delivery_id: str | None = None, *, but_not_to: Collection[str] = ()
) -> list[Claim]:
    """Takes deliveries that are due, for sending; each is whoever's claimed it for the length of a lease.

    None to the endpoints of `but_not_to`.
    """
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
    if but_not_to:
        due = due.where(Delivery.endpoint_id.not_in(but_not_to))
    # Named apart, it is run once. Inside the condition a plan may run it again for every row: rows the statement itself has just
    # changed are then skipped as if others held them, and the next ones taken beyond the limit.
    chosen = due.order_by(Delivery.next_attempt_at).limit(at_most).with_for_update(skip_locked=True).cte("chosen")
    taken = update(Delivery).where(Delivery.id.in_(select(chosen.c.id))).values(next_attempt_at=real_now + _LEASE)
    claimed = [Claim(*row) for row in db.session.execute(taken.returning(Delivery.id, Delivery.endpoint_id))]
    db.session.commit()
    return claimed


def deliver(delivery_id: str, real_now: datetime) -> bool:
    """Sends one claimed delivery and records the outcome; true when it was accepted."""
    options = (joinedload(Delivery.event), joinedload(Delivery.endpoint))
    delivery = db.session.get(Delivery, delivery_id, options=options, populate_existing=True)
    if delivery is None or delivery.state != "pending":
        db.session.commit()
        return False
    endpoint = delivery.endpoint
    if endpoint.deleted_at is not None or not endpoint.enabled:  # since the event was recorded
        delivery.state = "abandoned"
        delivery.last_error = "endpoint_deleted" if endpoint.deleted_at is not None else "endpoint_disabled"
        db.session.commit()
        return False
    answer = _send(endpoint, delivery.event_id, events.message(delivery.event), real_now)
    _record(delivery_id, endpoint.id, answer)
    return answer.accepted


def try_out(scope: Scope, endpoint: WebhookEndpoint, *, suffix: str | None = None) -> Trial:
    """Sends a `webhook.test` at once, to a disabled endpoint too. Nothing is kept of it, and nothing is tried again."""
    event_id = new_id("evt", suffix)
    message = {
        "id": event_id,
        "type": TEST,
        "created": unix(scope.real_now),
        "live_mode": endpoint.live,
        "api_version": events.API_VERSION,
        "version": 1,
        "object": endpoint.id,
        "data": {"id": endpoint.id, "url": endpoint.url, "enabled": endpoint.enabled},
    }
    return Trial(event_id, _send(endpoint, event_id, message, scope.real_now))


def redeliver(scope: Scope, event_id: str, endpoint: WebhookEndpoint, *, suffix: str | None = None) -> Delivery:
    """Owes the same event to an endpoint once more, whether it was delivered, given up or never owed to it.

    While it is still being tried, the next attempt is made at once instead. `suffix` belongs to the request: repeated, it has
    one effect. Raises NotFound, Conflict for a disabled endpoint or an event of which no object was kept.
    """
    event = events.get(scope, event_id)
    if suffix is not None and (made := db.session.get(Delivery, new_id("dlvr", suffix))) is not None:
        return made
    locked(WebhookEndpoint, endpoint.id)
    if not endpoint.enabled or endpoint.deleted_at is not None:
        raise Conflict("This endpoint is disabled; enable it first", "webhook_disabled")
    if event.snapshot is None:
        raise Conflict("No endpoint listened when this happened, so its object was not kept", "event_without_data")
    waiting = _waiting(event_id, endpoint.id)
    if waiting is None:
        waiting = events.owe(scope, event.id, event.object_id, event.version, endpoint.id, suffix)
    else:
        waiting.next_attempt_at = min(waiting.next_attempt_at, scope.real_now)
        runtime().hints.later(DELIVER, waiting.id)
    db.session.commit()
    return waiting


def next_of(delivery_id: str, real_now: datetime) -> str | None:
    """The delivery that waited for this one, claimed, if it is due."""
    done = db.session.get(Delivery, delivery_id)
    if done is None:
        return None
    following = db.session.scalar(
        select(Delivery.id)
        .where(
            Delivery.endpoint_id == done.endpoint_id,
            Delivery.object_id == done.object_id,
            Delivery.version > done.version,  # versions of types it does not listen to are left out
            Delivery.state == "pending",
        )
        .order_by(Delivery.version, Delivery.created_at)
        .limit(1)
    )
    claimed = claim(real_now, 1, following) if following is not None else []
    return claimed[0].delivery_id if claimed else None


def of_endpoint(endpoint: WebhookEndpoint, state: str | None = None) -> Select[Delivery]:
    """The endpoint's deliveries with their events, unordered."""
    statement = select(Delivery).options(joinedload(Delivery.event)).where(Delivery.endpoint_id == endpoint.id)
    return statement if state is None else statement.where(Delivery.state == state)


def page(
    endpoint: WebhookEndpoint, *, state: str | None = None, created: datetime | None = None, start: int, limit: int
) -> Page[Delivery]:
    """Newest first; `created` keeps those owed from that moment of real time on."""
    mine = (Delivery.endpoint_id == endpoint.id,)
    whole = WholeList(Delivery, endpoint.id, endpoint.live, mine, runtime().clock())
    part = Part((having(Delivery.state, state, indexed=False),)) if state is not None else EVERYTHING
    return by_position(whole, of_endpoint(endpoint), part, since=created, start=start, limit=limit)


def words(problem: str | None, status: int | None) -> str | None:
    """What a problem code means, for developers; None when there is none."""
    if problem is None:
        return None
    text = PROBLEMS.get(problem) or _ENDED.get(problem, problem)
    return f"{text} ({status})" if status is not None else text


def _waiting(event_id: str, endpoint_id: str) -> Delivery | None:
    statement = select(Delivery).where(
        Delivery.event_id == event_id, Delivery.endpoint_id == endpoint_id, Delivery.state == "pending"
    )
    return db.session.scalars(statement.limit(1).with_for_update()).first()


def _send(endpoint: WebhookEndpoint, event_id: str, message: dict[str, Any], real_now: datetime) -> outbound.Answer:
    body = encoded(message)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Comptoir-Webhooks/1",
        **signatures(event_id, body, webhooks.live_secrets(endpoint, real_now), real_now),
    }
    url = endpoint.url
    commit_and_release()  # the other side may think for long
    return outbound.post(runtime().config, url, body, headers)


def _record(delivery_id: str, endpoint_id: str, answer: outbound.Answer) -> None:
    now = runtime().clock()
    # The endpoint before its deliveries, as everywhere.
    gone = locked(WebhookEndpoint, endpoint_id) if answer.status == GONE else None
    delivery = db.session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.state != "pending":
        db.session.commit()
        return
    tried_since = delivery.first_attempt_at or (delivery.created_at if delivery.attempts else now)
    delivery.first_attempt_at = tried_since
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = answer.status, answer.problem
    if answer.accepted:
        delivery.state, delivery.delivered_at = "delivered", now
    elif gone is not None or now - tried_since > KEPT_TRYING:
        delivery.state = "abandoned"
    else:
        delay = _DELAYS_SECONDS[min(delivery.attempts, len(_DELAYS_SECONDS)) - 1]
        delivery.next_attempt_at = now + timedelta(seconds=delay)
    if gone is not None:
        webhooks.disable(gone, webhooks.GONE)
    db.session.commit()
