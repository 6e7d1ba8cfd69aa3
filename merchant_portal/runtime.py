"""What a request or task needs of the application: clock, settings, the core's client, the password hasher."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from merchant_portal.config import Config
from merchant_portal.passwords import Hasher
from merchant_portal.payments_client import PaymentsClient


def now() -> datetime:
    """Real time. Entry points call it once and pass it down."""
    return current_app.extensions["clock"]()


def settings() -> Config:
    """The process's settings."""
    return current_app.extensions["portal_config"]


def payments() -> PaymentsClient:
    """The client of the core."""
    return current_app.extensions["payments"]


def hasher() -> Hasher:
    """The password hasher."""
    return current_app.extensions["hasher"]
