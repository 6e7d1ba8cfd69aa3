"""Assembles an application: settings, database, runtime, and the doors it opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, ServiceUnavailable
from werkzeug.wrappers import Response

from payments_core import body_limits, group_commit
from payments_core.acquirer import Acquirer
from payments_core.acquirer_simulator import AcquirerSimulator
from payments_core.bank import Bank
from payments_core.bank_simulator import BankSimulator
from payments_core.clock import Clock
from payments_core.config import Config
from payments_core.connections import GIVING_UP, connect_for_lanes
from payments_core.db import AT_ONCE, GROUPED, db
from payments_core.hints import Hints
from payments_core.rate_limits import RateLimiter
from payments_core.runtime import EXTENSION, Runtime
from payments_core.vault import Vault

RETRY_AFTER_SECONDS = 2  # what a database that starts again takes

F = TypeVar("F", bound=Callable[..., Any])


class _Application(Flask):
    def ensure_sync(self, func: F) -> F:
        """As it is: no view or hook of ours is a coroutine, and to find that out costs each request ten looks into its code."""
        return func


def build(config: Config, clock: Clock, doors: Sequence[str], acquirer: Acquirer | None, bank: Bank | None) -> Flask:
    """See payments_core.create_app."""
    app = _Application("payments_core", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = body_limits.DEFAULT_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _connect(app, config.database_url)
    app.extensions[EXTENSION] = Runtime(
        config=config,
        clock=clock,
        vault=Vault(config.secret_key, config.previous_secret_keys),
        acquirer=acquirer or AcquirerSimulator(clock),
        bank=bank or BankSimulator(clock),
        hints=Hints(config.redis_url),
        limiter=RateLimiter(config.redis_url, config.rate_limit_live, config.rate_limit_test),
    )
    app.add_url_rule("/health", "health", _health)
    app.before_request(_take_whole_bodies_only)
    app.register_error_handler(OperationalError, _database_away)
    if "public" in doors:
        _open_public(app, config)
    if "platform" in doors:
        from payments_core import platform

        platform.register(app)
    return app


def _connect(app: Flask, url: str) -> None:
    """The pools of connections: the session's, those that commit each statement at once, and a lane's that commits groups of them."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    at_once = {"url": url, "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    settings = f"-c timezone=UTC -c lock_timeout={group_commit.LOCK_TIMEOUT}"
    grouped = {**at_once, "pool_size": 1, "max_overflow": 0, "connect_args": {"options": settings, **GIVING_UP}}
    app.config["SQLALCHEMY_BINDS"] = {AT_ONCE: at_once, GROUPED: grouped}
    db.init_app(app)
    with app.app_context():
        others = [db.engines[AT_ONCE], db.engines[GROUPED]]
        for engine in (db.engine, *others):
            event.listen(engine, "do_connect", connect_for_lanes)

        @event.listens_for(db.engine, "engine_disposed")
        def dispose_others(_engine: Engine) -> None:
            for other in others:
                other.dispose()


def _health() -> dict[str, str]:
    """200 when the database answers."""
    db.session.execute(db.select(1))
    return {"status": "ok"}


def _take_whole_bodies_only() -> None:
    """Refuses a body that broke off on the road: the server hands over what arrived as if it were all.

    Half a body must not take an idempotency key either: the client's next try would be refused for its other body. One that is
    larger than its route allows is refused before it is read, or, where it does not say its length, once it reaches the limit:
    there the library would hand over its beginning as if it were the whole.
    """
    request.max_content_length = limit = body_limits.limit_of(request.endpoint)
    said = request.content_length
    if said is not None and len(request.get_data()) != said:
        raise ClientDisconnected()
    if "Transfer-Encoding" in request.headers and len(request.get_data()) >= limit:
        raise RequestEntityTooLarge()


def _database_away(error: OperationalError) -> Any:
    """503 in the words of whichever door is asked: what was not committed is undone, the same request may come again."""
    with suppress(OperationalError):
        db.session.rollback()
    current_app.logger.error("the database does not answer: %s", error.orig)
    return current_app.handle_http_exception(ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS))


def _open_public(app: Flask, config: Config) -> None:
    """API with its documentation, payment page and 3-D Secure page, each on its own host name."""
    from payments_core import api, docs, payment_page, threeds

    hosts = {
        "api": urlsplit(config.api_url).hostname,
        "payment_page": urlsplit(config.payment_url).hostname,
        "threeds": urlsplit(config.threeds_url).hostname,
    }

    @app.before_request
    def stay_on_own_host() -> Response | None:
        """A blueprint answers only on its host: the first word of its name says which."""
        if request.blueprint is not None:
            family = next(name for name in hosts if request.blueprint.startswith(name))
            if (request.host.rsplit(":", 1)[0]) != hosts[family]:
                abort(404)
        return None

    for package in (api, docs, payment_page, threeds):
        package.register(app)
