"""Terminals (Terminal): enrolled with keys of their own, named, blocked, found by their code on the wire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from payments_core import chip_issuer, merchants
from payments_core.business_days import at_hour, paris_day
from payments_core.db import db, first, new_id
from payments_core.errors import Forbidden, InvalidRequest, NotFound
from payments_core.models import Merchant, Payment, Terminal, TerminalSale
from payments_core.money import numeric
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of

VAULT_PURPOSE = "terminal"
CURRENCY = "eur"
_MAC_BYTES, _PIN_BYTES = 16, 24
_NOTED = timedelta(minutes=1)  # a contact is written down at most this often
_COUNTED = ("authorized", "to_capture", "capture_sent", "captured", "disputed")


@dataclass(frozen=True)
class Keys:
    """A terminal's keys: AES for messages, triple DES for PIN blocks."""

    mac: bytes
    pin: bytes


def enrol(scope: Scope, name: str, place: str, suffix: str | None = None) -> tuple[Terminal, dict[str, Any]]:
    """A new terminal and, once, what it must know (docs/terminal-protocol.md). With `suffix` a repetition gives the same one.

    Raises InvalidRequest, Forbidden in live mode, where terminals are ordered and shipped.
    """
    if scope.live:
        raise Forbidden("Live terminals are ordered and shipped")
    name, place = _text("name", name), _text("place", place)
    known = db.session.get(Terminal, new_id("term", suffix)) if suffix else None
    if known is not None:
        db.session.commit()
        return known, _enrolment(scope, known)
    terminal_id = new_id("term", suffix)
    secret = secrets.token_bytes(_MAC_BYTES) + b"".join(_odd_parity(secrets.token_bytes(8)) for _ in range(3))
    terminal = Terminal(
        id=terminal_id,
        merchant_id=scope.merchant_id,
        live=scope.live,
        code=f"{secrets.randbelow(10**8):08d}",
        name=name,
        place=place,
        state="active",
        keys_sealed=runtime().vault.seal(VAULT_PURPOSE, secret, terminal_id),
        created_at=scope.now,
    )
    db.session.add(terminal)
    db.session.commit()
    return terminal, _enrolment(scope, terminal)


def get(scope: Scope, terminal_id: str) -> Terminal:
    """Raises NotFound."""
    terminal = db.session.get(Terminal, terminal_id)
    if terminal is None or terminal.merchant_id != scope.merchant_id or terminal.live != scope.live:
        raise NotFound("terminal", terminal_id)
    return terminal


def update(scope: Scope, terminal_id: str, *, name: str | None = None, state: str | None = None) -> Terminal:
    """Renames, blocks or unblocks. Raises NotFound, InvalidRequest."""
    terminal = get(scope, terminal_id)
    if name is not None:
        terminal.name = _text("name", name)
    if state is not None:
        if state not in ("active", "blocked"):
            raise InvalidRequest("state", "`state` is active or blocked")
        terminal.state = state
    db.session.commit()
    return terminal


def by_code(code: str) -> Terminal | None:
    """The terminal a message names in field 41."""
    return first(Terminal, Terminal.code == code)


def keys(terminal: Terminal) -> Keys:
    """In memory only."""
    secret = runtime().vault.open(VAULT_PURPOSE, terminal.keys_sealed, terminal.id)
    return Keys(secret[:_MAC_BYTES], secret[_MAC_BYTES : _MAC_BYTES + _PIN_BYTES])


def scope_for(terminal: Terminal) -> Scope:
    """The scope in which a terminal's messages act."""
    merchant = db.session.get(Merchant, terminal.merchant_id, populate_existing=True)
    assert merchant is not None
    return scope_of(merchant, terminal.live, runtime().clock(), f"terminal:{terminal.id}", "terminal")


def note_contact(terminal: Terminal, real_now: datetime) -> None:
    """Within the caller's transaction."""
    if terminal.last_contact_at is None or real_now - terminal.last_contact_at > _NOTED:
        terminal.last_contact_at = real_now


def merchant_code(terminal: Terminal) -> str:
    """Field 42: fifteen characters that name the merchant."""
    return terminal.merchant_id.rpartition("_")[2][:15]


def month_counts(scope: Scope, terminal_ids: list[str]) -> dict[str, int]:
    """Approved sales of the calendar month per terminal, without declines, cancellations and refunds in full."""
    begins = at_hour(paris_day(scope.now).replace(day=1), 0)
    statement = (
        select(TerminalSale.terminal_id, func.count())
        .join(Payment, Payment.id == TerminalSale.payment_id)
        .where(
            TerminalSale.terminal_id.in_(terminal_ids),
            Payment.created_at >= begins,
            Payment.status.in_(_COUNTED),
            Payment.refunded_amount < Payment.amount,
        )
        .group_by(TerminalSale.terminal_id)
    )
    return {str(terminal): int(count) for terminal, count in db.session.execute(statement)}


def _enrolment(scope: Scope, terminal: Terminal) -> dict[str, Any]:
    merchant = db.session.get(Merchant, scope.merchant_id)
    assert merchant is not None
    secret, config = keys(terminal), runtime().config
    return {
        "terminal": terminal.code,
        "merchant": merchant_code(terminal),
        "merchant_name": merchant.name,
        "statement_label": merchants.statement_label(merchant),
        "place": terminal.place,
        "currency": numeric(CURRENCY),
        "host": config.terminal_host,
        "port": config.terminal_port,
        "mac_key": secret.mac.hex().upper(),
        "pin_key": secret.pin.hex().upper(),
        "cards": chip_issuer.personalised(),
    }


def _text(field: str, value: str) -> str:
    value = value.strip()
    if not 1 <= len(value) <= 64:
        raise InvalidRequest(field, f"`{field}` has 1 to 64 characters")
    return value


def _odd_parity(key: bytes) -> bytes:
    """DES keys carry odd parity in the lowest bit of each byte (FIPS 46-3)."""
    return bytes(byte & 0xFE | (bin(byte >> 1).count("1") + 1) % 2 for byte in key)
