"""Flask-Login over our session rows, and the rule that a page is closed unless it is listed as public."""

from __future__ import annotations

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect

from merchant_portal import runtime, sessions
from merchant_portal.sessions import Visitor

PUBLIC = frozenset(
    {
        "static",
        "auth.sign_up",
        "auth.sent",
        "auth.resend",
        "auth.confirm",
        "auth.sign_in",
        "auth.forgotten",
        "auth.new_password",
        "help.terms",
        "settings.language",
        "health.health",
        "design.index",
    }
)
csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Registers the loader and the gate."""
    csrf.init_app(app)
    manager = LoginManager(app)
    manager.session_protection = None  # the row decides, not the browser's name or address

    @manager.user_loader
    def _load(token: str) -> Visitor | None:
        return sessions.load(token, runtime.now())

    @app.before_request
    def _gate() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint in PUBLIC or current_user.is_authenticated:
            return None
        wanted = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
        return redirect(url_for("auth.sign_in", next=wanted))
