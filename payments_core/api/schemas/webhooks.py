"""Webhook endpoints (wire contract 7, v2 only), and our own rotation, test and redelivery."""

from __future__ import annotations

from marshmallow import ValidationError, validate

from payments_core import event_types
from payments_core.api.schemas.base import Body, Flag, ObjectId, ShortList, Text, Whole, https_url, one_of
from payments_core.api.schemas.lists import ListQuery
from payments_core.webhooks import LONGEST_OVERLAP, OVERLAP

_MOST_TYPES = 100


def _known_type(value: str) -> None:
    if not event_types.known(value):
        raise ValidationError(f"`{value}` is not an event type")


class WebhookChanges(Body):
    """PATCH. `events` are types, `noun.*`, or `*` for all."""

    url = https_url()
    enabled = Flag()
    events = ShortList(
        Text(1, 64, allow_none=False),
        allow_none=True,
        validate=validate.Length(
            1, _MOST_TYPES, error=f"must name 1 to {_MOST_TYPES} event types, or be left out for all"
        ),
        error_messages={
            "invalid": "must be a list of event types",
            "too_many": f"must name 1 to {_MOST_TYPES} event types, or be left out for all",
        },
    )


class NewWebhook(WebhookChanges):
    """POST."""

    url = https_url(required=True, allow_none=False)


class Rotation(Body):
    """POST …/rotate: for how many seconds the former secret goes on signing."""

    expires_in = Whole(0, int(LONGEST_OVERLAP.total_seconds()), load_default=int(OVERLAP.total_seconds()))


class Nothing(Body):
    """A POST that takes no field."""


class Redelivery(Body):
    """POST /v2/events/{id}/redeliver: the endpoint that gets the event again."""

    webhook = ObjectId("we", required=True, allow_none=False)


class DeliveriesQuery(ListQuery):
    """Lists of an endpoint's deliveries."""

    state = one_of("pending", "delivered", "abandoned")


class EventsQuery(ListQuery):
    """Lists of events. `type` is a type or `noun.*`; `object` is the id of what they happened to."""

    type = Text(1, 64, checks=[_known_type])
    object = Text(1, 64)
