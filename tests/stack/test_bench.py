"""The benches' figures: how they are read, named and shown, and that nothing wrong is counted as a payment."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.bench import BENCHES, as_line, percentile, wrk, yardsticks

REPORT = {
    "requests": 500, "microseconds": 2_000_000, "p50": 4000, "p95": 9500, "p99": 12000,
    "refused": 0, "broken": 0, "sample": "",
}  # fmt: skip
PGBENCH = """pgbench (18.1)
number of transactions actually processed: 11279
number of failed transactions: 0 (0.000%)
latency average = 7.093 ms
tps = 1127.916592 (without initial connection time)
"""


def output(**changes: object) -> str:
    """What wrk prints: its own words, then the script's line."""
    return (
        f"Running 2s test @ http://127.0.0.1:1\n  1 threads and 8 connections\n\n{json.dumps({**REPORT, **changes})}\n"
    )


def test_figures_are_per_second_and_in_milliseconds() -> None:
    assert wrk.parse(output()) == wrk.Outcome(500, 250.0, 4.0, 9.5, 12.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (output(refused=1, sample="409 no"), "1 of 500 answers were not as expected; one: 409 no"),
        (output(broken=2), "2 connections failed"),
        (output(requests=0), "nothing was answered"),
        ("unable to connect\n", "without its report"),
        ("", "without its report"),
    ],
)
def test_a_run_with_anything_wrong_is_no_figure(text: str, words: str) -> None:
    with pytest.raises(wrk.LoadError, match=words):
        wrk.parse(text)


def test_rows_have_the_names_and_the_context_of_the_run() -> None:
    rows = list(wrk.rows("payments", wrk.parse(output()), clients=8, stored=1000))
    assert [(row["name"], row["value"], row["unit"]) for row in rows] == [
        ("payments.per_s", 250.0, "1/s"),
        ("payments.p50_ms", 4.0, "ms"),
        ("payments.p95_ms", 9.5, "ms"),
        ("payments.p99_ms", 12.0, "ms"),
    ]
    assert all((row["clients"], row["stored"]) == (8, 1000) for row in rows)
    assert as_line(rows[0]).split() == ["payments.per_s", "250.000", "1/s", "clients=8", "stored=1000"]


def test_pgbench_counts_only_without_failed_transactions() -> None:
    assert yardsticks.transactions_per_second(PGBENCH) == 1127.916592
    for wrong in (PGBENCH.replace("failed transactions: 0", "failed transactions: 3"), "", "tps = 10 (x)"):
        with pytest.raises(yardsticks.YardstickError):
            yardsticks.transactions_per_second(wrong)


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.0, 0.5, 0.75, 1.0)] == [1.0, 2.0, 3.0, 4.0]
    assert set(BENCHES) == {"boutique", "payments"}


class Till(http.server.BaseHTTPRequestHandler):
    """Captures what is ordered by a caller it knows; the third caller is refused."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        caller = self.headers["Authorization"]
        self.seen.append((caller, self.headers["Host"], body))
        answer = b'{"status":"refused"}' if caller == "third" else b'{"status":"captured"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def till() -> Iterator[http.server.ThreadingHTTPServer]:
    Till.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Till)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def load(server: http.server.ThreadingHTTPServer, folder: Path, *callers: str) -> wrk.Load:
    file = folder / "callers"
    file.write_text("".join(f"{caller}\n" for caller in callers))
    url = f"http://127.0.0.1:{server.server_port}"
    return wrk.Load(url, "/pay", file, '{"order":"o-%d","again":%d}', '"status":"captured"', "api.localhost", first=70)


def test_each_request_is_the_next_callers_and_has_a_number_of_its_own(
    till: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    wrk.ensure()
    asked = load(till, tmp_path, "first", "second")
    outcome = wrk.run(asked, clients=2, seconds=1)
    assert 0 < outcome.requests <= len(Till.seen)
    orders = [json.loads(body) for _, _, body in Till.seen]
    first = 71  # wrk tries the script with one request that it does not send
    assert sorted(order["again"] for order in orders) == list(range(first, first + len(orders)))
    assert all(order["order"] == f"o-{order['again']}" for order in orders)
    assert {(caller, order["again"] % 2) for (caller, _, _), order in zip(Till.seen, orders, strict=True)} == {
        ("first", 0), ("second", 1),
    }  # fmt: skip
    assert {host for _, host, _ in Till.seen} == {"api.localhost"}
    Till.seen.clear()
    _, following = wrk.warmed(asked, 2, 1, 1)
    numbers = [json.loads(body)["again"] for _, _, body in Till.seen]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < following.first


def test_one_wrong_answer_spoils_the_run(till: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    wrk.ensure()
    with pytest.raises(wrk.LoadError, match=r"200 .*refused"):
        wrk.run(load(till, tmp_path, "first", "second", "third"), clients=2, seconds=1)


def test_nobody_there_is_an_error(till: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    wrk.ensure()
    nowhere = load(till, tmp_path, "first")
    till.shutdown()
    till.server_close()
    with pytest.raises(wrk.LoadError):
        wrk.run(nowhere, clients=1, seconds=1)
