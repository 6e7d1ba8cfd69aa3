"""The web inbox of the mail catcher: a page for people, JSON for tests and the demo."""

from __future__ import annotations

import email
import email.policy
import mailbox
import os
from email.message import EmailMessage
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

app = Flask(__name__, template_folder="templates")


def _messages() -> list[tuple[str, EmailMessage]]:
    """All messages, newest first, with their Maildir keys."""
    box = mailbox.Maildir(os.environ["MAIL_DIR"], create=True)
    found = []
    for key in box.keys():  # noqa: SIM118 - iterating a mailbox gives its messages
        try:
            found.append((key, _parse(box.get_bytes(key))))
        except KeyError:  # removed meanwhile
            continue
    return sorted(found, key=lambda item: item[0], reverse=True)


def _parse(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _summary(key: str, message: EmailMessage) -> dict[str, Any]:
    return {
        "key": key,
        "from": str(message["From"] or ""),
        "to": str(message["X-Envelope-To"] or message["To"] or ""),
        "subject": str(message["Subject"] or ""),
        "date": str(message["Date"] or ""),
        "message_id": str(message["Message-ID"] or ""),
    }


@app.get("/")
def index() -> str:
    """The list."""
    address = request.args.get("to", "").lower()
    rows = [_summary(key, message) for key, message in _messages()]
    return render_template("inbox.html", rows=[row for row in rows if address in row["to"].lower()], to=address)


@app.get("/message/<key>")
def show(key: str) -> str:
    """One message; its HTML part is framed in a sandbox, so nothing in it runs."""
    message = _one(key)
    return render_template(
        "message.html", row=_summary(key, message), text=_body(message, "plain"), has_html=bool(_body(message, "html"))
    )


@app.get("/message/<key>/html")
def html(key: str) -> Response:
    """The HTML part alone, for the frame."""
    response = Response(_body(_one(key), "html"), mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-popups; default-src 'none'; img-src data: https:; style-src 'unsafe-inline'"
    )
    return response


@app.get("/api/messages")
def api() -> Response:
    """JSON list, newest first: {"messages": [{key, from, to, subject, date, text, html}]}; `?to=` keeps one recipient's."""
    address = request.args.get("to", "").lower()
    rows = []
    for key, message in _messages():
        row = _summary(key, message)
        if address in row["to"].lower():
            rows.append({**row, "text": _body(message, "plain"), "html": _body(message, "html")})
    return jsonify(messages=rows)


@app.get("/health")
def health() -> str:
    """Answers when the inbox serves."""
    return "ok"


def _one(key: str) -> EmailMessage:
    box = mailbox.Maildir(os.environ["MAIL_DIR"], create=True)
    if key not in box:
        abort(404)
    return _parse(box.get_bytes(key))
