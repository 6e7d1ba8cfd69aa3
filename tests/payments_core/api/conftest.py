"""Fixtures of the API's tests."""

from tests.payments_core.public_door import api, merchant, other, public_app

__all__ = ["api", "merchant", "other", "public_app"]
