"""Is each process of a stack well? Asked of the process itself, never only of its supervisor."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

import psycopg
import redis
from celery import Celery

from stack import settings, supervision
from stack.processes import all_processes
from stack.state import BASE_DOMAIN, State

HEALTHY = "healthy"
_QUEUES = {"core-worker": "core", "portal-worker": "portal", "provisioner": "provisioner"}


def report(state: State) -> list[dict[str, str]]:
    """[{"name", "state"}] for every process: "healthy", or in a few words why not."""
    try:
        supervised = {info["name"]: info for info in supervision.control(state).getAllProcessInfo()}
    except OSError:
        return [{"name": process.name, "state": "not running"} for process in all_processes(state)]
    workers = _answering_workers(state)
    return [
        {"name": process.name, "state": _state(state, process.name, supervised.get(process.name), workers)}
        for process in all_processes(state)
    ]


def healthy(state: State) -> bool:
    """Whether every process is well."""
    return all(process["state"] == HEALTHY for process in report(state))


def _state(state: State, name: str, info: dict[str, Any] | None, workers: set[str]) -> str:
    if info is None:
        return "not supervised; run up again"
    if info["statename"] != "RUNNING":
        return f"{info['statename'].lower()}: {info['spawnerr'] or info['description']}"
    if name in _QUEUES:
        return HEALTHY if _QUEUES[name] in workers else "does not answer a ping"
    probe = _PROBES.get(name)
    try:
        problem = probe(state) if probe else None
    except Exception as error:  # any failure of a probe is the answer
        return f"{type(error).__name__}: {error}"[:200]
    return problem or HEALTHY


def _answering_workers(state: State) -> set[str]:
    """Queues whose worker answered a broadcast ping within a second."""
    app = Celery(broker=settings.redis_url(state))
    app.conf.broker_transport_options = {"socket_connect_timeout": 1, "socket_timeout": 3}
    try:
        replies = app.control.ping(timeout=1.0)
    except Exception:  # the broker is down; redis's own line says why
        return set()
    finally:
        app.close()
    return {name.split("@")[0] for reply in replies for name in reply}


def _postgres(state: State) -> str | None:
    psycopg.connect(settings.cluster(state).url("postgres"), connect_timeout=3).close()
    return None


def _redis(state: State) -> str | None:
    redis.Redis(unix_socket_path=str(state.run / "redis.sock"), socket_timeout=3).ping()
    return None


def _mail(state: State) -> str | None:
    with smtplib.SMTP("127.0.0.1", state.listener("smtp"), timeout=3) as server:
        server.noop()
    return None


def _http(listener: str, path: str, host: str) -> Callable[[State], str | None]:
    def probe(state: State) -> str | None:
        connection = HTTPConnection("127.0.0.1", state.listener(listener), timeout=5)
        connection.request("GET", path, headers={"Host": f"{host}.{BASE_DOMAIN}:{state.port}"})
        status = connection.getresponse().status
        return None if status == 200 else f"{path} answers {status}"

    return probe


def _edge(state: State) -> str | None:
    """A whole TLS request by name, verified against the local authority."""
    context = ssl.create_default_context(cafile=str(state.root_certificate))
    connection = HTTPSConnection("127.0.0.1", state.port, timeout=5, context=context)
    name = f"portal.{BASE_DOMAIN}"
    raw = socket.create_connection(("127.0.0.1", state.port), 5)
    connection.sock = context.wrap_socket(raw, server_hostname=name)  # this resolver may not know *.localhost
    connection.request("GET", "/health", headers={"Host": f"{name}:{state.port}"})
    status = connection.getresponse().status
    connection.close()
    return None if status == 200 else f"the portal answers {status} through the edge"


def _terminal_host(state: State) -> str | None:
    """A TLS handshake by name, verified against the local authority."""
    context = ssl.create_default_context(cafile=str(state.root_certificate))
    raw = socket.create_connection(("127.0.0.1", state.listener("terminal")), 5)
    context.wrap_socket(raw, server_hostname=f"terminal.{BASE_DOMAIN}").close()
    return None


_PROBES: dict[str, Callable[[State], str | None]] = {
    "postgres": _postgres,
    "redis": _redis,
    "mail": _mail,
    "edge": _edge,
    "core": _http("core", "/health", "api"),
    "platform": _http("platform", "/health", "127.0.0.1"),
    "portal": _http("portal", "/health", "portal"),
    "terminal-host": _terminal_host,
    "inbox": _http("inbox", "/health", "mail"),
}
