"""Who may know HTTP, and what happens to hints when the broker is away."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

import payments_core
from payments_core.db import db
from payments_core.hints import Hints

PACKAGE = Path(payments_core.__file__).parent
# Doors, and the few files that assemble or run the application.
KNOW_FLASK = {"__init__.py", "application.py", "runtime.py", "worker.py", "wsgi.py", "delivery_pool.py"}
DOORS = {"platform", "api", "docs", "payment_page", "threeds", "terminal_host"}


def domain_files() -> list[Path]:
    found = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in DOORS | {"migrations"}]
    return [path for path in found if path.name not in KNOW_FLASK or path.parent != PACKAGE]


@pytest.mark.parametrize("path", domain_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_domain_files_know_no_http(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    roots = {name.split(".")[0] for name in imported}
    assert not roots & {"flask", "werkzeug", "marshmallow", "granian"}
    assert not {name for name in imported if name.split(".")[:1] == ["payments_core"] and set(name.split(".")) & DOORS}


def test_only_the_clock_reads_the_clock() -> None:
    readers = [path.name for path in PACKAGE.rglob("*.py") if "datetime.now(" in path.read_text()]
    assert readers == ["clock.py"]


def test_a_broker_that_is_away_delays_and_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    hints = Hints("redis+socket:///nonexistent/redis.sock")
    began = time.monotonic()
    hints.send("core.deliver_event", "dlvr_1")
    tried = time.monotonic()
    for _ in range(20):
        hints.send("core.deliver_event", "dlvr_1")
    assert time.monotonic() - tried < tried - began, "the first one finds out, the others do not ask"
    assert caplog.text.count("the sweep takes over") == 1  # then it is left alone for a while


class Recorder(Hints):
    def __init__(self) -> None:
        super().__init__("")
        self.sent: list[str] = []

    def send(self, task: str, argument: str) -> None:
        self.sent.append(argument)


def test_hints_leave_after_the_commit_only(core: Flask) -> None:
    hints = Recorder()
    db.session.execute(text("SELECT 1"))
    hints.later("core.deliver_event", "a")
    with db.session.begin_nested():
        hints.later("core.deliver_event", "b")
    assert hints.sent == []
    db.session.commit()
    assert hints.sent == ["a", "b"]
    db.session.execute(text("SELECT 1"))
    hints.later("core.deliver_event", "c")
    db.session.rollback()
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    assert hints.sent == ["a", "b"]
