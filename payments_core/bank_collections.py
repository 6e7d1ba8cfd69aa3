"""The ISO 20022 document that collects money: pain.008.001.08, by the EPC's SEPA Core direct debit guidelines (EPC130-08).

The library has the messages before and after version 08 but not 08 itself; what a direct debit uses is the same in 09, so the document
is built from 09 under the name of 08 and checked against the schema of 08 before it leaves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from pyiso20022.pain.pain_008_001_09 import pain_008_001_09 as pain
from sepaxml.validation import ValidationError, try_valid_xml
from text_unidecode import unidecode
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

from payments_core.bank_files import Account, parse
from payments_core.errors import BankFileRefused

SCHEMA = "pain.008.001.08"
_BUILT_FROM = "pain.008.001.09"
_FOREIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")


@dataclass(frozen=True)
class Collection:
    """One direct debit; `amount` in cents of EUR. `reference` is its EndToEndId."""

    reference: str
    amount: int
    name: str
    iban: str
    collection_on: date
    sequence: str  # FRST, RCUR or OOFF
    rum: str
    signed_on: date
    creditor: str  # the merchant, as ultimate creditor
    label: str


def collection_document(
    account: Account, creditor_id: str, message_id: str, collections: Sequence[Collection], now: datetime
) -> bytes:
    """A valid pain.008, one block per day and sequence type. Raises BankFileRefused when the schema refuses what one holds."""
    kinds = sorted(collections, key=lambda one: (one.collection_on, one.sequence, one.reference))
    blocks = [list(group) for _, group in groupby(kinds, key=lambda one: (one.collection_on, one.sequence))]
    body = pain.Document(
        cstmr_drct_dbt_initn=pain.CustomerDirectDebitInitiationV09(
            grp_hdr=pain.GroupHeader83(
                msg_id=message_id,
                cre_dt_tm=XmlDateTime.from_datetime(now.replace(microsecond=0)),
                nb_of_txs=str(len(collections)),
                ctrl_sum=_total(collections),
                initg_pty=pain.PartyIdentification135(nm=_text(account.name, 70)),
            ),
            pmt_inf=[_block(account, creditor_id, f"{message_id[:32]}-{n}", one) for n, one in enumerate(blocks, 1)],
        )
    )
    document = XmlSerializer().render(body, ns_map={None: f"urn:iso:std:iso:20022:tech:xsd:{_BUILT_FROM}"})
    encoded = document.replace(_BUILT_FROM, SCHEMA).encode()
    try:
        try_valid_xml(encoded, SCHEMA)
    except ValidationError as error:
        raise BankFileRefused(f"{SCHEMA}: {error.__cause__ or error}") from error
    return encoded


def read_collections(document: bytes) -> Any:
    """The payment blocks of a pain.008 of ours. Raises BankAnswerRefused for anything else."""
    named = document.replace(SCHEMA.encode(), _BUILT_FROM.encode())
    return parse(named, pain.Document).cstmr_drct_dbt_initn.pmt_inf


def _block(account: Account, creditor_id: str, block_id: str, group: Sequence[Collection]) -> pain.PaymentInstruction37:
    scheme = pain.GenericPersonIdentification1(
        id=creditor_id, schme_nm=pain.PersonIdentificationSchemeName1Choice(prtry="SEPA")
    )
    return pain.PaymentInstruction37(
        pmt_inf_id=block_id,
        pmt_mtd=pain.PaymentMethod2Code.DD,
        nb_of_txs=str(len(group)),
        ctrl_sum=_total(group),
        pmt_tp_inf=pain.PaymentTypeInformation29(
            svc_lvl=[pain.ServiceLevel8Choice(cd="SEPA")],
            lcl_instrm=pain.LocalInstrument2Choice(cd="CORE"),
            seq_tp=pain.SequenceType3Code(group[0].sequence),
        ),
        reqd_colltn_dt=XmlDate.from_date(group[0].collection_on),
        cdtr=pain.PartyIdentification135(nm=_text(account.name, 70)),
        cdtr_acct=_account(account.iban),
        cdtr_agt=_UNKNOWN_BANK,
        chrg_br=pain.ChargeBearerType1Code.SLEV,
        cdtr_schme_id=pain.PartyIdentification135(
            id=pain.Party38Choice(prvt_id=pain.PersonIdentification13(othr=[scheme]))
        ),
        drct_dbt_tx_inf=[_transaction(one) for one in group],
    )


def _transaction(one: Collection) -> pain.DirectDebitTransactionInformation23:
    mandate = pain.MandateRelatedInformation14(mndt_id=one.rum, dt_of_sgntr=XmlDate.from_date(one.signed_on))
    return pain.DirectDebitTransactionInformation23(
        pmt_id=pain.PaymentIdentification6(end_to_end_id=one.reference),
        instd_amt=pain.ActiveOrHistoricCurrencyAndAmount(value=Decimal(one.amount) / 100, ccy="EUR"),
        drct_dbt_tx=pain.DirectDebitTransaction10(mndt_rltd_inf=mandate),
        ultmt_cdtr=pain.PartyIdentification135(nm=_text(one.creditor, 70)),
        dbtr_agt=_UNKNOWN_BANK,
        dbtr=pain.PartyIdentification135(nm=_text(one.name, 70)),
        dbtr_acct=_account(one.iban),
        rmt_inf=pain.RemittanceInformation16(ustrd=[_text(one.label, 140)]),
    )


def _account(iban: str) -> pain.CashAccount38:
    return pain.CashAccount38(id=pain.AccountIdentification4Choice(iban=iban))


# The IBAN alone tells the bank (regulation 260/2012, article 5).
_UNKNOWN_BANK = pain.BranchAndFinancialInstitutionIdentification6(
    fin_instn_id=pain.FinancialInstitutionIdentification18(othr=pain.GenericFinancialIdentification1(id="NOTPROVIDED"))
)


def _total(collections: Sequence[Collection]) -> Decimal:
    return Decimal(sum(one.amount for one in collections)) / 100


def _text(text: str, longest: int) -> str:
    """In the letters every bank of the area can write (EPC217-08); a slash neither first, last nor doubled."""
    plain = re.sub(r"/{2,}", "/", _FOREIGN.sub(" ", unidecode(text)))
    return plain[:longest].strip(" /") or "-"
