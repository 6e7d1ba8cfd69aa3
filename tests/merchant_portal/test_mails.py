"""The outbox against a real SMTP server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from merchant_portal import mails
from merchant_portal.db import db
from merchant_portal.models import OutgoingMail

from .conftest import FORM, START, Browser


class Box:
    """Keeps what arrives; refuses while told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 ok"


@pytest.fixture
def smtp() -> Iterator[tuple[Box, str]]:
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def test_a_refused_mail_is_tried_again_with_the_same_message_id(
    app: Flask, browser: Browser, smtp: tuple[Box, str], config: Any
) -> None:
    box, url = smtp
    reachable = replace(config, smtp_url=url)
    browser.post("/inscription", FORM)
    box.refuse = True
    with app.app_context():
        message_id = db.session.query(OutgoingMail).one().message_id
        assert mails.send_due(reachable, START) == 0
        assert mails.send_due(reachable, START) == 0, "not before its pause is over"
        box.refuse = False
        assert mails.send_due(reachable, START + timedelta(seconds=30)) == 1
        assert mails.send_due(reachable, START + timedelta(hours=1)) == 0
        row = db.session.query(OutgoingMail).one()
        assert (row.attempts, row.text, row.html) == (2, None, None), "what opens an account is not kept"
    (message,) = box.messages
    assert message["Message-ID"] == message_id
    assert message["To"] == FORM["email"]
    assert "Confirmez" in message["Subject"]
    plain = message.get_body(("plain",))
    assert plain is not None
    assert "https://portal.localhost/confirmation/" in plain.get_content()


def test_an_absent_server_keeps_the_mail(app: Flask, browser: Browser, config: Any) -> None:
    browser.post("/inscription", FORM)
    with app.app_context():
        assert mails.send_due(replace(config, smtp_url="smtp://127.0.0.1:1"), START) == 0
        row = db.session.query(OutgoingMail).one()
        assert row.sent_at is None
        assert row.last_error


@pytest.mark.parametrize(("language", "subject"), [("fr", "Confirmez"), ("en", "Confirm your"), ("it", "Confermate")])
def test_mails_are_in_the_readers_language(app: Flask, browser: Browser, language: str, subject: str) -> None:
    browser.post("/inscription", FORM, headers={"Accept-Language": language})
    with app.app_context():
        row = db.session.query(OutgoingMail).one()
    assert row.subject.startswith(subject)
    assert f'lang="{language}"' in (row.html or "")
