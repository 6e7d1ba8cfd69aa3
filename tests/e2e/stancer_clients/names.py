"""Names under .localhost are this machine, which Python's resolver does not know on Debian.

It is what a line in the hosts file would do (stancer-api.md 1.3: "Python needs a hosts entry"), for this process alone: the
client and the library beneath it stay as they were published.
"""

from __future__ import annotations

import socket
from typing import Any

_resolve = socket.getaddrinfo


def _resolve_here(host: Any, *arguments: Any, **options: Any) -> Any:
    here = isinstance(host, str) and host.endswith(".localhost")
    return _resolve("127.0.0.1" if here else host, *arguments, **options)


def resolve_localhost() -> None:
    """From now on *.localhost is 127.0.0.1 in this process."""
    socket.getaddrinfo = _resolve_here
