"""Composes mails as rows of the outbox, and sends what is due.

The Message-ID is the row's: a crash between the server's yes and our commit sends the same mail again, and mail programs show it
once.
"""

from __future__ import annotations

import logging
import smtplib
import uuid
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import select

from merchant_portal.config import Config
from merchant_portal.db import db
from merchant_portal.models import OutgoingMail
from merchant_portal.wordings import mail_subject

log = logging.getLogger(__name__)

SMTP_TIMEOUT_SECONDS = 10
_LONGEST_PAUSE = timedelta(minutes=10)


def put(config: Config, kind: str, recipient: str, language: str, now: datetime, **values: Any) -> None:
    """Writes a mail of templates/mails/<kind>, within the caller's transaction."""
    mail_id = uuid.uuid4()
    host = parseaddr(config.mail_from)[1].rpartition("@")[2] or "localhost"
    with force_locale(language):
        subject = mail_subject(kind)
        text = render_template(f"mails/{kind}.txt", **values)
        html = render_template(f"mails/{kind}.html", subject=subject, language=language, **values)
    db.session.add(
        OutgoingMail(
            id=mail_id,
            message_id=f"<{mail_id}@{host}>",
            kind=kind,
            recipient=recipient,
            subject=subject,
            text=text,
            html=html,
            language=language,
            created_at=now,
            next_try_at=now,
            attempts=0,
        )
    )


def send_due(config: Config, now: datetime, limit: int = 50) -> int:
    """Sends due mails one by one, each committed on its own; returns how many went. Safe in several processes at once."""
    sent = 0
    for _ in range(limit):
        statement = (
            select(OutgoingMail)
            .where(OutgoingMail.sent_at.is_(None), OutgoingMail.next_try_at <= now)
            .order_by(OutgoingMail.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        mail = db.session.scalars(statement).first()
        if mail is None:
            break
        sent += _try(config, mail, now)
        db.session.commit()
    db.session.commit()
    return sent


def _try(config: Config, mail: OutgoingMail, now: datetime) -> bool:
    mail.attempts += 1
    try:
        _deliver(config, mail)
    except (OSError, smtplib.SMTPException) as error:
        mail.last_error = f"{type(error).__name__}: {error}"[:500]
        mail.next_try_at = now + min(timedelta(seconds=5 * 2**mail.attempts), _LONGEST_PAUSE)
        log.warning("mail %s not sent: %s", mail.id, mail.last_error)
        return False
    mail.sent_at, mail.text, mail.html, mail.last_error = now, None, None, None
    return True


def _deliver(config: Config, mail: OutgoingMail) -> None:
    assert mail.text is not None
    assert mail.html is not None
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = mail.subject, config.mail_from, mail.recipient
    message["Message-ID"], message["Date"] = mail.message_id, format_datetime(mail.created_at)
    message["Content-Language"], message["Auto-Submitted"] = mail.language, "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    server = urlsplit(config.smtp_url)
    with smtplib.SMTP(server.hostname or "127.0.0.1", server.port or 25, timeout=SMTP_TIMEOUT_SECONDS) as smtp:
        if server.username:
            smtp.starttls()
            smtp.login(server.username, server.password or "")
        smtp.send_message(message)
