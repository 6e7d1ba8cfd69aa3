"""The outbox: mails to merchants, sent at least once, each with one Message-ID for ever.

The text is made when it is sent; the first admin password is derived then and is stored nowhere.
"""

import hashlib
import smtplib
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import select

from shop_provisioner import boutique
from shop_provisioner.config import Settings
from shop_provisioner.db.models import Boutique, Mail
from shop_provisioner.provisioner import Provisioner

LANGUAGES = ("fr", "en", "it")
SUBJECTS = {
    "fr": "Votre boutique {domain} est en ligne",
    "en": "Your boutique {domain} is online",
    "it": "Il suo negozio {domain} è online",
}
LONGEST_PAUSE = timedelta(minutes=10)
_jinja = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def language(code: str | None) -> str:
    """One of the languages we write in."""
    return code if code in LANGUAGES else "fr"


def message_id(settings: Settings, boutique_id: str, kind: str, key: str) -> str:
    """The same for every attempt (RFC 5322 3.6.4), so that a mail sent twice is one in the reader's box."""
    digest = hashlib.sha256(f"{boutique_id}:{kind}:{key}".encode()).hexdigest()[:32]
    domain = parseaddr(settings.mail_from)[1].partition("@")[2] or settings.boutiques_domain
    return f"<{kind}.{digest}@{domain}>"


def compose(settings: Settings, mail: Mail, row: Boutique) -> EmailMessage:
    """The message of an outbox row, text and HTML."""
    assert row.domain is not None
    values = {
        "domain": row.domain,
        "url": boutique.url(settings, row.domain),
        "admin_url": boutique.admin_url(settings, row.domain),
        "email": mail.recipient,
        "password": boutique.admin_password(settings, row.id, mail.key),
        "portal_url": settings.portal_url,
        "name": row.owner_name or "",
        "language": mail.language,
    }
    message = EmailMessage()
    message["Subject"] = SUBJECTS[mail.language].format(domain=row.domain)
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["Content-Language"] = mail.language
    message.set_content(_jinja.get_template(f"{mail.kind}.{mail.language}.txt").render(values))
    message.add_alternative(_jinja.get_template(f"{mail.kind}.{mail.language}.html").render(values), subtype="html")
    return message


def send_due(p: Provisioner, limit: int = 50) -> int:
    """Sends what is due, each in its own transaction; a second sender skips locked rows. Returns how many were sent."""
    sent = 0
    for _ in range(limit):
        with p.session() as session:
            mail = session.scalar(
                select(Mail)
                .where(Mail.sent_at.is_(None), Mail.next_try_at <= p.now)
                .order_by(Mail.next_try_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if mail is None:
                break
            try:
                _deliver(p.settings, compose(p.settings, mail, session.get_one(Boutique, mail.boutique_id)))
            except (OSError, smtplib.SMTPException) as error:
                mail.attempts += 1
                mail.last_error = str(error)[:500]
                mail.next_try_at = p.now + min(timedelta(seconds=2**mail.attempts), LONGEST_PAUSE)
            else:
                mail.sent_at = p.now
                sent += 1
    return sent


def _deliver(settings: Settings, message: EmailMessage) -> None:
    parts = urlsplit(settings.smtp_url)
    with smtplib.SMTP(parts.hostname or "127.0.0.1", parts.port or 25, timeout=20) as smtp:
        if parts.scheme == "smtp+starttls":
            smtp.starttls()
        if parts.username:
            smtp.login(parts.username, parts.password or "")
        smtp.send_message(message)
