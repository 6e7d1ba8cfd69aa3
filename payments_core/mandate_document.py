"""The mandate as a PDF, with what the SEPA Core rulebook wants on it (section 4.7.2), in the merchant's language.

The words are those of the payment page, where the payer signs the same mandate; the door that asks hands them in.
"""

from __future__ import annotations

from collections.abc import Mapping

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from payments_core import merchants, sepa_accounts
from payments_core.business_days import paris_day
from payments_core.models import Mandate
from payments_core.runtime import runtime
from payments_core.scope import Scope

_LANGUAGES = frozenset({"fr", "en", "it"})


def language_of(scope: Scope) -> str:
    """fr, en or it: what the merchant reads."""
    spoken = merchants.get(scope.merchant_id).language[:2]
    return spoken if spoken in _LANGUAGES else "fr"


def pdf(scope: Scope, mandate: Mandate, words: Mapping[str, str]) -> bytes:
    """A4, one page. `words` are the page's texts. The IBAN is shown in full: this is the payer's own document."""
    merchant = merchants.get(scope.merchant_id)
    account, config = mandate.sepa_account, runtime().config
    page = FPDF(format="A4")
    page.core_fonts_encoding = "cp1252"  # what _plain leaves, typographic apostrophes among it
    page.set_title(f"{words['mandate.title']} {mandate.rum}")
    page.set_lang(language_of(scope))
    page.set_margin(20)
    page.add_page()
    page.set_font("helvetica", "B", 18)
    page.cell(0, 14, _plain(words["mandate.title"]), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("helvetica", "", 10)
    consent = words["mandate.consent"].format(creditor=config.payout_account_name, merchant=merchant.name)
    page.multi_cell(0, 5.5, _plain(consent), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(4)
    rows = [
        ("mandate.rum", mandate.rum),
        ("mandate.creditor", f"{config.payout_account_name}, {config.sepa_creditor_id}"),
        ("mandate.merchant", merchant.name),
        ("mandate.holder", account.name),
        ("mandate.iban", _grouped(sepa_accounts.iban_of(account))),
        ("mandate.bic", account.bic or ""),
        ("mandate.kind", words["mandate.recurrent" if mandate.recurrent else "mandate.one_off"]),
        ("mandate.signed", f"{paris_day(mandate.signed_at):%d/%m/%Y}" if mandate.signed_at else ""),
    ]
    with page.table(col_widths=(35, 65), first_row_as_headings=False, line_height=7.5) as table:
        for label, value in rows:
            row = table.row()
            row.cell(_plain(words[label]))
            row.cell(_plain(value))
    if mandate.signed_at is None:
        page.ln(10)
        page.cell(0, 8, _plain(words["mandate.place_to_sign"]), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        page.cell(0, 28, "", border=1)
    return bytes(page.output())


def _plain(text: str) -> str:
    """The standard fonts of PDF know the Western European letters, which SEPA names are in (EPC217-08)."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _grouped(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
