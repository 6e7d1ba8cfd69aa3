"""A lane: one thread that answers many requests in turns, so that what they ask of others leaves together.

Each request is a greenlet. It runs until it has to wait; then the next one goes on. What can be asked for many at once is held back
until nobody can go on (`together`): statements are sent as one transaction (group_commit.py), requests counted in one go
(rate_limits.py). So a commit, a round trip and the change to another process and back are paid once for many requests, and each step
of theirs runs for all of them in a row, while its code is in the processor's caches: together more than half of a sale's time.

Whoever waits for the database (`finish`), for something to read (`readable`), or for anything else (`elsewhere`), holds up nobody.
What computes for long does; only requests that do not belong here. They share a thread: no lock of threads may be held across a wait.
"""

from __future__ import annotations

import logging
import math
import os
import time
from _thread import LockType, allocate_lock
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll
from threading import Lock, Thread
from typing import Any, TypeVar, cast

from greenlet import getcurrent, greenlet
from psycopg.waiting import Ready, Wait

log = logging.getLogger(__name__)

T = TypeVar("T")
Serve = Callable[[list[Any]], None]


class _Ride:
    """A request on its way through the lane, and what the thread that brought it waits for."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.answer: Any = None
        self.error: BaseException | None = None
        self.ended: LockType = allocate_lock()
        self.ended.acquire()


class _Traveller(greenlet):
    """What runs in a lane and may wait there."""

    def __init__(self, lane: Lane, work: Callable[[], None]) -> None:
        super().__init__(work)
        self.lane = lane


class Lane:
    """A lane whose thread begins with the first request.

    It answers `most` at once, and they hold no more connections than there are: a thread that waits for one of its own waits for ever.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._door = Lock()
        self._thread: Thread | None = None
        self._arrivals: deque[_Ride] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._under_way = 0
        self._over: list[_Ride] = []
        self._scheduler: greenlet | None = None
        self._ready: deque[tuple[greenlet, Any]] = deque()
        self._held: dict[Serve, list[tuple[greenlet, Any]]] = {}
        self._served: set[Serve] = set()
        self._poll = poll()
        self._poll.register(self._bell, POLLIN)
        self._waiting: dict[int, tuple[greenlet, Wait]] = {}
        self._patience: dict[int, float] = {}  # of some who wait: until when, in monotonic seconds
        self._helpers = ThreadPoolExecutor(most, "lane-helper")  # none before there is something to do

    def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises; it is done in the lane while the calling thread waits."""
        if self._thread is None:
            self._begin()
        ride = _Ride(work)
        self._arrivals.append(ride)
        os.eventfd_write(self._bell, 1)
        ride.ended.acquire()
        if ride.error is not None:
            raise ride.error
        return cast(T, ride.answer)

    def together(self, serve: Serve, item: Any) -> None:
        """Waits until `serve` has been called with this and all other items that are there for it by then, in the lane.

        It leaves with the items what has come of them; what it raises is raised by everybody.
        """
        self._held.setdefault(serve, []).append((getcurrent(), item))
        error = self._pause()
        if error is not None:
            raise error

    def finish(self, steps: Generator[Wait, Ready, T], fileno: int) -> T:
        """Goes through a conversation over `fileno`, each step of which says what it waits for: psycopg's generators."""
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send(self._until(fileno, wanted))
        except StopIteration as end:
            return cast(T, end.value)

    def readable(self, fileno: int, seconds: float) -> bool:
        """Waits until there is something to read from `fileno`, or it was closed by the other side; False when that takes longer."""
        self._patience[fileno] = time.monotonic() + seconds
        return self._until(fileno, Wait.R) != Ready.NONE

    def _until(self, fileno: int, wanted: Wait) -> Ready:
        self._waiting[fileno] = getcurrent(), wanted
        self._poll.register(fileno, (POLLIN if wanted & Wait.R else 0) | (POLLOUT if wanted & Wait.W else 0))
        return cast(Ready, self._pause())

    def elsewhere(self, call: Callable[[], T]) -> T:
        """What `call` gives or raises, in a thread of its own, where it may wait."""
        me = getcurrent()

        def ended(done: Future[T]) -> None:
            self._ready.append((me, done))
            os.eventfd_write(self._bell, 1)

        self._helpers.submit(call).add_done_callback(ended)
        done: Future[T] = self._pause()
        return done.result()

    def _pause(self) -> Any:
        assert self._scheduler is not None
        return self._scheduler.switch()

    def _begin(self) -> None:
        with self._door:
            if self._thread is None:
                thread = Thread(target=self._run, name="lane", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        """Until the process ends. A defect here ends it, as nobody could say where the requests are: a killed process loses nothing,
        and its server starts another.
        """
        self._scheduler = getcurrent()
        try:
            while True:
                self._go_on()
                serve = next((serve for serve in self._held if serve not in self._served), None)
                if serve is not None:
                    _Traveller(self, partial(self._serve, serve)).switch()
                else:
                    self._wait()
        except BaseException:
            log.critical("the lane broke", exc_info=True)
            os._exit(1)

    def _go_on(self) -> None:
        """Until everybody who is here waits for something."""
        while self._ready or (self._arrivals and self._under_way < self._most):
            while self._ready:
                traveller, heard = self._ready.popleft()
                traveller.switch(heard)
            if self._arrivals and self._under_way < self._most:
                self._under_way += 1
                _Traveller(self, partial(self._answer, self._arrivals.popleft())).switch()

    def _answer(self, ride: _Ride) -> None:
        try:
            ride.answer = ride.work()
        except BaseException as error:  # it is raised where the answer is waited for
            ride.error = error
        self._under_way -= 1
        self._over.append(ride)

    def _serve(self, serve: Serve) -> None:
        held, raised = self._held.pop(serve), None
        self._served.add(serve)
        try:
            serve([item for _, item in held])
        except BaseException as error:  # it is raised by those who wait for it
            raised = error
        self._served.discard(serve)
        self._ready.extend((traveller, raised) for traveller, _ in held)

    def _wait(self) -> None:
        """Until somebody arrives or can go on.

        Those who wait for an answer hear of it only now: woken earlier they would take the interpreter from the lane.
        """
        for ride in self._over:
            ride.ended.release()
        self._over.clear()
        for fileno, seen in self._poll.poll(self._longest_ms()):
            if fileno == self._bell:
                os.eventfd_read(self._bell)
                continue
            self._hear(fileno, seen)
        if self._patience:
            now = time.monotonic()
            for fileno in [fileno for fileno, until in self._patience.items() if until <= now]:
                self._hear(fileno, 0)

    def _longest_ms(self) -> int | None:
        """Until the first of those who do not wait for ever."""
        if not self._patience:
            return None
        return max(math.ceil((min(self._patience.values()) - time.monotonic()) * 1000), 0)

    def _hear(self, fileno: int, seen: int) -> None:
        self._poll.unregister(fileno)
        self._patience.pop(fileno, None)
        traveller, wanted = self._waiting.pop(fileno)
        heard = (Wait.R if seen & POLLIN else 0) | (Wait.W if seen & POLLOUT else 0)
        failed = seen & (POLLERR | POLLHUP | POLLNVAL)
        self._ready.append((traveller, Ready(wanted if failed else heard & wanted)))


def current() -> Lane | None:
    """The lane that runs what asks, or None."""
    me = getcurrent()
    return me.lane if isinstance(me, _Traveller) else None


def elsewhere(call: Callable[[], T]) -> T:
    """What `call` gives or raises, without holding up a lane while it waits."""
    lane = current()
    return lane.elsewhere(call) if lane is not None else call()
