"""A program killed with -9 leaves children; the next start of the same program ends them first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from stack.processes import REPOSITORY
from stack.supervision import MARK, leftovers

PARENT = "import subprocess, sys, time; child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); time.sleep(60)"


@pytest.fixture
def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), MARK: f"{os.getpid():08x}:worker"}


def test_the_guard_ends_what_a_kill_left_and_becomes_the_program(tmp_path: Path, environment: dict[str, str]) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    instance = environment[MARK].split(":")[0]
    assert leftovers(instance, "worker") == [child]
    assert leftovers(instance, "other") == []

    program = tmp_path / "worker.json"
    command = [sys.executable, "-c", "import os; print('started with', os.environ['SETTING'])"]
    program.write_text(json.dumps({"command": command, "environment": {"SETTING": 'a "b" %c'}}))
    done = subprocess.run(
        [sys.executable, "-m", "stack.guard", str(program)], env=environment, capture_output=True, text=True
    )

    assert done.stdout == 'started with a "b" %c\n'
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
