"""Load from wrk: closed loop, a number of clients that each ask again as soon as they are answered; every answer is looked at."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stack import engine

PACKAGE = "wrk"
_SCRIPT = Path(__file__).with_name("wrk.lua")
_TIMEOUT = "20s"  # of one request; wrk counts a later answer as an error


class LoadError(Exception):
    """The service answered something else than it should, or not at all; the text says what."""


@dataclass(frozen=True)
class Load:
    """What is asked, again and again. `callers` is a file with one Authorization header a line, taken in turn.

    In `body`, %d stands for the request's number; an answer is right when it is a 200 that contains `expected`.
    """

    url: str  # scheme, host and port
    path: str
    callers: Path
    body: str
    expected: str
    host: str = "127.0.0.1"  # the Host header
    content_type: str = "application/json"
    first: int = 1  # the number of the first request


@dataclass(frozen=True)
class Outcome:
    """What one run showed. Latencies in milliseconds, as the client sees them."""

    requests: int
    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def ensure() -> None:
    """Installs Debian's wrk where it is absent. Raises EngineError."""
    engine.ensure_packages(PACKAGE)


def run(load: Load, clients: int, seconds: float) -> Outcome:
    """Raises LoadError when a single answer was not as expected."""
    command = [
        "wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{max(1, round(seconds))}s",
        "--timeout", _TIMEOUT, "--header", f"Host: {load.host}", "--script", str(_SCRIPT), load.url, "--",
        str(load.callers), load.path, load.content_type, str(load.first), load.expected, load.body,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise LoadError(f"wrk failed: {(done.stderr or done.stdout).strip()[-400:]}")
    return parse(done.stdout)


def warmed(load: Load, clients: int, warm_seconds: float, seconds: float) -> tuple[Outcome, Load]:
    """A run after a shorter one that does not count, and the load to go on with: no number is used twice."""
    before = _next(load, run(load, clients, warm_seconds), clients)
    outcome = run(before, clients, seconds)
    return outcome, _next(before, outcome, clients)


def covered(load: Load, clients: int, callers: int) -> Load:
    """Runs until each of `callers` has asked once; returns the load to go on with."""
    until = load.first + callers
    while load.first < until:
        load = _next(load, run(load, clients, 2), clients)
    return load


def rows(prefix: str, outcome: Outcome, **context: Any) -> Iterator[dict[str, Any]]:
    """`PREFIX.per_s` and the three percentiles."""
    yield {"name": f"{prefix}.per_s", "value": outcome.per_s, "unit": "1/s", **context}
    for name in ("p50_ms", "p95_ms", "p99_ms"):
        yield {"name": f"{prefix}.{name}", "value": getattr(outcome, name), "unit": "ms", **context}


def parse(text: str) -> Outcome:
    """The last line of wrk's output is the script's. Raises LoadError."""
    lines = text.strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise LoadError(f"wrk ended without its report: {text[-300:]!r}") from error
    if found["refused"]:
        raise LoadError(
            f"{found['refused']} of {found['requests']} answers were not as expected; one: {found['sample']}"
        )
    if found["broken"]:
        raise LoadError(f"{found['broken']} connections failed or timed out in {found['requests']} requests")
    if not found["requests"]:
        raise LoadError("nothing was answered")
    return Outcome(
        requests=found["requests"],
        per_s=found["requests"] * 1e6 / found["microseconds"],
        **{f"{name}_ms": found[name] / 1000 for name in ("p50", "p95", "p99")},
    )


def _next(load: Load, outcome: Outcome, clients: int) -> Load:
    """Requests under way at the end were numbered and are in no count."""
    return replace(load, first=load.first + outcome.requests + clients + 1)
