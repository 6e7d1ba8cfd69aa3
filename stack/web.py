"""One HTTP session for the launcher's own requests: every name is the edge on loopback, TLS verified against the local authority.

Python's resolver does not know names under .localhost, and no request of a demo or bench may leave the machine.
"""

from __future__ import annotations

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from stack.state import State

TIMEOUT_SECONDS = 30


class _LoopbackConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT_SECONDS)


class _LoopbackPool(HTTPSConnectionPool):
    ConnectionCls = _LoopbackConnection


class _LoopbackAdapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _LoopbackPool}


class Session(requests.Session):
    """A session bound to one state's edge."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.authority = str(state.ca)
        self.trust_env = False
        self.mount("https://", _LoopbackAdapter())

    def request(self, method: Any, url: Any, *arguments: Any, **options: Any) -> requests.Response:
        """Like requests', with a timeout; `verify` is given per request because an environment variable overrides a session's."""
        options.setdefault("timeout", TIMEOUT_SECONDS)
        options["verify"] = self.authority
        return super().request(method, url, *arguments, **options)
