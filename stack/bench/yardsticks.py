"""What others do in the same seconds on the same machine: pgbench's TPC-B on our own server, and localstripe.

pgbench shows what a short durable transaction costs here at all. localstripe is a Stripe double that keeps everything in memory and
writes all of it to a file in /tmp with every change: it slows down with what it holds, so each count of clients starts it empty.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg import sql

from stack import bootstrap
from stack.bench import merchants, wrk
from stack.postgres import SUPERUSER, Cluster, binaries
from stack.processes import base_environment
from stack.state import State, free_ports, write_private
from stack.users import drop_to, let_through, service_user

DATABASE = "pgbench"
SCALE = 32  # branches; fewer than clients would measure waiting for one row
_TPS = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
_KEPT = Path("/tmp/localstripe.pickle")  # noqa: S108  localstripe's own choice
# Its own command listens on every address; this is the same application on loopback, without the access log.
_SERVE = (
    "import sys; from aiohttp import web; from localstripe.server import app; "
    "web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]), access_log=None, print=None)"
)
_CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2031", "cvc": "123"}
_KEY = "sk_test_bench"


class YardstickError(Exception):
    """A yardstick could not be measured; the text says why."""


def pgbench_prepare(cluster: Cluster) -> None:
    """A database of its own on the server of the payments, with its settings."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    _pgbench(cluster, "--initialize", "--quiet", "--scale", str(SCALE))


def pgbench(cluster: Cluster, clients: int, warm_seconds: int, seconds: int) -> dict[str, Any]:
    """The row `pgbench.tpcb_per_s`: transactions a second of the built-in script. Raises YardstickError."""
    arguments = ["--client", str(clients), "--jobs", str(min(clients, os.cpu_count() or 1)), "--no-vacuum"]
    _pgbench(cluster, *arguments, "--time", str(warm_seconds))
    tps = transactions_per_second(_pgbench(cluster, *arguments, "--time", str(seconds)))
    return {"name": "pgbench.tpcb_per_s", "value": tps, "unit": "1/s", "clients": clients}


def transactions_per_second(report: str) -> float:
    """What pgbench says at its end. Raises YardstickError, also when transactions failed."""
    found = _TPS.search(report)
    if found is None or "number of failed transactions: 0 " not in report:
        raise YardstickError(f"pgbench gave no clean result: {report.strip()[-400:]}")
    return float(found.group(1))


def _pgbench(cluster: Cluster, *arguments: str) -> str:
    command = [str(binaries() / "pgbench"), "--host", str(cluster.socket_dir), "--username", SUPERUSER, *arguments]
    environment = {**base_environment(), "PGPASSWORD": cluster.password}
    done = subprocess.run([*command, DATABASE], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise YardstickError(f"pgbench failed: {done.stderr.strip()[-400:]}")
    return done.stdout


def localstripe(state: State, clients: int, warm_seconds: int, seconds: int) -> Iterator[dict[str, Any]]:
    """The rows `localstripe.per_s` and its percentiles: a charge, authorised and captured in one request."""
    with _localstripe(state) as url:
        callers = state.path / "bench-localstripe"
        write_private(callers, f"{merchants.authorization(_KEY)}\n")
        wrk.run(_charges(url, callers), clients, warm_seconds)
        requests.delete(f"{url}/_config/data", timeout=10).raise_for_status()
        outcome = wrk.run(_charges(url, callers), clients, seconds)
    yield from wrk.rows("localstripe", outcome, clients=clients)


def _charges(url: str, callers: Path) -> wrk.Load:
    card = {f"card[{name}]": value for name, value in _CARD.items()}
    answer = requests.post(f"{url}/v1/payment_methods", data={"type": "card", **card}, auth=(_KEY, ""), timeout=10)
    answer.raise_for_status()
    body = f"amount=2590&currency=eur&description=Basket %d&source={answer.json()['id']}"
    form = "application/x-www-form-urlencoded"
    return wrk.Load(url, "/v1/charges", callers, body, '"status": "succeeded"', content_type=form)


@contextmanager
def _localstripe(state: State) -> Iterator[str]:
    """Its base URL while it runs, with nothing stored. Raises YardstickError."""
    if _KEPT.exists():
        raise YardstickError(f"{_KEPT} is another localstripe's: stop that one and move its file away")
    python = bootstrap.ensure_environment(bootstrap.REPOSITORY / "requirements" / "localstripe.txt")
    let_through(python)
    port = free_ports(1)[0]
    with (state.logs / "localstripe.log").open("ab") as log:
        server = subprocess.Popen(
            [str(python), "-c", _SERVE, str(port)], env={"PATH": os.defpath}, cwd="/",
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=drop_to(service_user()),
        )  # fmt: skip
    try:
        _wait(server, f"http://127.0.0.1:{port}", Path(log.name))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        _KEPT.unlink(missing_ok=True)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(f"{url}/v1/charges", auth=(_KEY, ""), timeout=2).raise_for_status()
            return
        except requests.RequestException as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise YardstickError(f"localstripe did not start: {log.read_text()[-400:]}") from error
            time.sleep(0.05)
