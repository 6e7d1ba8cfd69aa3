"""The mail catcher keeps what it accepted, whatever happens to it."""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from stack import inbox
from stack.processes import REPOSITORY
from stack.state import free_ports


class UnixSMTP(smtplib.SMTP):
    """smtplib over a Unix socket, as a boutique's relay reaches the catcher."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(host)
        return connection


class Catcher:
    """A running catcher process and its inbox."""

    def __init__(self, folder: Path) -> None:
        self.port, self.path = free_ports(1)[0], folder / "mail.sock"
        settings = {"MAIL_DIR": str(folder / "box"), "MAIL_PORT": str(self.port), "MAIL_SOCKET": str(self.path)}
        self.environment = {**os.environ, **settings, "PYTHONPATH": str(REPOSITORY)}
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "stack.mail"], env=self.environment)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                smtplib.SMTP("127.0.0.1", self.port).quit()
                UnixSMTP(str(self.path), 25).quit()  # it listens there a moment later
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the catcher did not start")


@pytest.fixture
def catcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catcher]:
    catcher = Catcher(tmp_path)
    monkeypatch.setenv("MAIL_DIR", str(tmp_path / "box"))
    catcher.start()
    yield catcher
    catcher.process.kill()
    catcher.process.wait()


def message(subject: str, to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "boutique@localhost", to
    mail.set_content("Bonjour,\nvotre boutique est prête : https://fleurs.localhost:8443/")
    mail.add_alternative("<p>Bonjour <script>alert(1)</script></p>", subtype="html")
    return mail


def test_mail_by_port_and_by_socket_is_kept_through_a_kill(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port) as server:
        server.send_message(message("Par le port", "a@example.com"))
    catcher.process.kill()
    catcher.process.wait()
    catcher.start()
    with UnixSMTP(str(catcher.path), 25) as server:
        server.send_message(message("Par la socket", "b@example.com"))
    found = inbox.app.test_client().get("/api/messages").get_json()["messages"]
    assert {mail["subject"] for mail in found} == {"Par le port", "Par la socket"}


def test_the_inbox_filters_by_recipient_and_frames_html_in_a_sandbox(catcher: Catcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port) as server:
        server.send_message(message("Un", "a@example.com"))
        server.send_message(message("Deux", "b@example.com"))
    client = inbox.app.test_client()
    (only,) = client.get("/api/messages?to=b@example.com").get_json()["messages"]
    assert only["subject"] == "Deux"
    assert "fleurs.localhost" in only["text"]
    assert "Deux" in client.get("/?to=b@").text
    assert "Un</strong>" not in client.get("/?to=b@").text
    policy = client.get(f"/message/{only['key']}/html").headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert client.get("/message/none").status_code == 404
