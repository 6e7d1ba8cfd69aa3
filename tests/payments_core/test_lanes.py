"""Requests that take turns in one thread: what they ask is asked together, and nobody waits for somebody else's waiting."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from payments_core import lanes
from payments_core.db import db
from payments_core.lanes import Lane
from tests.payments_core.lane_steps import WAIT_SECONDS, all_at_once


def in_turns(lane: Lane, works: list[Callable[[], Any]]) -> list[Future[Any]]:
    return all_at_once(lane, [partial(lane.run, work) for work in works])


@pytest.fixture
def lane() -> Lane:
    return Lane(16)


def test_each_gets_its_own_answer_or_error(lane: Lane) -> None:
    def divide(by: int) -> float:
        return 12 / by

    outcomes = in_turns(lane, [partial(divide, by) for by in (1, 0, 3)])
    assert outcomes[0].result() == 12
    assert isinstance(outcomes[1].exception(), ZeroDivisionError)
    assert outcomes[2].result() == 4


def test_what_is_asked_of_the_same_one_is_asked_together(lane: Lane) -> None:
    groups: list[list[int]] = []

    def double(items: list[list[int]]) -> None:
        groups.append(sorted(item[0] for item in items))
        for item in items:
            item.append(item[0] * 2)

    def ask(number: int) -> int:
        for _ in range(2):
            item = [number]
            lane.together(double, item)
        return item[1]

    outcomes = in_turns(lane, [partial(ask, number) for number in range(5)])
    assert [outcome.result() for outcome in outcomes] == [0, 2, 4, 6, 8]
    assert groups == [[0, 1, 2, 3, 4]] * 2


def test_what_it_raises_is_raised_by_everybody_who_asked(lane: Lane) -> None:
    def refuse(items: list[int]) -> None:
        raise ValueError(len(items))

    def ask() -> None:
        lane.together(refuse, 1)

    outcomes = in_turns(lane, [ask, ask, lambda: "other"])
    assert [str(outcome.exception()) for outcome in outcomes] == ["2", "2", "None"]
    assert lane.run(lambda: "next") == "next"


def test_one_who_waits_elsewhere_holds_up_nobody(lane: Lane) -> None:
    went_on = threading.Event()
    outcomes = in_turns(lane, [lambda: lanes.elsewhere(partial(went_on.wait, WAIT_SECONDS)), went_on.set])
    assert [outcome.result() for outcome in outcomes] == [True, None]


def test_one_who_waits_for_something_to_read_holds_up_nobody_and_gives_up_in_time(lane: Lane) -> None:
    (heard, speaker), (deserted, gone), (silent, other) = (socket.socketpair() for _ in range(3))
    with heard, speaker, deserted, silent, other:
        outcomes = in_turns(
            lane,
            [
                lambda: lane.readable(heard.fileno(), WAIT_SECONDS),
                lambda: lane.readable(deserted.fileno(), WAIT_SECONDS),
                lambda: lane.readable(silent.fileno(), 0.05),
                lambda: speaker.send(b"word"),
                gone.close,
            ],
        )
        assert [outcome.result() for outcome in outcomes[:3]] == [True, True, False]
        other.send(b"late")
        assert lane.run(lambda: lane.readable(silent.fileno(), WAIT_SECONDS))


def test_one_who_waits_for_a_lock_in_the_database_lets_its_holder_go_on(lane: Lane, core: Flask) -> None:
    """Both have the same thread: were it to wait, nobody would ever give up the lock."""
    order, asked, both = list[str](), list[str](), threading.Event()

    def hold(name: str) -> None:
        asked.append(name)
        if len(asked) == 2:
            both.set()
        with core.app_context():
            db.session.execute(text("SELECT pg_advisory_xact_lock(4711)"))
            order.append(name)
            assert lanes.elsewhere(partial(both.wait, WAIT_SECONDS))
            order.append(name)
            db.session.commit()

    outcomes = in_turns(lane, [partial(hold, "one"), partial(hold, "other")])
    assert [outcome.exception() for outcome in outcomes] == [None, None]
    assert order in (["one", "one", "other", "other"], ["other", "other", "one", "one"])


def test_no_more_than_it_may_are_under_way_at_once() -> None:
    lane, under_way, seen = Lane(2), set[int](), list[int]()

    def work(number: int) -> None:
        under_way.add(number)
        seen.append(len(under_way))
        lanes.elsewhere(threading.get_ident)
        under_way.remove(number)

    outcomes = in_turns(lane, [partial(work, number) for number in range(6)])
    assert [outcome.exception() for outcome in outcomes] == [None] * 6
    assert max(seen) == 2


def test_what_is_done_elsewhere_gives_its_answer_or_error(lane: Lane) -> None:
    def fail() -> None:
        raise ValueError("elsewhere")

    def ask() -> tuple[int, str]:
        other = lanes.elsewhere(threading.get_ident)
        with pytest.raises(ValueError, match="elsewhere"):
            lanes.elsewhere(fail)
        return other, "went on"

    ident, words = lane.run(ask)
    assert ident not in (threading.get_ident(), lane.run(threading.get_ident))
    assert words == "went on"


def test_a_defect_of_the_lane_ends_its_process() -> None:
    """What it was at is undone with its connections, and its server starts another."""
    script = """
from payments_core.lanes import Lane

lane = Lane(16)

def work():
    lane._wait = None
    lane.together(print, "held")

lane.run(work)
print("still there")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert (done.returncode, "still there" in done.stdout) == (1, False)
    assert "the lane broke" in done.stderr


def test_outside_a_lane_there_is_none(lane: Lane) -> None:
    assert lanes.current() is None
    assert lane.run(lanes.current) is lane
    assert lanes.elsewhere(threading.get_ident) == threading.get_ident()
