"""The core's public door as it runs in production: several processes of its server, spoken to over real connections."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from stack.state import free_ports
from tests.payments_core.conftest import SECRET_KEY, TOKENS

_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class CoreServer:
    """Where it listens; every call has a connection of its own."""

    url: str

    def post(self, key: str, path: str, body: Any, **headers: str) -> requests.Response:
        """As the edge forwards it: the public host is named in a header."""
        with requests.Session() as session:
            session.trust_env = False  # proxies are not for loopback
            session.auth, session.headers["Host"] = (key, ""), "api.localhost"
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return session.post(f"{self.url}{path}", json=body, headers=sent, timeout=_PATIENCE_SECONDS)


@contextmanager
def running(database_url: str, log: Path, workers: int = 2, threads: int = 25) -> Iterator[CoreServer]:
    """Starts it on a migrated database and waits until it answers; ends it afterwards."""
    port = free_ports(1)[0]
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning",
        "payments_core.wsgi:public",
    ]  # fmt: skip
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            env={**os.environ, **_settings(database_url)},
            cwd=Path(__file__).parents[2],
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(server, url, log)
        yield CoreServer(url)
    finally:
        server.terminate()
        server.wait(_PATIENCE_SECONDS)


def _settings(database_url: str) -> dict[str, str]:
    """No broker answers on port 1, so no hints are sent and no requests counted."""
    values = {
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": SECRET_KEY.hex(),
        "PLATFORM_TOKENS": json.dumps(TOKENS),
        "API_URL": "https://api.localhost:8443",
        "PAYMENT_URL": "https://payment.localhost:8443",
        "THREEDS_URL": "https://3ds.localhost:8443",
        "PORTAL_URL": "https://portal.localhost:8443",
        "BOUTIQUES_DOMAIN": "boutiques.localhost",
        "EDGE_ADDRESS": "127.0.0.1:8443",
        "CA_BUNDLE": "/nowhere/ca.pem",
    }
    return {f"CORE_{name}": value for name, value in values.items()}


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < ends:
        assert server.poll() is None, log.read_text()
        try:
            with requests.Session() as session:
                session.trust_env = False
                if session.get(f"{url}/health", headers={"Host": "api.localhost"}, timeout=5).ok:
                    return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())
