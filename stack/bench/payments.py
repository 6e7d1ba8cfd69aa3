"""`bench payments`: payments a second through core's own listener, beside pgbench and localstripe, at several sizes of the database.

One payment is one request that authorises and captures: the card is the test card whose money moves at once, so that the
request itself writes payment, attempt, events and ledger entries. It waits for three commits on the disk: the attempt before the
acquirer is asked, the acquirer's own record, the outcome. Requests that come together share them (payments_core/lanes.py). Each client
asks again as soon as it is answered, in the name of the next of 1,000 merchants, so no key comes near its rate limit. The whole
stack runs beside it as it always does.
`stored` is the number of payments the database was filled up to before; what the runs themselves make comes on top. pgbench's runs
and those of each size begin with a checkpoint, so that none pays for writing out what was made before it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import requests

from stack import deployment, settings
from stack.bench import merchants, wrk, yardsticks
from stack.progress import Progress
from stack.state import BASE_DOMAIN, State

CLIENTS = (1, 8, 32)
MERCHANTS = 1000
STORED, STORED_FULL = (1_000, 100_000), (1_000_000, 10_000_000)
SECONDS, WARM_SECONDS = 10, 3
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_BODY = json.dumps(
    {
        "amount": 2590,
        "currency": "eur",
        "order_id": "bench-%d",
        "description": "Basket %d",
        "card": {"number": "4000000000000077", "exp_month": 12, "exp_year": 2031, "cvc": "123", "name": "Ada Martin"},
    },
    separators=(",", ":"),
)
_LISTS = 20  # looks at a page; the median is shown


class BenchError(Exception):
    """What was to be measured did not hold; the text says what."""


def measure(state: State, progress: Progress, full: bool) -> Iterator[dict[str, Any]]:
    """Rows payments.{per_s,p50_ms,p95_ms,p99_ms} with clients and stored, payments.fill_s with stored,
    lists.{first,deep}_page_ms with stored and by, pgbench.tpcb_per_s and localstripe.{per_s,p50_ms,p95_ms,p99_ms} with clients.
    Raises BenchError, LoadError, YardstickError."""
    wrk.ensure()
    _check_durable(state, progress)
    with progress.step(f"{MERCHANTS} merchants with a key each"):
        callers = merchants.create(state, MERCHANTS)
    load = wrk.Load(
        url=f"http://127.0.0.1:{state.listener('core')}",
        path="/v1/checkout",
        callers=callers,
        body=_BODY,
        expected='"status":"captured"',
        host=f"api.{BASE_DOMAIN}:{state.port}",
    )
    for stored in STORED + (STORED_FULL if full else ()):
        yield from _filled(state, progress, stored)
        if stored == STORED[0]:
            with progress.step("a first payment of every merchant"):
                load = wrk.covered(load, max(CLIENTS), MERCHANTS)
            yield from _beside(state, progress)
        _checkpoint(state)
        for clients in CLIENTS:
            flushed = _wal_flushes(state)
            with progress.step(f"payments of {clients} clients, {stored} stored"):
                outcome, load = wrk.warmed(load, clients, WARM_SECONDS, SECONDS)
            _check_flushed(state, clients, outcome.requests, flushed)
            yield from wrk.rows("payments", outcome, clients=clients, stored=stored)
        yield from _lists(state, callers, stored)


def _beside(state: State, progress: Progress) -> Iterator[dict[str, Any]]:
    cluster = settings.cluster(state)
    with progress.step("pgbench's own database"):
        yardsticks.pgbench_prepare(cluster)
        _checkpoint(state)
    for clients in CLIENTS:
        with progress.step(f"pgbench, {clients} clients"):
            row = yardsticks.pgbench(cluster, clients, WARM_SECONDS, SECONDS)
        yield row
        with progress.step(f"localstripe, {clients} clients"):
            rows = list(yardsticks.localstripe(state, clients, WARM_SECONDS, SECONDS))
        yield from rows


def _filled(state: State, progress: Progress, stored: int) -> Iterator[dict[str, Any]]:
    """Stored payments up to a number; at the smallest one the whole ledger is reconciled with them. Raises BenchError."""
    began = time.monotonic()
    with progress.step(f"{stored} stored payments"):
        added = json.loads(_core_command(state, "store-test-payments", str(stored)))["added"]
    yield {"name": "payments.fill_s", "value": time.monotonic() - began, "unit": "s", "stored": stored, "added": added}
    if stored in STORED:
        with progress.step("ledger check"):
            _core_command(state, "check-ledger")


def _core_command(state: State, *arguments: str) -> str:
    done = deployment.run_for(state, "core", "payments_core.cli", *arguments)
    if done.returncode != 0:
        raise BenchError(f"core: {' '.join(arguments)}:\n{done.stdout[-800:]}{done.stderr[-1500:]}")
    return done.stdout


def _check_durable(state: State, progress: Progress) -> None:
    """As core's own role meets them in its own database. Raises BenchError unless all are on."""
    url = settings.cluster(state).url("payments", "core", state.secret("role-core"))
    with psycopg.connect(url) as connection:
        found = {name: _one(connection, f"SELECT current_setting('{name}')") for name in _DURABLE}
    progress.say("  durability: " + ", ".join(f"{name} {value}" for name, value in found.items()))
    if set(found.values()) != {"on"}:
        raise BenchError(f"commits would not be durable: {found}")


def _checkpoint(state: State) -> None:
    with psycopg.connect(settings.cluster(state).url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _wal_flushes(state: State) -> int:
    """How often the server has made its log durable since it started (PostgreSQL 18)."""
    with psycopg.connect(settings.cluster(state).url("payments")) as connection:
        return int(_one(connection, "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'"))


def _check_flushed(state: State, clients: int, payments: int, before: int) -> None:
    """Payments of one client come one after the other, so each waits for flushes of its own. Raises BenchError."""
    flushes = _wal_flushes(state) - before
    if clients == 1 and flushes < payments:
        raise BenchError(f"{payments} payments were answered with {flushes} flushes of the log")


def _one(connection: psycopg.Connection[Any], statement: str) -> Any:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def _lists(state: State, callers: Path, stored: int) -> Iterator[dict[str, Any]]:
    """Median milliseconds of a page of the merchant with most payments: the first, and the one in the middle of the list; `by`
    says of which list: all by creation, all by processing, those of one card."""
    from stack.bench import percentile

    web = requests.Session()
    web.headers.update({
        "Authorization": callers.read_text().splitlines()[0], "Host": f"api.{BASE_DOMAIN}:{state.port}",
    })  # fmt: skip
    url = f"http://127.0.0.1:{state.listener('core')}/v2/payments"
    card = next(payment["card"]["id"] for payment in _page(web, url)["payments"] if payment["card"])
    for by, query in (("created", {}), ("paid", {"field": "paid"}), ("card", {"card": card})):
        count = _page(web, url, **query)["range"]["count"]
        for name, start in (("first", 0), ("deep", count // 2)):
            seconds = []
            for _ in range(_LISTS):
                began = time.monotonic()
                _page(web, url, start, **query)
                seconds.append(time.monotonic() - began)
            yield {
                "name": f"lists.{name}_page_ms",
                "value": percentile(seconds, 0.5) * 1000,
                "unit": "ms",
                "stored": stored,
                "by": by,
                "of": count,
                "start": start,
            }


def _page(web: requests.Session, url: str, start: int = 0, **query: str) -> dict[str, Any]:
    """A page of ten. Raises BenchError."""
    answer = web.get(url, params={"limit": "10", "start": str(start), **query}, timeout=60)
    if answer.status_code != 200 or not answer.json()["payments"]:
        raise BenchError(f"the list answered {answer.status_code}: {answer.text[:300]}")
    return dict(answer.json())
