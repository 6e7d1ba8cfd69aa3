"""An endpoint of a boutique, and the web it is on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from payments_core import (
    webhooks,
)
from payments_core.models import WebhookEndpoint
from tests.payments_core.conftest import Shop
from tests.payments_core.webhooks.steps import URL


@pytest.fixture
def endpoint(shop: Shop) -> WebhookEndpoint:
    return webhooks.put_endpoint(shop.scope, "atelier", URL)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock
