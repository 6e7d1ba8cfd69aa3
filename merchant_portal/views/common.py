"""What views share: who asks, for which merchant, from where; and the merchant's test clock for the bar."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, cast

from flask import g, request
from flask_login import current_user

from merchant_portal import accounts, formats, runtime
from merchant_portal.errors import Forbidden, PortalError
from merchant_portal.sessions import Visitor

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def visitor() -> Visitor:
    """Who is signed in; the gate has seen to it that somebody is."""
    return cast(Visitor, current_user)


def acting() -> str:
    """Whom the core names in its audit."""
    return visitor().person.email


def merchant() -> str:
    """The account's merchant in the core, made now if a crash left it out. Raises PaymentsUnavailable, MerchantPending."""
    return accounts.ensure_merchant(runtime.payments(), visitor().account, runtime.now())


def address() -> str:
    """The browser's IP address, as the edge saw it."""
    return request.remote_addr or "unknown"


def requires(permission: str) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """The view is for roles with this permission; others get 403."""

    def wrap(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        @functools.wraps(view)
        def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
            if not visitor().may(permission):
                raise Forbidden(permission=permission)
            return view(*args, **kwargs)

        return checked

    return wrap


def test_clock() -> dict[str, Any] | None:
    """{now, advancing_to} of the merchant, once per request; None when nobody is signed in or the core is away."""
    if "test_clock" not in g:
        g.test_clock = None
        account = visitor().account if current_user.is_authenticated else None
        if account is not None and account.merchant_id:
            try:
                g.test_clock = runtime.payments().clock(acting(), account.merchant_id)
            except PortalError:
                g.test_clock = None  # the bar is left out; the page itself says what is wrong where it needs the core
    return g.test_clock


def merchant_now() -> datetime:
    """The merchant's test time; real time while the core is away."""
    clock = test_clock()
    return (formats.moment(clock["now"]) if clock else None) or runtime.now()


def local_path(target: str | None) -> str | None:
    """The target if it is a path of this site, so that a link cannot send somebody elsewhere after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(c) < 32 for c in target):
        return None
    return target
