"""Receipts: what a merchant keeps and a customer may ask for, 32 characters wide."""

from __future__ import annotations

from datetime import datetime

from terminal_sim.config import Enrolment
from terminal_sim.journal import Sale

WIDTH = 32
_TITLES = {
    "approved": "DEBIT",
    "collected": "DEBIT",
    "declined": "TRANSACTION REFUSEE",
    "reversed": "TRANSACTION ABANDONNEE",
    "reversing": "TRANSACTION ABANDONNEE",
    "canceled": "ANNULATION",
    "canceling": "ANNULATION",
    "sent": "EN COURS",
}
_COPIES = {"merchant": "TICKET COMMERCANT A CONSERVER", "customer": "TICKET CLIENT A CONSERVER"}


def receipt(sale: Sale, enrolment: Enrolment, copy: str) -> str:
    """The ticket of a sale; `copy` is "merchant" or "customer"."""
    at = datetime.fromisoformat(sale.at)
    lines = [
        _TITLES[sale.state].center(WIDTH),
        "CARTE BANCAIRE".center(WIDTH),
        enrolment.merchant_name[:WIDTH],
        enrolment.place[:WIDTH],
        _pair(f"LE {at:%d/%m/%y}", f"A {at:%H:%M:%S}"),
        _pair(sale.network, sale.masked.replace("•", "*")),
        _pair("AID", sale.aid),
        _pair("NO TRANSACTION", sale.number),
    ]
    if sale.authorization:
        lines.append(_pair("NO AUTORISATION", sale.authorization))
    if sale.response and sale.state == "declined":
        lines.append(_pair("CODE REPONSE", sale.response))
    if enrolment.statement_label:
        lines.append(_pair("RELEVE", enrolment.statement_label))
    lines += [_pair("MONTANT", f"{sale.amount / 100:.2f} EUR".replace(".", ",")), _COPIES[copy].center(WIDTH)]
    return "\n".join(lines)


def wanted(sale: Sale) -> tuple[str, ...]:
    """The copies printed without being asked: the customer's always for what did not end in a sale."""
    return ("merchant",) if sale.state in ("approved", "collected") else ("merchant", "customer")


def _pair(left: str, right: str) -> str:
    return left + right.rjust(max(WIDTH - len(left), len(right) + 1))
