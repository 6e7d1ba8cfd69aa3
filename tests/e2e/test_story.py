"""The story of the first sale in a real browser and a real boutique: once undisturbed, once with a kill -9 in every step."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from stack import engine, supervision
from stack.state import State
from stack.story.script import STEPS, Story

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(900)]

VICTIMS = ("core", "boutique", "edge", "provisioner", "core-worker")


def test_the_story_of_the_first_sale(stack: State, browser: Any, prestashop: str, tmp_path: Path) -> None:
    story = Story(stack, browser, pictures=tmp_path / "pictures")
    for _title, step in STEPS:
        assert step(story).startswith("https://")


def kill(story: Story, victim: str) -> None:
    """kill -9 of a program with all it started, or of the boutique's container."""
    if victim == "boutique":
        try:
            engine.client().containers.get(story.shop.container_name).kill()
        except (docker.errors.NotFound, docker.errors.APIError):
            return  # not made yet, or not running: there is nothing to kill
        return
    for process in supervision.leftovers(story.state.instance, victim):
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_story_with_a_kill_in_every_step(stack: State, browser: Any, prestashop: str, seed: int) -> None:
    story, chance = Story(stack, browser), random.Random(seed)
    for number, (_title, step) in enumerate(STEPS):
        victim = VICTIMS[(number + seed) % len(VICTIMS)]
        shot = threading.Timer(chance.uniform(0.05, 2.0), kill, [story, victim])
        shot.start()
        try:
            step(story)
        finally:
            shot.join()
    assert len(story.orders) == 2
