"""The whole story with every process and container killed (-9) in every step: the same end as without.

The pairs of step and victim are dealt out over a few runs of the story, so that each run kills some in every step and all runs
together kill each in each. The moments are seeded; whoever is killed is started again by what supervises it.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from typing import Any

import docker.errors
import pytest

from stack import engine, supervision
from stack.processes import all_processes
from stack.state import State
from stack.story.browser import open_pages
from stack.story.script import STEPS, Story

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(900)]

RUNS = 5
CONTAINERS = ("boutique", "mariadb")
SEED = 20


def victims(state: State) -> list[str]:
    """Every process of the stack, and the containers of the boutique and its database server."""
    return [*(process.name for process in all_processes(state)), *CONTAINERS]


def dealt(state: State, run: int, step: int) -> list[str]:
    """Whom this run kills in this step."""
    return [name for number, name in enumerate(victims(state)) if (number + step) % RUNS == run]


def kill(story: Story, victim: str) -> None:
    """kill -9 of a program with all it started, or of a container; one that is not there yet, or no longer, is left."""
    if victim in CONTAINERS:
        own = f"comptoir-{story.state.instance}-mariadb"
        name = own if victim == "mariadb" else story.shop.container_name
        with contextlib.suppress(docker.errors.APIError):
            engine.client().containers.get(name).kill()
        return
    for process in supervision.leftovers(story.state.instance, victim):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


class Killer(threading.Thread):
    """Kills its victims one after the other at seeded moments; `hits` says whom and when."""

    def __init__(self, story: Story, names: list[str], chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.story, self.names, self.chance = story, names, chance
        self.over = threading.Event()
        self.began, self.hits = time.monotonic(), list[str]()

    def run(self) -> None:
        for name in self.names:
            if self.over.wait(self.chance.uniform(0.05, 1.2)):
                pass  # the step was quicker: the kill falls into what follows, which must hold as well
            self.hits.append(f"{name} after {time.monotonic() - self.began:.1f} s")
            kill(self.story, name)


def test_the_runs_together_kill_each_in_each_step(stack: State) -> None:
    pairs = {(step, name) for run in range(RUNS) for step in range(len(STEPS)) for name in dealt(stack, run, step)}
    assert len(pairs) == len(STEPS) * len(victims(stack))


@pytest.mark.parametrize("run", range(RUNS))
def test_the_story_holds_through_every_kill(stack: State, browser: Any, prestashop: str, run: int) -> None:
    story, chance, told = Story(stack, browser), random.Random(SEED + run), dict[str, list[str]]()
    for number, (title, step) in enumerate(STEPS):
        killer = Killer(story, dealt(stack, run, number), chance)
        told[title] = killer.hits
        killer.start()
        try:
            step(story)
        except BaseException as error:
            error.add_note(f"Killed: {told}\n{open_pages(browser)}")
            raise
        finally:
            killer.over.set()
            killer.join()
    assert len(story.orders) == 2
    assert story.platform.check_ledger() > 0
