"""`comptoir demo`: tells the story live, checks every step and prints the link to look at."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from stack import deployment, doctor, lifecycle
from stack.progress import Progress
from stack.state import State
from stack.story.browser import open_browser
from stack.story.script import STEPS, WITHOUT_PRESTASHOP, Story


def run(state: State, port: int | None, pictures: Path | None = None) -> int:
    """Brings the stack up if it is down, walks the story; 0 only when every step was checked and held."""
    progress = Progress()
    if not (state.exists and deployment.running(state)):
        if missing := doctor.blocking():
            raise lifecycle.StartError("\n".join(missing))
        lifecycle.bring_up(state, port, progress)
        lifecycle.prepare_template(state, progress, None, None)
    template = lifecycle.template_status(state)
    steps = STEPS if template["ready"] else WITHOUT_PRESTASHOP
    with open_browser(state) as browser:
        story = Story(state, browser, pictures)
        for number, (title, step) in enumerate(steps, 1):
            began = time.monotonic()
            try:
                link = step(story)
            except Exception as error:
                _keep_picture(story, state)
                print(f"✗ {number:>2}. {title}\n      {type(error).__name__}: {error}", flush=True)
                return 1
            print(f"✓ {number:>2}. {title}  ({time.monotonic() - began:.1f} s)\n      {link}", flush=True)
    if steps is not STEPS:
        print(f"✗ The rest needs a PrestaShop release: {template['missing']['how']}", file=sys.stderr)
        return 1
    print(f"\nEvery step held. The merchant is {story.merchant.email}, the password {story.merchant.password}")
    return 0


def _keep_picture(story: Story, state: State) -> None:
    """The merchant's window as it was when a step failed."""
    try:
        story.merchant.page.screenshot(path=state.path / "demo-failure.png", full_page=True)
        print(f"      the portal's page then: {state.path / 'demo-failure.png'}")
    except Exception:  # the browser itself may be what failed
        print("      (no picture: the browser is gone)")
