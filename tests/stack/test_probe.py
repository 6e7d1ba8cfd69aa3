"""The health checks of containers: well, unwell, and why."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import probe, pulse
from stack.processes import REPOSITORY
from stack.state import free_ports


class Service(http.server.BaseHTTPRequestHandler):
    """Well by one name, unknown by any other."""

    def do_GET(self) -> None:
        self.send_response(200 if (self.path, self.headers["Host"]) == ("/health", "api.localhost:8443") else 404)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield str(server.server_port)
    server.shutdown()
    server.server_close()


def test_a_service_is_asked_by_its_own_name(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main(["http", port, "api.localhost:8443"]) == 0
    assert capsys.readouterr().out == ""
    assert probe.main(["http", port, "other"]) == 1
    assert "404" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["http", "smtp"])
def test_nobody_there_is_said_in_one_line(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [kind, str(free_ports(1)[0])] + (["x"] if kind == "http" else [])
    assert probe.main(arguments) == 1
    assert capsys.readouterr().out.startswith("ConnectionRefusedError")


def test_a_silent_worker_is_unwell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pulse"
    assert probe.main(["pulse", str(file)]) == 1
    monkeypatch.setenv("PULSE_FILE", str(file))
    pulse.beat()
    assert probe.main(["pulse", str(file)]) == 0
    long_ago = time.time() - 60
    os.utime(file, (long_ago, long_ago))
    capsys.readouterr()
    assert probe.main(["pulse", str(file)]) == 1
    assert "no heartbeat" in capsys.readouterr().out


def test_without_its_variable_nothing_is_touched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PULSE_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    pulse.beat()
    assert list(tmp_path.iterdir()) == []


def test_it_runs_on_the_systems_python_alone(tmp_path: Path) -> None:
    command = [
        "/usr/bin/env",
        "-i",
        "/usr/bin/python3",
        "-I",
        str(REPOSITORY / "stack" / "probe.py"),
        "pulse",
        "/nonexistent",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FileNotFoundError")
