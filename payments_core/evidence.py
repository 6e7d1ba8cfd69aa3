"""Proof against a dispute (Soumettre une preuve): words, files checked by their content, and a kit of facts we know ourselves.

All of it is a draft until it is sent; after that nothing can be added or taken away.
"""

from __future__ import annotations

import re
from typing import Any

import puremagic
from sqlalchemy import func, select

from payments_core import disputes, terminal_sales
from payments_core.db import db, new_id
from payments_core.errors import InvalidRequest, NotFound, WrongState
from payments_core.models import Address, Dispute, EvidenceFile, Payment, Terminal
from payments_core.scope import Scope

MAXIMUM_BYTES = 10 * 1024 * 1024
MAXIMUM_FILES = 10
MAXIMUM_TEXT = 20_000
KINDS = ("receipt", "delivery", "certificate", "messages", "other")
TYPES = ("application/pdf", "image/png", "image/jpeg")
# Beginning and end that a whole file of the type has; a cut one is no proof.
_FRAMES = {
    "application/pdf": (b"%PDF-", re.compile(rb"%%EOF\s*\Z")),
    "image/png": (b"\x89PNG\r\n\x1a\n", re.compile(rb"IEND\xaeB`\x82\Z")),
    "image/jpeg": (b"\xff\xd8\xff", re.compile(rb"\xff\xd9\s*\Z")),
}
_NAME_LENGTH = 120


def write(scope: Scope, dispute_id: str, text: str) -> Dispute:
    """Replaces the words of the draft. Raises NotFound, Conflict `not_open` and `out_of_time`, InvalidRequest."""
    if len(text) > MAXIMUM_TEXT:
        raise InvalidRequest("text", f"`text` has at most {MAXIMUM_TEXT} characters", code="text_too_long")
    dispute = _draft(scope, dispute_id)
    dispute.evidence_text = text
    db.session.commit()
    return dispute


def add_file(
    scope: Scope, dispute_id: str, name: str, kind: str, content: bytes, suffix: str | None = None
) -> EvidenceFile:
    """Keeps a piece of proof; its type is what its content says.

    Raises NotFound, Conflict `not_open` and `out_of_time`, InvalidRequest file_empty, file_too_large, file_type, too_many_files.
    """
    if kind not in KINDS:
        raise InvalidRequest("kind", f"`kind` is one of {', '.join(KINDS)}")
    media_type = _checked(content)
    dispute = _draft(scope, dispute_id)
    if suffix is not None and (known := db.session.get(EvidenceFile, new_id("evdf", suffix))) is not None:
        db.session.commit()
        return known
    if _count(dispute) >= MAXIMUM_FILES:
        raise InvalidRequest("file", "No more files fit", code="too_many_files", maximum=MAXIMUM_FILES)
    file = EvidenceFile(
        id=new_id("evdf", suffix),
        dispute_id=dispute.id,
        name=_plain_name(name),
        kind=kind,
        type=media_type,
        size=len(content),
        content=content,
        created_at=scope.now,
    )
    db.session.add(file)
    db.session.commit()
    return file


def get_file(scope: Scope, dispute_id: str, file_id: str) -> EvidenceFile:
    """Raises NotFound."""
    dispute = disputes.get(scope, dispute_id)
    file = db.session.get(EvidenceFile, file_id)
    if file is None or file.dispute_id != dispute.id:
        raise NotFound("file", file_id)
    return file


def remove_file(scope: Scope, dispute_id: str, file_id: str) -> None:
    """Takes a piece out of the draft; one that is gone already is no error. Raises NotFound, Conflict `not_open` and `out_of_time`."""
    dispute = _draft(scope, dispute_id)
    file = db.session.get(EvidenceFile, file_id)
    if file is not None and file.dispute_id == dispute.id:
        db.session.delete(file)
    db.session.commit()


def files(dispute: Dispute) -> list[EvidenceFile]:
    """In the order they were given, without their content."""
    statement = select(EvidenceFile).where(EvidenceFile.dispute_id == dispute.id)
    return list(db.session.scalars(statement.order_by(EvidenceFile.created_at, EvidenceFile.id)))


def send(scope: Scope, dispute_id: str) -> Dispute:
    """Sends the draft. Sent before, it stays as it is.

    Raises NotFound, IllegalTransition, Conflict `out_of_time`, InvalidRequest `nothing_to_send` without a word or a file.
    """
    dispute = disputes.locked_dispute(scope, dispute_id)
    if dispute.sent_at is not None:
        db.session.commit()
        return dispute
    disputes.check_in_time(scope, dispute)
    if dispute.status == "open" and not dispute.evidence_text.strip() and _count(dispute) == 0:
        raise InvalidRequest("evidence", "Write something or add a file first", code="nothing_to_send")
    disputes.send_evidence(scope, dispute)
    db.session.commit()
    return dispute


def kit(dispute: Dispute) -> list[dict[str, str]]:
    """What we know that speaks for the merchant, as {code, value}; facts that are not there are left out."""
    payment = dispute.payment
    customer, session, device = payment.customer, payment.authentication, payment.device or {}
    facts: dict[str, Any] = {
        "order_id": payment.order_id,
        "description": payment.description,
        "customer_name": customer.name if customer else None,
        "customer_email": customer.email if customer else None,
        "billing_address": _address(payment.billing_address_id),
        "shipping_address": _address(payment.shipping_address_id),
        "terminal": _receipt(payment),
        "paid_at": payment.paid_at.isoformat() if payment.paid_at else None,
        "authentication": session.status if session else None,
        "ip": device.get("ip"),
        "refunds": payment.refunded_amount or None,
        "boutique": payment.boutique,
    }
    return [{"code": code, "value": str(value)} for code, value in facts.items() if value]


def _address(address_id: str | None) -> str | None:
    """In one line."""
    found = db.session.get(Address, address_id) if address_id else None
    if found is None:
        return None
    parts = (found.line1, found.line2, found.line3, f"{found.zip_code} {found.city}", found.country)
    return ", ".join(part for part in parts if part)


def _receipt(payment: Payment) -> str | None:
    """What the terminal's receipt says of a sale at the counter: transaction, terminal, application of the chip, entry mode."""
    sale = terminal_sales.of_payment(payment.id) if payment.source == "terminal" else None
    terminal = db.session.get(Terminal, sale.terminal_id) if sale is not None else None
    if sale is None or terminal is None:
        return None
    return " · ".join(part for part in (sale.number, terminal.code, sale.aid, sale.entry) if part)


def note(dispute_id: str) -> str:
    """What the scheme gets to read: the words and the names of the files."""
    dispute = db.session.get(Dispute, dispute_id)
    assert dispute is not None
    return "\n".join([dispute.evidence_text, *(file.name for file in files(dispute))])


def _draft(scope: Scope, dispute_id: str) -> Dispute:
    dispute = disputes.locked_dispute(scope, dispute_id)
    if dispute.status != "open":
        db.session.commit()
        raise WrongState("not_open", "dispute", dispute.status, "be given proof", ["open"])
    disputes.check_in_time(scope, dispute)
    return dispute


def _count(dispute: Dispute) -> int:
    statement = select(func.count()).select_from(EvidenceFile).where(EvidenceFile.dispute_id == dispute.id)
    return db.session.scalar(statement) or 0


def _checked(content: bytes) -> str:
    """The media type of the content."""
    if not content:
        raise InvalidRequest("file", "The file is empty", code="file_empty")
    if len(content) > MAXIMUM_BYTES:
        raise InvalidRequest("file", "The file is too large", code="file_too_large", maximum_bytes=MAXIMUM_BYTES)
    try:
        found = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    begins, ends = _FRAMES.get(found, (b"", re.compile(rb"(?!)")))
    if not (content.startswith(begins) and ends.search(content[-64:])):
        raise InvalidRequest("file", "Only whole PDF, PNG and JPEG files", code="file_type", allowed=list(TYPES))
    return found


def _plain_name(name: str) -> str:
    """The last part of what was given, without control characters or what a file system or header gives a meaning to."""
    last = re.split(r"[\\/]", name)[-1]
    plain = re.sub(r'[\x00-\x1f\x7f"<>:|?*;]', "", last).strip(". ")
    return plain[-_NAME_LENGTH:] or "preuve"
