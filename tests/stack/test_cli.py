"""The command line's manners: clear words, right exit codes, JSON alone on stdout."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from stack.processes import REPOSITORY

COMPTOIR = str(REPOSITORY / "bin" / "comptoir")


def comptoir(*arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*prefix, COMPTOIR, *arguments], capture_output=True, text=True, cwd="/")


def test_status_of_an_empty_state_says_how_to_start(tmp_path: Path) -> None:
    done = comptoir("status", "--state", str(tmp_path / "var"))
    assert done.returncode == 1
    assert "bin/comptoir up" in done.stdout
    assert not (tmp_path / "var").exists()


def test_status_as_json_is_json_alone(tmp_path: Path) -> None:
    done = comptoir("status", "--json", "--state", str(tmp_path / "var"))
    assert json.loads(done.stdout)["processes"] == []


def test_doctor_as_json_names_each_thing_and_its_remedy(tmp_path: Path) -> None:
    findings = json.loads(comptoir("doctor", "--json", "--state", str(tmp_path / "var")).stdout)
    assert {"user", "Docker Engine", "disk", "PrestaShop release"} <= {finding["name"] for finding in findings}
    assert all(finding["ok"] or finding["remedy"] for finding in findings)


def test_a_merchant_of_a_stack_that_does_not_run_is_refused_in_words(tmp_path: Path) -> None:
    done = comptoir("merchant", "create", "--email", "a@example.com", "--state", str(tmp_path / "var"))
    assert done.returncode == 1
    assert "Start it first" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("up", "--port", "0"), ("up", "--port", "x"), ("nonsense",), ("bench",)])
def test_wrong_words_give_usage_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    done = comptoir(*arguments)
    assert done.returncode == 2
    assert "Usage" in done.stderr


def test_up_without_root_lists_what_is_missing(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    cache = tmp_path / "cache"
    python = subprocess.run(["sh", "-c", f"ls -d {Path.home()}/.cache/comptoir/venvs/runtime-*/bin/python | head -1"],
                            capture_output=True, text=True).stdout.strip()  # fmt: skip
    if not python:
        comptoir("status")
        python = subprocess.run(["sh", "-c", f"ls -d {Path.home()}/.cache/comptoir/venvs/runtime-*/bin/python | head -1"],
                                capture_output=True, text=True).stdout.strip()  # fmt: skip
    nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "env",
        f"HOME={cache}",
        f"PYTHONPATH={REPOSITORY}",
    ]
    done = subprocess.run(
        [*nobody, python, "-m", "stack", "up", "--state", str(tmp_path / "var")],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 1, done.stderr
    assert "Root is needed" in done.stderr
    assert "Traceback" not in done.stderr
