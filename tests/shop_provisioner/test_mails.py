"""The outbox: every language complete, one Message-ID for ever, sent at least once, no password stored."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from shop_provisioner import boutique, clock, mails, steps
from shop_provisioner.provisioner import Provisioner
from tests.shop_provisioner.factories import make_boutique
from tests.shop_provisioner.lab import Catcher, free_port


@pytest.fixture
def inbox(provisioner: Provisioner) -> Iterator[Catcher]:
    catcher, port = Catcher(), free_port()
    controller = Controller(catcher, hostname="127.0.0.1", port=port)
    controller.start()
    provisioner.settings = replace(provisioner.settings, smtp_url=f"smtp://127.0.0.1:{port}")
    yield catcher
    controller.stop()


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "mot de passe"), ("en", "password"), ("it", "password"), ("de", "mot")]
)
def test_the_credentials_mail_says_everything_in_text_and_html(
    provisioner: Provisioner, inbox: Catcher, language: str, word: str
) -> None:
    row = make_boutique(provisioner, language=language, domain="chez-lea.localhost", owner_name="Léa & Cie <3")
    steps.announce(provisioner, row.id)
    steps.announce(provisioner, row.id)
    assert mails.send_due(provisioner) == 1
    message = read(inbox.messages[0])
    password = boutique.admin_password(provisioner.settings, row.id, row.nonce)
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        content = part.get_content()
        for needed in ("https://chez-lea.localhost:8443/gestion/", "lea@example.fr", password, word):
            assert needed.lower() in content.lower()
        assert ("<3" in content) == (kind == "plain")
    assert message["To"] == "lea@example.fr"
    assert message["Message-ID"].endswith("@comptoir.example>")
    with provisioner.session() as session:
        stored = str(session.execute(text("SELECT mail::text, boutique::text FROM mail, boutique")).all())
    assert password not in stored


def test_a_mail_that_could_not_leave_goes_later_under_the_same_message_id(provisioner: Provisioner) -> None:
    row = make_boutique(provisioner)
    steps.announce(provisioner, row.id)
    assert mails.send_due(provisioner) == 0
    assert mails.send_due(provisioner) == 0
    with provisioner.session() as session:
        attempts, wanted = session.execute(text("SELECT attempts, message_id FROM mail")).one()
    assert attempts == 1
    catcher, port = Catcher(), free_port()
    controller = Controller(catcher, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        provisioner.settings = replace(provisioner.settings, smtp_url=f"smtp://127.0.0.1:{port}")
        provisioner.clock = lambda: clock.utc_now() + timedelta(minutes=1)
        assert mails.send_due(provisioner) == 1
        assert mails.send_due(provisioner) == 0
    finally:
        controller.stop()
    assert read(catcher.messages[0])["Message-ID"] == wanted
