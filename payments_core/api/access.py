"""Who calls: a secret key as the user name of HTTP Basic, or as a bearer token (wire contract 1.4)."""

from __future__ import annotations

import re

from flask import g, request

from payments_core import keys
from payments_core.api import permissions, rate_limit
from payments_core.errors import NotFound, Unauthorized
from payments_core.runtime import runtime
from payments_core.scope import Scope

_ID = re.compile(r"[a-z]{2,8}_[A-Za-z0-9]{1,64}", re.ASCII)


def let_in() -> None:
    """Before every request: finds the key's scope, counts it against the key's rate limit, checks what the key may do, and turns
    away ids that no object can have.

    Raises Unauthorized, RateLimited, MissingScope, NotFound.
    """
    now = runtime().clock()
    held = keys.authenticate(_presented_key(), now)
    g.scope = keys.scope_for(held, now)
    rate_limit.count(held.key.id, held.key.live, now)
    permissions.check(request.endpoint or "", held.key.scopes)
    for name, value in (request.view_args or {}).items():
        if name.endswith("_id") and not _ID.fullmatch(value):
            raise NotFound(name.removesuffix("_id"), value)


def current_scope() -> Scope:
    """The merchant, mode and moment of the request being answered."""
    scope: Scope = g.scope
    return scope


def _presented_key() -> str:
    """The key in the Authorization header. Raises Unauthorized when there is none."""
    authorization = request.authorization
    if authorization is None:
        raise Unauthorized()
    if authorization.type == "basic":
        return authorization.username or ""
    if authorization.type == "bearer" and authorization.token:
        return authorization.token
    raise Unauthorized()
