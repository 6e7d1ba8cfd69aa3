"""create_app: settings, database, sign-in, languages, pages, error table."""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from merchant_portal import assets, formats, i18n, pages, security, signing_in
from merchant_portal.boutique_views import BoutiqueViews
from merchant_portal.clock import Clock, utc_now
from merchant_portal.config import Config
from merchant_portal.db import db
from merchant_portal.hints import Hints
from merchant_portal.passwords import Hasher
from merchant_portal.payments_client import PaymentsClient

MAX_FORM_BYTES = 256 * 1024


def create_app(config: Config, clock: Clock = utc_now) -> Flask:
    """The WSGI application of one process. `clock` is real time: sessions, links and limits depend on it."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=_derived(config.secret_key, b"session cookie"),
        WTF_CSRF_SECRET_KEY=_derived(config.secret_key, b"form token"),
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the session: a form left open over lunch still works
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SESSION_COOKIE_NAME="__Host-comptoir",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
    )
    # The edge is the only way in from outside; it sets these headers itself.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["portal_config"] = config
    app.extensions["clock"] = clock
    app.extensions["hints"] = Hints(config.redis_url)
    app.extensions["hasher"] = Hasher(config.password_memory_kib)
    app.extensions["payments"] = PaymentsClient(
        config.platform_url, config.platform_token, language=i18n.current_language
    )
    app.extensions["boutique_views"] = BoutiqueViews(config.provisioner_view_url)
    db.init_app(app)
    for part in (i18n, formats, security, assets, signing_in, pages):
        part.init_app(app)
    return app


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.new(secret, b"portal " + purpose, sha256).digest()
