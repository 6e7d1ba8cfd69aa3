"""What the worker does at each sweep and hint. Every part can run twice, and one that fails does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from merchant_portal import accounts, commands, mails, runtime, sessions, throttle
from merchant_portal.boutique_views import boutique_views
from merchant_portal.db import db
from merchant_portal.errors import PortalError
from merchant_portal.hints import hints

FORGET_EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)


def sweep(app: Flask) -> None:
    """Mails that are due, commands nobody has acknowledged, merchants a crash left out, rows that are over."""
    with app.app_context():
        now = runtime.now()
        _try("boutique commands", lambda: commands.resend_unseen(hints(), boutique_views(), now))
        _try("mails", lambda: mails.send_due(runtime.settings(), now))
        _try("merchants", lambda: accounts.finish_pending(runtime.payments(), now))
        if now - app.extensions.get("forgot_at", now - FORGET_EVERY) >= FORGET_EVERY:
            app.extensions["forgot_at"] = now
            _try("old rows", lambda: _forget(now))


def _forget(now: datetime) -> None:
    sessions.forget_old(now)
    throttle.forget_old(now)


def _try(what: str, work: Callable[[], Any]) -> None:
    try:
        work()
    except PortalError as error:
        db.session.rollback()
        log.warning("%s wait for the next sweep: %s", what, error)
    except Exception:  # logged with its trace; the rows stay due, and the other parts must go on
        db.session.rollback()
        log.exception("%s failed in this sweep", what)
