"""Fixtures of the API's tests."""

from __future__ import annotations

import pytest
from flask import Flask

from payments_core import create_app
from tests.payments_core.conftest import FrozenClock, config_for
from tests.payments_core.platform.steps import Caller as PlatformCaller
from tests.payments_core.public_door import api, merchant, other, public_app

__all__ = ["api", "merchant", "other", "public_app"]


@pytest.fixture
def platform(public_app: Flask, core_database: str, clock: FrozenClock) -> PlatformCaller:
    """The portal's access to the same database."""
    return PlatformCaller(create_app(config_for(core_database), clock, doors=("platform",)).test_client())
