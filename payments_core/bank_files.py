"""The ISO 20022 documents exchanged with our bank: pain.001.001.09 written, pain.002.001.10 and camt.053.001.08 read.

Transfers follow the EPC's SEPA credit transfer customer-to-bank implementation guidelines (EPC132-08); the document is checked
against its schema before it leaves. An answer is read whole or refused whole: what is malformed changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt
from pyiso20022.pain.pain_002_001_10 import pain_002_001_10 as pain
from sepaxml import SepaTransfer
from sepaxml.validation import ValidationError
from xsdata.exceptions import ConverterError, ParserError
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.parsers.handlers import XmlEventHandler

from payments_core.bank import MAXIMUM_ANSWER_BYTES
from payments_core.errors import BankAnswerRefused, BankFileRefused

TRANSFER_SCHEMA = "pain.001.001.09"
ACCEPTED = frozenset({"ACTC", "ACCP", "ACSP", "ACWC", "ACSC"})  # ISO 20022 external payment status codes
REJECTED = "RJCT"
_PARTIAL = "PART"
_BOOKED = "BOOK"
_CODE = re.compile(r"[A-Z0-9]{1,4}")
_UNSPECIFIED = "MS03"
_STRICT = ParserConfig(
    fail_on_unknown_properties=True, fail_on_unknown_attributes=True, fail_on_converter_warnings=True
)


@dataclass(frozen=True)
class Account:
    """Our own account, debited by the transfers."""

    name: str
    iban: str


@dataclass(frozen=True)
class Transfer:
    """One transfer; `amount` in cents of EUR. `reference` is its EndToEndId."""

    reference: str
    amount: int
    name: str
    iban: str
    execution_day: date
    label: str | None = None  # by default the reference


@dataclass(frozen=True)
class Entry:
    """A booked line of a statement about something of ours. `returned` is the reason when the money went the other way."""

    reference: str
    amount: int  # cents of EUR
    booked_on: date
    credit: bool = False
    returned: str | None = None


class _Document(SepaTransfer):  # type: ignore[misc]
    """The library draws a message id of its own; ours was committed before."""

    def __init__(self, account: Account, message_id: str) -> None:
        self._ours = message_id
        settings = {"name": account.name, "IBAN": account.iban, "batch": True, "currency": "EUR"}
        super().__init__(settings, schema=TRANSFER_SCHEMA, clean=True)

    @property
    def msg_id(self) -> str:
        return self._ours

    @msg_id.setter
    def msg_id(self, _drawn: str) -> None:
        pass


def transfer_document(account: Account, message_id: str, transfers: Sequence[Transfer]) -> bytes:
    """A valid pain.001. Raises BankFileRefused when the schema refuses what a transfer holds."""
    document = _Document(account, message_id)
    for transfer in transfers:
        document.add_payment(
            {
                "name": transfer.name,
                "IBAN": transfer.iban,
                "amount": transfer.amount,
                "execution_date": transfer.execution_day,
                "description": transfer.label or transfer.reference,
                "endtoend_id": transfer.reference,
            }
        )
    try:
        return bytes(document.export(validate=True))
    except ValidationError as error:
        raise BankFileRefused(f"{TRANSFER_SCHEMA}: {error.__cause__ or error}") from error


def read_report(document: bytes, message_id: str, expected: Sequence[str]) -> dict[str, str | None]:
    """A pain.002 about our file: per expected reference None when accepted, else the reason of its rejection.

    Raises BankAnswerRefused for anything but a complete, unambiguous answer to this very file.
    """
    report = parse(document, pain.Document).cstmr_pmt_sts_rpt
    group = report.orgnl_grp_inf_and_sts
    if group.orgnl_msg_id != message_id:
        raise BankAnswerRefused(f"pain.002 answers {group.orgnl_msg_id!r}, not our file {message_id!r}")
    found: dict[str, str | None] = {}
    if group.grp_sts is not None and group.grp_sts != _PARTIAL:
        outcome = _outcome("the file", group.grp_sts, group.sts_rsn_inf)
        found = dict.fromkeys(expected, outcome)
    for payment in report.orgnl_pmt_inf_and_sts:
        for one in payment.tx_inf_and_sts:
            reference = one.orgnl_end_to_end_id
            if reference not in expected:
                raise BankAnswerRefused(f"pain.002 speaks of {reference!r}, which is not in the file {message_id}")
            found[reference] = _outcome(reference, one.tx_sts, one.sts_rsn_inf)
    missing = sorted(set(expected) - set(found))
    if missing:
        raise BankAnswerRefused(f"pain.002 gives no status for {', '.join(missing[:5])}")
    return found


def read_statement(document: bytes, since: date, until: date) -> list[Entry]:
    """The booked entries of a camt.053 that carry an EndToEndId. Raises BankAnswerRefused."""
    entries = []
    for statement in parse(document, camt.Document).bk_to_cstmr_stmt.stmt:
        for number, row in enumerate(statement.ntry, 1):
            if row.sts.cd == _BOOKED:
                entries += _entries(row, f"entry {number} of {statement.id}", since, until)
    return entries


def _entries(row: Any, where: str, since: date, until: date) -> list[Entry]:
    if row.bookg_dt is None or row.bookg_dt.dt is None:
        raise BankAnswerRefused(f"camt.053, {where}: no booking day")
    day = row.bookg_dt.dt.to_date()
    if not since <= day <= until:
        raise BankAnswerRefused(f"camt.053, {where}: booked on {day}, outside {since} to {until}")
    found = []
    for details in row.ntry_dtls:
        for one in details.tx_dtls:
            if one.refs is None or one.refs.end_to_end_id is None:
                continue
            amount = one.amt or row.amt
            credit = (one.cdt_dbt_ind or row.cdt_dbt_ind).value == "CRDT"
            reason = _reason(where, one.rtr_inf.rsn) if one.rtr_inf else None
            found.append(Entry(one.refs.end_to_end_id, _cents(amount, where), day, credit, reason))
    return found


def _cents(amount: Any, where: str) -> int:
    cents = Decimal(amount.value) * 100
    if not cents.is_finite() or amount.ccy != "EUR" or cents != cents.to_integral_value() or cents <= 0:
        raise BankAnswerRefused(f"camt.053, {where}: {amount.value} {amount.ccy} is no amount of euro cents")
    return int(cents)


def _outcome(what: str, status: str | None, reasons: Sequence[Any]) -> str | None:
    if status in ACCEPTED:
        return None
    if status != REJECTED:
        raise BankAnswerRefused(f"pain.002 says {status!r} of {what}, which is neither acceptance nor rejection")
    return _reason(what, next((one.rsn for one in reasons if one.rsn), None))


def _reason(what: str, given: Any) -> str:
    """The ISO 20022 code of a reason; a bank's own wording counts as "reason not specified"."""
    if given is None or given.cd is None:
        return _UNSPECIFIED
    if not _CODE.fullmatch(given.cd):
        raise BankAnswerRefused(f"the reason {given.cd!r} of {what} is no ISO 20022 code")
    return str(given.cd)


def parse(document: bytes, root: type[Any]) -> Any:
    """The document as objects. Strict: unknown elements, attributes, malformed values and document types are refused."""
    if len(document) > MAXIMUM_ANSWER_BYTES:
        raise BankAnswerRefused(f"the answer has {len(document)} bytes, more than {MAXIMUM_ANSWER_BYTES}")
    if b"<!DOCTYPE" in document:
        raise BankAnswerRefused("the answer declares a document type, which ISO 20022 documents never do")
    try:
        return XmlParser(config=_STRICT, handler=XmlEventHandler).from_bytes(document, root)
    except (ParserError, ConverterError, SyntaxError, ValueError, TypeError) as error:
        raise BankAnswerRefused(f"not a valid {root.__module__.rpartition('.')[2]}: {error}") from error
