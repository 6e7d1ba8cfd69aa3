"""The story in a real browser and a real boutique, undisturbed; test_kill_matrix.py disturbs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stack.state import State
from stack.story.script import STEPS, Story

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(900)]


def test_the_story_of_the_first_sale(stack: State, browser: Any, prestashop: str, tmp_path: Path) -> None:
    story = Story(stack, browser, pictures=tmp_path / "pictures")
    for _title, step in STEPS:
        assert step(story).startswith("https://")
