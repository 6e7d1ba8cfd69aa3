"""Virtual environments made on demand: once for two who ask together, and again after an interruption."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack.bootstrap import ensure_environment


def test_two_who_ask_at_once_get_one_whole_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    requirements = tmp_path / "nothing.txt"
    requirements.write_text("# no package: nothing is fetched\n")
    with ThreadPoolExecutor(2) as threads:
        python, other = threads.map(ensure_environment, [requirements, requirements])
    assert python == other
    assert subprocess.run([python, "-c", "import sys; sys.exit(sys.prefix == sys.base_prefix)"]).returncode == 0
    folder = python.parent.parent
    assert list(folder.parent.glob("nothing-*")) == [folder]
    made = (folder / ".complete").stat().st_mtime_ns
    assert ensure_environment(requirements) == python
    assert (folder / ".complete").stat().st_mtime_ns == made
    (folder / ".complete").unlink()
    python.unlink()  # as an interruption would leave it
    assert ensure_environment(requirements).exists()
    assert (folder / ".complete").exists()
