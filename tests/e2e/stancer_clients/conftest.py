"""The client is told where the stack is, as its documentation says; nothing of it is touched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import stancer

from tests.e2e.stancer_clients.names import resolve_localhost
from tests.e2e.stancer_clients.objects import Objects
from tests.e2e.stancer_clients.payer import Payer
from tests.e2e.stancer_clients.wire import Wire

TASK = json.loads(Path(os.environ["STANCER_TASK"]).read_text())
WIRE = Wire()
resolve_localhost()


@pytest.fixture(autouse=True)
def config(request: pytest.FixtureRequest) -> Any:
    """The client's singleton, set up afresh: host, port, version and the four keys of this drive's merchant."""
    only = request.node.get_closest_marker("only")
    if only is not None and TASK["version"] not in only.args:
        pytest.skip(f"v{TASK['version']} has no such thing")
    made = stancer.Config()
    made.host, made.port, made.version, made.timeout = TASK["host"], TASK["port"], TASK["version"], 30
    del made.keys
    made.keys = tuple(TASK["keys"].values())
    made.mode = made.TEST_MODE
    return made


@pytest.fixture
def version() -> int:
    """The version of the API that is spoken."""
    return int(TASK["version"])


@pytest.fixture
def wire() -> Wire:
    """What was sent, from the beginning of the drive."""
    return WIRE


@pytest.fixture
def objects() -> Objects:
    """New objects of the client, none like another."""
    return Objects()


@pytest.fixture
def payer() -> Payer:
    """A browser without scripts or cookies."""
    return Payer()


@pytest.fixture
def history(config: Any) -> dict[str, str]:
    """A merchant with a past, prepared beforehand: ids by what became of them. The client has that merchant's keys."""
    config.keys = tuple(TASK["history"]["keys"].values())
    return dict(TASK["history"]["ids"])


@pytest.fixture
def contested(config: Any) -> Any:
    """A call gives the client the keys of a merchant of its own for disputes: they take the cover of others' refunds."""
    return lambda: setattr(config, "keys", tuple(TASK["contested"].values()))


def pytest_sessionfinish() -> None:
    """Writes which members of the client sent a request, and every request with them."""
    sent = [
        {"method": one.method, "path": one.path, "members": [list(pair) for pair in one.members]} for one in WIRE.sent
    ]
    Path(TASK["report"]).write_text(json.dumps(sent))
