"""Fixtures of the tests of the payment page and the issuer page."""

from tests.payments_core.payment_page.counter import browser, counter
from tests.payments_core.public_door import api, merchant, other, public_app

__all__ = ["api", "browser", "counter", "merchant", "other", "public_app"]
