"""Webhook endpoints (wire contract 7, v2 only)."""

from __future__ import annotations

from payments_core.api.schemas.base import Body, Flag, https_url


class WebhookChanges(Body):
    """PATCH."""

    url = https_url()
    enabled = Flag()


class NewWebhook(WebhookChanges):
    """POST."""

    url = https_url(required=True, allow_none=False)
