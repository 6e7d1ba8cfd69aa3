"""How many requests a key may make: counted in a real Redis for several processes, told in headers, and never in the way."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from redis import Redis

from payments_core import create_app, lanes
from payments_core.config import Config, ConfigError
from payments_core.lanes import Lane
from payments_core.rate_limits import RateLimiter
from stack.processes import redis_server
from tests.payments_core.conftest import START, FrozenClock, config_for
from tests.payments_core.lane_steps import all_at_once
from tests.payments_core.public_door import Caller, account, public_app

__all__ = ["public_app"]


@pytest.fixture
def redis() -> Iterator[subprocess.Popen[bytes]]:
    """A Redis on a unix socket, `redis.sock` in its folder; `args` holds the command."""
    with tempfile.TemporaryDirectory(prefix="cpt-rd-", dir="/tmp") as folder:
        path = Path(folder) / "redis.sock"
        command = [redis_server(), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 20
            while not _listens(path):  # the file is there a moment before anybody listens
                assert server.poll() is None, "redis ended"
                assert time.monotonic() < deadline, "redis does not start"
                time.sleep(0.02)
            yield server
        finally:
            server.send_signal(signal.SIGCONT)
            server.terminate()
            server.wait(10)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def url_of(redis: subprocess.Popen[bytes]) -> str:
    """As the launcher writes it for Celery."""
    arguments = list(redis.args)  # type: ignore[arg-type]
    return "redis+socket://" + quote(str(arguments[arguments.index("--unixsocket") + 1]), safe="/")


def test_processes_count_together_each_key_and_stretch_for_itself(redis: subprocess.Popen[bytes]) -> None:
    first, second = (RateLimiter(url_of(redis), "5/minute", "2/minute") for _ in range(2))
    now = START + timedelta(seconds=40)
    standings = [limiter.take("key_a", True, now) for limiter in (first, first, second, first, second, second)]
    assert [one and (one.remaining, one.refused) for one in standings] == [
        (4, False),
        (3, False),
        (2, False),
        (1, False),
        (0, False),
        (0, True),
    ]
    assert {(one.limit, one.reset_seconds) for one in standings if one} == {(5, 20)}
    other = second.take("key_b", True, now)
    test = second.take("key_a", False, now)
    later = first.take("key_a", True, now + timedelta(seconds=20))
    assert [one and (one.limit, one.remaining, one.reset_seconds) for one in (other, test, later)] == [
        (5, 4, 20),
        (2, 1, 20),
        (5, 4, 60),
    ]


def test_counts_do_not_stay_in_redis(redis: subprocess.Popen[bytes]) -> None:
    limiter = RateLimiter(url_of(redis), "5/minute", "5/minute")
    limiter.take("key_a", True, START)
    path = unquote(url_of(redis).removeprefix("redis+socket://"))
    client: Any = Redis(unix_socket_path=path)
    names = client.keys("*")
    assert len(names) == 1
    assert 0 < client.ttl(names[0]) <= 60


def test_a_broker_that_is_away_lets_everybody_through_at_once(caplog: pytest.LogCaptureFixture) -> None:
    limiter = RateLimiter("redis+socket:///nonexistent/redis.sock", "1/minute", "1/minute")
    begun = time.monotonic()
    with caplog.at_level(logging.WARNING):
        assert [limiter.take("key_a", True, START) for _ in range(50)] == [None] * 50
    assert time.monotonic() - begun < 2
    assert caplog.text.count("requests are not counted") == 1


def test_threads_that_come_and_go_are_all_counted(redis: subprocess.Popen[bytes]) -> None:
    limiter = RateLimiter(url_of(redis), "1000/minute", "5/minute")
    left: list[int | None] = []

    def count() -> None:
        standing = limiter.take("key_a", True, START)
        left.append(standing and standing.remaining)

    for _ in range(120):
        thread = Thread(target=count)
        thread.start()
        thread.join()
    assert left == list(range(999, 879, -1))
    client: Any = Redis(unix_socket_path=unquote(url_of(redis).removeprefix("redis+socket://")))
    assert client.info("clients")["connected_clients"] < 10


def test_a_forked_process_counts_over_a_connection_of_its_own(redis: subprocess.Popen[bytes]) -> None:
    limiter = RateLimiter(url_of(redis), "1000/minute", "5/minute")
    limiter.take("key_a", True, START)
    child = os.fork()
    if child == 0:
        right = False
        try:
            counted = [limiter.take("key_b", True, START) for _ in range(50)]
            right = [one and one.remaining for one in counted] == list(range(999, 949, -1))
        finally:
            os._exit(0 if right else 1)
    counted = [limiter.take("key_a", True, START) for _ in range(50)]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [one and one.remaining for one in counted] == list(range(998, 948, -1))


def test_a_broker_that_was_started_again_counts_at_once(redis: subprocess.Popen[bytes]) -> None:
    limiter = RateLimiter(url_of(redis), "5/minute", "5/minute")
    assert limiter.take("key_a", True, START) is not None
    client: Any = Redis(unix_socket_path=unquote(url_of(redis).removeprefix("redis+socket://")))
    client.client_kill_filter(_type="normal", skipme=True)
    standing = limiter.take("key_a", True, START)
    assert standing is not None
    assert standing.remaining == 3


def test_a_broker_that_refuses_to_count_is_not_misread_afterwards(redis: subprocess.Popen[bytes]) -> None:
    limiter = RateLimiter(url_of(redis), "5/minute", "5/minute")
    client: Any = Redis(unix_socket_path=unquote(url_of(redis).removeprefix("redis+socket://")))
    assert limiter.take("key_a", True, START) is not None
    client.config_set("maxmemory", 1)
    assert limiter.take("key_a", True, START) is None
    client.config_set("maxmemory", 0)
    limiter._silent_until = 0
    standings = [limiter.take("key_a", True, START) for _ in range(3)]
    assert [one and one.remaining for one in standings] == [3, 2, 1]


def test_a_broker_that_hangs_costs_one_request_a_moment(redis: subprocess.Popen[bytes]) -> None:
    limiter = RateLimiter(url_of(redis), "5/minute", "5/minute")
    assert limiter.take("key_a", True, START) is not None
    redis.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    assert [limiter.take("key_a", True, START) for _ in range(50)] == [None] * 50
    assert time.monotonic() - begun < 2


def test_requests_of_a_lane_are_counted_each_also_by_a_broker_that_was_started_again(
    redis: subprocess.Popen[bytes],
) -> None:
    limiter, lane = RateLimiter(url_of(redis), "100/minute", "5/minute"), Lane(16)
    client: Any = Redis(unix_socket_path=unquote(url_of(redis).removeprefix("redis+socket://")))

    def left() -> int | None:
        standing = limiter.take("key_a", True, START)
        return standing and standing.remaining

    for expected in (range(90, 100), range(80, 90)):
        outcomes = all_at_once(lane, [partial(lane.run, left)] * 10)
        assert sorted(outcome.result() or 0 for outcome in outcomes) == list(expected)
        client.client_kill_filter(_type="normal", skipme=True)


def test_a_broker_that_hangs_holds_up_only_those_who_wait_for_it(redis: subprocess.Popen[bytes]) -> None:
    limiter, lane, order = RateLimiter(url_of(redis), "5/minute", "5/minute"), Lane(16), list[str]()
    assert lane.run(lambda: limiter.take("key_a", True, START)) is not None
    redis.send_signal(signal.SIGSTOP)

    def counted() -> None:
        order.append("not counted" if limiter.take("key_a", True, START) is None else "counted")

    def something_else() -> None:
        for _ in range(3):
            lanes.elsewhere(lambda: None)
        order.append("something else")

    outcomes = all_at_once(lane, [partial(lane.run, work) for work in (counted, counted, something_else)])
    assert [outcome.exception() for outcome in outcomes] == [None] * 3
    assert order == ["something else", "not counted", "not counted"]


@pytest.fixture
def limited(public_app: Flask, core_database: str, clock: FrozenClock) -> Caller:
    """The API of a merchant whose test keys may make three requests a minute."""
    caller = account(public_app, clock, "account-1")
    app = create_app(config_for(core_database, rate_limit_test="3/minute"), clock, doors=("public",))
    return replace(caller, client=app.test_client(use_cookies=False))


def test_every_answer_tells_where_the_key_stands(limited: Caller) -> None:
    answers = [limited.get("/v2/ping"), limited.get("/v2/payments/none_1"), limited.post("/v2/payments", {"x": 1})]
    assert [answer.status_code for answer in answers] == [200, 404, 422]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    assert {answer.headers["RateLimit-Reset"] for answer in answers} == {"60"}
    assert all("Retry-After" not in answer.headers for answer in answers)


def test_beyond_the_limit_the_answer_is_429_until_the_stretch_is_over(
    limited: Caller, public_app: Flask, clock: FrozenClock
) -> None:
    for _ in range(3):
        limited.get("/v2/ping")
    clock.tick(seconds=40)
    old, new = limited.get("/v1/checkout"), limited.get("/v2/payments")
    text = "Too many requests with this key, try again in a moment"
    assert old.get_json() == {"error": {"type": "invalid_request_error", "message": text}}
    assert new.get_json() == {"error": text}
    for answer in (old, new):
        assert (answer.status_code, answer.headers["Error-Code"]) == (429, "rate_limited")
        assert (answer.headers["Retry-After"], answer.headers["RateLimit-Remaining"]) == ("20", "0")
    second_key = replace(limited, secret=account(public_app, clock, "account-1").secret)
    assert second_key.get("/v2/ping").status_code == 200
    clock.tick(seconds=20)
    assert limited.get("/v2/ping").status_code == 200


def test_without_a_key_there_is_nothing_to_count(limited: Caller) -> None:
    nobody = replace(limited, secret="stest_hT4kQ9sLw2VbXz7RcJm0NdEy")
    for _ in range(5):
        answer = nobody.get("/v2/ping")
        assert answer.status_code == 401
        assert "RateLimit-Limit" not in answer.headers


@pytest.mark.parametrize("rate", ["fast", "0/second", "5/second; 100/minute", "5/fortnight"])
def test_a_rate_that_is_none_stops_the_start(rate: str) -> None:
    names = ("DATABASE_URL", "REDIS_URL", "API_URL", "PAYMENT_URL", "THREEDS_URL", "PORTAL_URL", "BOUTIQUES_DOMAIN")
    environment = {f"CORE_{name}": "x" for name in (*names, "CA_BUNDLE")} | {
        "CORE_SECRET_KEY": "00" * 32,
        "CORE_PLATFORM_TOKENS": '{"portal": "portal-token-0123456789"}',
        "CORE_EDGE_ADDRESS": "127.0.0.1:8443",
    }
    assert Config.from_environment({**environment, "CORE_RATE_LIMIT_TEST": "7/minute"}).rate_limit_test == "7/minute"
    assert Config.from_environment(environment).rate_limit_live == Config.rate_limit_live
    with pytest.raises(ConfigError, match="CORE_RATE_LIMIT_LIVE"):
        Config.from_environment({**environment, "CORE_RATE_LIMIT_LIVE": rate})
