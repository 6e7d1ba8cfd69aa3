"""One whole stack for all end-to-end tests, started and stopped by the product's own command."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.bench import free_pair
from stack.processes import REPOSITORY
from stack.state import State
from stack.story.browser import open_browser
from stack.web import Session

collect_ignore = ["stancer_clients"]  # those run in environments of their own, started by test_stancer_clients.py
COMPTOIR = str(REPOSITORY / "bin" / "comptoir")


def comptoir(*arguments: str, timeout_seconds: float = 600) -> subprocess.CompletedProcess[str]:
    """Runs the command line; never raises."""
    return subprocess.run(
        [COMPTOIR, *arguments], capture_output=True, text=True, cwd=REPOSITORY, timeout=timeout_seconds
    )


@pytest.fixture(scope="session")
def stack() -> Iterator[State]:
    """A healthy stack in a state folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="cpt-e2e-", dir="/tmp"))
    folder.chmod(0o755)
    state = State.at(folder / "var")
    try:
        done = comptoir("up", "--detach", "--state", str(state.path), "--port", str(free_pair()), timeout_seconds=1500)
        assert done.returncode == 0, done.stderr[-4000:]
        yield state
    finally:
        down = comptoir("down", "--state", str(state.path))
        shutil.rmtree(folder)
    assert down.returncode == 0, down.stderr


@pytest.fixture(scope="session")
def web(stack: State) -> Session:
    """Requests by name through the edge."""
    return Session(stack)


@pytest.fixture
def merchant(stack: State, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A merchant of this test's own, as `merchant create --json` prints it."""
    email = f"{request.node.name[:30].replace('[', '-').rstrip(']')}@example.com"
    done = comptoir("merchant", "create", "--email", email, "--json", "--state", str(stack.path))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="session")
def prestashop(stack: State) -> str:
    """The version of the release boutiques are made from; skips, saying why, where none is kept."""
    status = json.loads(comptoir("status", "--json", "--state", str(stack.path)).stdout)["prestashop"]
    if not status["ready"]:
        pytest.skip(f"no PrestaShop release: {status['missing']}")
    return str(status["release"])


@pytest.fixture
def browser(stack: State) -> Iterator[Any]:
    """A headless Chromium that trusts the stack's authority."""
    with open_browser(stack) as browser:
        yield browser
