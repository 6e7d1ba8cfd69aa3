"""From a message to its answer: who speaks, is it authentic, is it well formed, then the domain function it asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pyemv import tlv

from payments_core import telecollection, terminal_sales, terminals
from payments_core.acquirer import CardPresent
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable, Conflict, Forbidden, InvalidRequest, NotFound, PaymentsError
from payments_core.models import Terminal
from payments_core.money import numeric
from payments_core.runtime import runtime
from payments_core.scope import Scope
from payments_core.telecollection import Totals
from payments_core.terminal_host import wire
from payments_core.terminal_host.wire import Question, Refusal
from payments_core.terminal_sales import NewSale
from payments_core.terminals import Keys

log = logging.getLogger(__name__)

_ECHO = "301"
# Domain error: response code. What is not listed is a fault of ours, 96.
_CODES: tuple[tuple[type[PaymentsError], str], ...] = (
    (NotFound, "25"),
    (InvalidRequest, "13"),
    (Forbidden, "58"),
    (AcquirerUnavailable, "91"),
    (Conflict, "94"),
)


def reply(raw: bytes) -> bytes:
    """The answer to one message, within an application context. Raises wire.Unreadable when there can be none."""
    question = wire.read(raw)
    terminal = terminals.by_code(question.fields.get("41", ""))
    if terminal is None:
        log.warning("a %s names no known terminal", question.kind)
        return wire.answer(question, "03", None)
    keys = terminals.keys(terminal)
    try:
        wire.check_mac(question, keys.mac)
        wire.check_format(question)
        _check_parties(question, terminal)
        terminals.note_contact(terminal, runtime().clock())
        db.session.commit()
        return _HANDLERS[question.kind](question, terminal, keys)
    except Refusal as refusal:
        db.session.rollback()
        log.warning("terminal %s: %s refused: %s", terminal.code, question.kind, refusal)
        # Whoever cannot sign gets no signature from us either.
        return wire.answer(question, refusal.code, None if refusal.code == "63" else keys.mac, f44=refusal.text)
    except PaymentsError as error:
        db.session.rollback()
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "96")
        log.warning("terminal %s: %s answered %s: %s", terminal.code, question.kind, code, error.code)
        return wire.answer(question, code, keys.mac)
    except Exception:  # the terminal must hear something; the trace says what to repair
        db.session.rollback()
        log.exception("terminal %s: %s failed", terminal.code, question.kind)
        return wire.answer(question, "96", keys.mac)


def _check_parties(question: Question, terminal: Terminal) -> None:
    if terminal.state == "blocked":
        raise Refusal("58", "terminal blocked")
    if question.fields.get("42", terminals.merchant_code(terminal)) != terminals.merchant_code(terminal):
        raise Refusal("03", "field 42")
    if question.fields.get("49", numeric(terminals.CURRENCY)) != numeric(terminals.CURRENCY):
        raise Refusal("30", "field 49: currency")


def _echo(question: Question, terminal: Terminal, keys: Keys) -> bytes:
    if question.fields["70"] != _ECHO:
        raise Refusal("12", "field 70")
    return wire.answer(question, "00", keys.mac)


def _authorize(question: Question, terminal: Terminal, keys: Keys) -> bytes:
    fields, scope = question.fields, _scope(terminal)
    if fields["3"] != "000000" or fields["22"] != "051":
        raise Refusal("12", "fields 3, 22")
    present = CardPresent(icc_data=fields["55"], pin=wire.pin(question, keys.pin))
    new = NewSale(
        number=fields["37"],
        amount=int(fields["4"]),
        card_number=fields["2"],
        exp_month=int(fields["14"][2:]),
        exp_year=2000 + int(fields["14"][:2]),
        aid=_aid(fields["55"]),
        entry=fields["22"],
        present=present,
    )
    answer = terminal_sales.sell(scope, terminal, new)
    # Approvals of every kind are 00 to a terminal, and it knows no code of more than two characters.
    code = "00" if answer.approved else answer.response if len(answer.response) == 2 else "05"
    return wire.answer(question, code, keys.mac, f38=answer.authorization_code, f55=answer.issuer_data)


def _reverse(question: Question, terminal: Terminal, keys: Keys) -> bytes:
    terminal_sales.reverse(_scope(terminal), terminal, question.fields["37"])
    return wire.answer(question, "00", keys.mac)


def _upload(question: Question, terminal: Terminal, keys: Keys) -> bytes:
    fields = question.fields
    telecollection.upload(_scope(terminal), terminal, fields["60"], fields["37"], int(fields["4"]))
    return wire.answer(question, "00", keys.mac)


def _close(question: Question, terminal: Terminal, keys: Keys) -> bytes:
    fields = question.fields
    claimed = Totals(int(fields["76"]), int(fields["88"]))
    agreed, ours = telecollection.close(_scope(terminal), terminal, fields["60"], claimed)
    return wire.answer(question, "00" if agreed else "95", keys.mac, f76=f"{ours.count:010d}", f88=f"{ours.total:016d}")


def _scope(terminal: Terminal) -> Scope:
    return terminals.scope_for(terminal)


def _aid(icc_data: str) -> str:
    """Tag 84, the application the chip chose; empty when it is not there (the cryptogram's check then refuses)."""

    try:
        return bytes(tlv.decode(bytes.fromhex(icc_data), flatten=True).get("84", b"")).hex().upper()[:32]
    except tlv.DecodeError:
        return ""


_HANDLERS: dict[str, Callable[[Question, Terminal, Keys], bytes]] = {
    "0800": _echo,
    "0100": _authorize,
    "0400": _reverse,
    "0320": _upload,
    "0500": _close,
}
