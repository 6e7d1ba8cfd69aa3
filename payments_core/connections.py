"""The connections of the pools: they let a lane go on while they wait, are replaced when the server has ended them, and give up one
that is not heard of any more.
"""

from __future__ import annotations

from functools import partial
from select import POLLIN, poll
from typing import Any

import psycopg
from sqlalchemy.exc import InvalidatePoolError

from payments_core import lanes

# A server that is not heard of any more is away: seconds to connect, milliseconds for what was sent to arrive.
GIVING_UP = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5}


class LaneConnection(psycopg.Connection[Any]):
    """A connection whose waiting lets the others of its lane go on (lanes.py).

    Not before it is taken from its pool: while the engine gets to know the server it holds a lock, and the others would wait for that.
    """

    taken = False

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        lane = lanes.current() if self.taken else None
        return lane.finish(gen, self.pgconn.socket) if lane is not None else super().wait(gen, *arguments, **options)


def connect_for_lanes(_dialect: Any, _record: Any, arguments: Any, options: Any) -> psycopg.Connection[Any]:
    """For SQLAlchemy's event `do_connect`."""
    return lanes.elsewhere(partial(LaneConnection.connect, *arguments, **options))


def refuse_ended(connection: psycopg.Connection[Any], *_: Any) -> None:
    """When a connection is taken from its pool, or used again: raises InvalidatePoolError for one that the server has ended.

    The pool then replaces it with all that are as old. Such a one has something to read while nothing was asked; only then
    is it asked whether it lives. The pool's own check asks every time, and a payment uses one five times.
    """
    if isinstance(connection, LaneConnection):
        connection.taken = True
    waiting = poll()
    try:
        waiting.register(connection.fileno(), POLLIN)
        if waiting.poll(0):
            connection.execute("SELECT 1")
            connection.rollback()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError("the server has ended this connection") from error
