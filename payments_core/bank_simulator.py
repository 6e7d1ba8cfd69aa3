"""The bank we simulate: takes pain.001 files, answers in pain.002, shows what it booked in camt.053.

It keeps its own table on its own connection, as a distant bank would, and speaks only in documents. A file sent again under the
same message id gets the same answer and moves nothing twice. What becomes of a transfer or collection follows the IBAN of the other
side, by the table of bank_test_accounts.py; whatever is not in it is booked on its day.

Asked who holds an account, it finds every claim true, except for accounts of the test bank 88888, whose number is the score.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import schwifty
from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as order
from pyiso20022.pain.pain_002_001_10 import pain_002_001_10 as pain
from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects.postgresql import insert
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

from payments_core.bank import Holder, HolderClaim
from payments_core.bank_collections import SCHEMA as COLLECTION_SCHEMA
from payments_core.bank_collections import read_collections
from payments_core.bank_files import TRANSFER_SCHEMA, parse
from payments_core.bank_test_accounts import FATES, Fate
from payments_core.business_days import next_target_day
from payments_core.clock import Clock
from payments_core.db import AT_ONCE, db
from payments_core.models import SimulatorTransfer

_GOOD = 60  # from this score on the bank confirms what was claimed
_TEST_BANK = "88888"
_SCORED = re.compile(rf"FR\d{{2}}{_TEST_BANK}\d{{5}}000SCORE(?P<score>\d{{3}})\d{{2}}")


class BankSimulator:
    """Implements the bank's door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def transfer(self, message_id: str, account: str, document: bytes) -> bytes:
        return self._take(message_id, _transfers(message_id, account, document), TRANSFER_SCHEMA)

    def collect(self, message_id: str, account: str, document: bytes) -> bytes:
        return self._take(message_id, _collections(message_id, account, document), COLLECTION_SCHEMA)

    def verify(self, iban: str, claim: HolderClaim) -> Holder:
        scripted = _SCORED.fullmatch(iban)
        score = min(int(scripted["score"]), 100) if scripted else 100
        good, is_company = score >= _GOOD, claim.kind == "company"
        return Holder(
            score=score,
            score_name=score if claim.name else None,
            birth_date_valid=good if claim.date_birth else None,
            existing_account=score > 0,
            correct_holder_type=good,
            valid_identifier=good if is_company else None,
        )

    def _take(self, message_id: str, found: Sequence[dict[str, Any]], schema: str) -> bytes:
        with db.engines[AT_ONCE].connect() as connection:
            for values in found:
                connection.execute(insert(SimulatorTransfer).values(**values).on_conflict_do_nothing())
            statement = select(SimulatorTransfer.end_to_end_id, SimulatorTransfer.rejected).where(
                SimulatorTransfer.message_id == message_id
            )
            rows = connection.execute(statement.order_by(SimulatorTransfer.end_to_end_id)).all()
        return self._report(message_id, [(row.end_to_end_id, row.rejected) for row in rows], schema)

    def statement(self, message_id: str, account: str, since: date, until: date) -> bytes:
        with db.engines[AT_ONCE].connect() as connection:
            rows = _booked(connection, account, since, until)
        entries = [
            _entry(row, row.booked_on, None) for row in rows if row.booked_on and since <= row.booked_on <= until
        ]
        entries += [
            _entry(row, row.returned_on, row.returned)
            for row in rows
            if row.returned_on and since <= row.returned_on <= until
        ]
        moment = _moment(self._clock())
        body = camt.Document(
            bk_to_cstmr_stmt=camt.BankToCustomerStatementV08(
                grp_hdr=camt.GroupHeader81(msg_id=message_id, cre_dt_tm=moment),
                stmt=[
                    camt.AccountStatement9(
                        id=message_id,
                        cre_dt_tm=moment,
                        acct=camt.CashAccount39(
                            id=camt.AccountIdentification4Choice(
                                othr=camt.GenericAccountIdentification1(id=account[:34])
                            )
                        ),
                        bal=[_balance(entries, until)],
                        ntry=entries,
                    )
                ],
            )
        )
        return _xml(body, "camt.053.001.08")

    def _report(self, message_id: str, outcomes: Sequence[tuple[str, str | None]], schema: str) -> bytes:
        body = pain.Document(
            cstmr_pmt_sts_rpt=pain.CustomerPaymentStatusReportV10(
                grp_hdr=pain.GroupHeader86(msg_id=f"R-{message_id}"[:35], cre_dt_tm=_moment(self._clock())),
                orgnl_grp_inf_and_sts=pain.OriginalGroupHeader17(
                    orgnl_msg_id=message_id, orgnl_msg_nm_id=schema, grp_sts="PART"
                ),
                orgnl_pmt_inf_and_sts=[
                    pain.OriginalPaymentInstruction32(
                        orgnl_pmt_inf_id=message_id,
                        tx_inf_and_sts=[_status(reference, reason) for reference, reason in outcomes],
                    )
                ],
            )
        )
        return _xml(body, "pain.002.001.10")


def _transfers(message_id: str, account: str, document: bytes) -> list[dict[str, Any]]:
    """What a pain.001 asks for, with what will become of it."""
    found = []
    for group in parse(document, order.Document).cstmr_cdt_trf_initn.pmt_inf:
        day = group.reqd_exctn_dt.dt.to_date()
        for one in group.cdt_trf_tx_inf:
            found.append(
                {
                    "end_to_end_id": one.pmt_id.end_to_end_id,
                    "message_id": message_id,
                    "account": account,
                    "collection": False,
                    "amount": int(one.amt.instd_amt.value * 100),
                    "name": one.cdtr.nm,
                    "iban": one.cdtr_acct.id.iban,
                    **_what_becomes_of_it(_fate(one.cdtr_acct.id.iban, "transfer"), day),
                }
            )
    return found


def _collections(message_id: str, account: str, document: bytes) -> list[dict[str, Any]]:
    """The same for a pain.008."""
    found = []
    for group in read_collections(document):
        day = group.reqd_colltn_dt.to_date()
        for one in group.drct_dbt_tx_inf:
            found.append(
                {
                    "end_to_end_id": one.pmt_id.end_to_end_id,
                    "message_id": message_id,
                    "account": account,
                    "collection": True,
                    "amount": int(one.instd_amt.value * 100),
                    "name": one.dbtr.nm,
                    "iban": one.dbtr_acct.id.iban,
                    **_what_becomes_of_it(_fate(one.dbtr_acct.id.iban, "collection"), day),
                }
            )
    return found


def _fate(iban: str, direction: str) -> Fate | None:
    account = FATES.get(iban)
    fate: Fate | None = getattr(account, direction) if account is not None else None
    return fate


def _what_becomes_of_it(fate: Fate | None, day: date) -> dict[str, Any]:
    """Columns of a transfer or collection asked for a day."""
    if fate is None:
        return {"rejected": None, "returned": None, "booked_on": day, "returned_on": None}
    if fate.rejected:
        return {"rejected": fate.reason, "returned": None, "booked_on": None, "returned_on": None}
    back_on = next_target_day(day + timedelta(days=fate.after_days))
    return {"rejected": None, "returned": fate.reason, "booked_on": day, "returned_on": back_on}


def _booked(connection: Connection, account: str, since: date, until: date) -> Sequence[Any]:
    statement = select(SimulatorTransfer.__table__).where(
        SimulatorTransfer.account == account,
        or_(SimulatorTransfer.booked_on.between(since, until), SimulatorTransfer.returned_on.between(since, until)),
    )
    return connection.execute(statement.order_by(SimulatorTransfer.end_to_end_id)).all()


def _status(reference: str, reason: str | None) -> pain.PaymentTransaction105:
    if reason is None:
        return pain.PaymentTransaction105(orgnl_end_to_end_id=reference, tx_sts="ACSP")
    why = pain.StatusReasonInformation12(rsn=pain.StatusReason6Choice(cd=reason))
    return pain.PaymentTransaction105(orgnl_end_to_end_id=reference, tx_sts="RJCT", sts_rsn_inf=[why])


def _entry(row: Any, day: date, returned: str | None) -> camt.ReportEntry10:
    amount = camt.ActiveOrHistoricCurrencyAndAmount(value=Decimal(row.amount) / 100, ccy="EUR")
    back = camt.PaymentReturnReason5(rsn=camt.ReturnReason5Choice(cd=returned)) if returned else None
    family = camt.ProprietaryBankTransactionCodeStructure1(cd="SDD" if row.collection else "SCT")
    booked = camt.DateAndDateTime2Choice(dt=XmlDate.from_date(day))
    return camt.ReportEntry10(
        amt=amount,
        cdt_dbt_ind=camt.CreditDebitCode.CRDT if row.collection is (returned is None) else camt.CreditDebitCode.DBIT,
        sts=camt.EntryStatus1Choice(cd="BOOK"),
        bookg_dt=booked,
        val_dt=booked,
        bk_tx_cd=camt.BankTransactionCodeStructure4(prtry=family),
        ntry_dtls=[
            camt.EntryDetails9(
                tx_dtls=[
                    camt.EntryTransaction10(
                        refs=camt.TransactionReferences6(end_to_end_id=row.end_to_end_id), amt=amount, rtr_inf=back
                    )
                ]
            )
        ],
    )


def _balance(entries: Sequence[camt.ReportEntry10], until: date) -> camt.CashBalance8:
    """The closing booked balance: what the entries add up to."""
    total = sum(
        (entry.amt.value if entry.cdt_dbt_ind is camt.CreditDebitCode.CRDT else -entry.amt.value for entry in entries),
        Decimal(0),
    )
    return camt.CashBalance8(
        tp=camt.BalanceType13(cd_or_prtry=camt.BalanceType10Choice(cd="CLBD")),
        amt=camt.ActiveOrHistoricCurrencyAndAmount(value=abs(total), ccy="EUR"),
        cdt_dbt_ind=camt.CreditDebitCode.CRDT if total >= 0 else camt.CreditDebitCode.DBIT,
        dt=camt.DateAndDateTime2Choice(dt=XmlDate.from_date(until)),
    )


def _moment(now: datetime) -> XmlDateTime:
    return XmlDateTime.from_datetime(now.replace(microsecond=0))


def _xml(document: Any, name: str) -> bytes:
    namespaces = {None: f"urn:iso:std:iso:20022:tech:xsd:{name}"}
    return XmlSerializer().render(document, ns_map=namespaces).encode()


def iban_scoring(score: int) -> str:
    """A test IBAN whose holder is confirmed with this score, 0 to 100."""
    return str(
        schwifty.IBAN.generate("FR", bank_code=_TEST_BANK, branch_code="00000", account_code=f"000SCORE{score:03}")
    )
