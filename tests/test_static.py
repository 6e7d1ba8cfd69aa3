"""The static checks, as part of the one run."""

from __future__ import annotations

import subprocess

import pytest

from stack.processes import REPOSITORY, venv_bin
from stack.testing import CHECKS


@pytest.mark.static
@pytest.mark.parametrize("name", CHECKS)
def test_check_passes(name: str) -> None:
    command = CHECKS[name]
    done = subprocess.run([venv_bin(command[0]), *command[1:]], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_requirement_files_are_hashed_and_name_no_index() -> None:
    files = sorted((REPOSITORY / "requirements").glob("*.txt"))
    assert [file.stem for file in files] == ["dev", "localstripe", "runtime", "stancer-1", "stancer-2"]
    for file in files:
        text = file.read_text()
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in pin for pin in pins)
        assert "://" not in text
        assert "index-url" not in text
        assert "find-links" not in text
        assert text.count("--hash=sha256:") >= len(pins)
