"""The bank we simulate: takes pain.001 files, answers in pain.002, shows what it booked in camt.053.

It keeps its own table on its own connection, as a distant bank would, and speaks only in documents. A file sent again under the
same message id gets the same answer and moves nothing twice. What happens to a transfer follows the account number of the
French IBAN it goes to: one that ends in an ISO 20022 reason code (…AC04) is rejected with it, one that ends in R and a reason
(…RAC04) is booked and comes back with it on the next TARGET day; every other is booked on its execution day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as order
from pyiso20022.pain.pain_002_001_10 import pain_002_001_10 as pain
from sqlalchemy import Connection, Engine, or_, select
from sqlalchemy.dialects.postgresql import insert
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

from payments_core.bank_files import TRANSFER_SCHEMA, parse
from payments_core.business_days import next_target_day
from payments_core.clock import Clock
from payments_core.db import db
from payments_core.models import SimulatorTransfer

_SCRIPTED = re.compile(r"FR\d{2}\d{10}[0-9A-Z]*?(?P<back>R?)(?P<reason>[A-Z]{2}\d{2})\d{2}")


class BankSimulator:
    """Implements the bank's door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def transfer(self, message_id: str, account: str, document: bytes) -> bytes:
        with _engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for values in _transfers(message_id, account, document):
                connection.execute(insert(SimulatorTransfer).values(**values).on_conflict_do_nothing())
            statement = select(SimulatorTransfer.end_to_end_id, SimulatorTransfer.rejected).where(
                SimulatorTransfer.message_id == message_id
            )
            rows = connection.execute(statement.order_by(SimulatorTransfer.end_to_end_id)).all()
        return self._report(message_id, [(row.end_to_end_id, row.rejected) for row in rows])

    def statement(self, message_id: str, account: str, since: date, until: date) -> bytes:
        with _engine().connect() as connection:
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

    def _report(self, message_id: str, outcomes: Sequence[tuple[str, str | None]]) -> bytes:
        body = pain.Document(
            cstmr_pmt_sts_rpt=pain.CustomerPaymentStatusReportV10(
                grp_hdr=pain.GroupHeader86(msg_id=f"R-{message_id}"[:35], cre_dt_tm=_moment(self._clock())),
                orgnl_grp_inf_and_sts=pain.OriginalGroupHeader17(
                    orgnl_msg_id=message_id, orgnl_msg_nm_id=TRANSFER_SCHEMA, grp_sts="PART"
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
            script = _SCRIPTED.fullmatch(one.cdtr_acct.id.iban)
            reason, back = (script["reason"], bool(script["back"])) if script else (None, False)
            found.append(
                {
                    "end_to_end_id": one.pmt_id.end_to_end_id,
                    "message_id": message_id,
                    "account": account,
                    "amount": int(one.amt.instd_amt.value * 100),
                    "name": one.cdtr.nm,
                    "iban": one.cdtr_acct.id.iban,
                    "rejected": None if back else reason,
                    "returned": reason if back else None,
                    "booked_on": day if back or reason is None else None,
                    "returned_on": next_target_day(day) if back else None,
                }
            )
    return found


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
    booked = camt.DateAndDateTime2Choice(dt=XmlDate.from_date(day))
    return camt.ReportEntry10(
        amt=amount,
        cdt_dbt_ind=camt.CreditDebitCode.CRDT if returned else camt.CreditDebitCode.DBIT,
        sts=camt.EntryStatus1Choice(cd="BOOK"),
        bookg_dt=booked,
        val_dt=booked,
        bk_tx_cd=camt.BankTransactionCodeStructure4(prtry=camt.ProprietaryBankTransactionCodeStructure1(cd="SCT")),
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


def _engine() -> Engine:
    return db.engine
