"""The filters of Mes Paiements, read from and written to addresses, and the rows of list and CSV from one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from merchant_portal import formats, statuses

PAGE = 25
LONGEST_SEARCH = 120


@dataclass(frozen=True)
class Filters:
    """`status` is a key of statuses.FILTERS or empty; days are ISO dates or empty."""

    q: str = ""
    status: str = ""
    first: str = ""
    last: str = ""

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.q, self.status, self.first, self.last))

    def query(self) -> dict[str, str]:
        """For the core. Days are Paris days; the core takes both ends as included."""
        wanted = ",".join(statuses.FILTERS[self.status][1]) if self.status else ""
        return {"q": self.q, "status": wanted, "from": self.first, "to": self.last}

    def address(self, **changes: str) -> dict[str, str]:
        """For url_for: the filters, with some changed; empty ones are left out."""
        changed = replace(self, **changes)
        pairs = {"q": changed.q, "statut": changed.status, "du": changed.first, "au": changed.last}
        return {name: value for name, value in pairs.items() if value}


def read(arguments: MultiDict[str, str]) -> Filters:
    """What makes no sense is ignored, not refused: an address may be old or shortened."""
    status = arguments.get("statut", "")
    return Filters(
        q=arguments.get("q", "").strip()[:LONGEST_SEARCH],
        status=status if status in statuses.FILTERS else "",
        first=_day(arguments.get("du")),
        last=_day(arguments.get("au")),
    )


def _day(text: str | None) -> str:
    try:
        return date.fromisoformat(text or "").isoformat()
    except ValueError:
        return ""


def customer(item: dict[str, Any]) -> str:
    """Name or e-mail; data not sent to us is named as such, not left blank."""
    found = item.get("customer") or {}
    return found.get("name") or found.get("email") or gettext("non transmis")


def reference(item: dict[str, Any]) -> str:
    """The merchant's own reference: order, else its unique id."""
    return item.get("order_id") or item.get("unique_id") or ""


def method(item: dict[str, Any]) -> str:
    """Visa •••• 4242, or the method's name."""
    card = item.get("card")
    if card:
        return f"{(card.get('brand') or gettext('Carte')).capitalize()} •••• {card.get('last4', '')}"
    return {"sepa": gettext("Prélèvement SEPA"), "card": gettext("Carte")}.get(item.get("method") or "", "—")


def source(item: dict[str, Any]) -> str:
    """Where the payment came from."""
    names = {"api": gettext("API"), "page": gettext("Page de paiement"), "boutique": gettext("Boutique")}
    return names.get(item.get("source") or "", item.get("source") or "")


def header() -> list[str]:
    """Columns of the CSV, in the list's order."""
    return [
        gettext("Date"), gettext("Identifiant"), gettext("Statut"), gettext("Montant"), gettext("Devise"), gettext("Remboursé"),
        gettext("Référence"), gettext("Client"), gettext("Moyen"), gettext("Source"),
    ]  # fmt: skip


def row(item: dict[str, Any]) -> list[str]:
    """One line of the CSV: the list's values, amounts as plain numbers."""
    currency = item["currency"]
    return [
        formats.date_time(item["created_at"]), item["id"], str(statuses.payment(item["status"]).label),
        formats.plain_amount(item["amount"], currency), currency.upper(), formats.plain_amount(item["refunded"], currency),
        reference(item), customer(item), method(item), source(item),
    ]  # fmt: skip
