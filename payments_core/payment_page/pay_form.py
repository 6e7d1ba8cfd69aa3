"""The page's one form: which way to pay, and the fields of that way.

A way is "card", "sepa" or the id of a saved card. Only the fields of the chosen way count; what was typed into the others stays in
the browser's form and is otherwise forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from payments_core import bins
from payments_core.bins import NATIONAL
from payments_core.card_rules import CardInput
from payments_core.models import Card
from payments_core.page_payments import SavedCard
from payments_core.payment_page.card_form import CardForm
from payments_core.payment_page.debit_form import DebitForm
from payments_core.payment_page.visits import Visit
from payments_core.sepa_accounts import SepaAccountInput

Given = CardInput | SavedCard | SepaAccountInput


@dataclass(frozen=True)
class PayForm:
    """As typed. `networks` are the choices made on co-badged saved cards, by the card's id."""

    way: str
    card: CardForm = field(default_factory=CardForm)
    debit: DebitForm = field(default_factory=DebitForm)
    networks: Mapping[str, str] = field(default_factory=dict)
    preferred: str = NATIONAL  # the merchant's choice on co-badged cards

    @classmethod
    def fresh(cls, seen: Visit, *, after_decline: bool = False) -> PayForm:
        """Before anything is typed: the first saved card, or another one once that was declined; the holder is the customer."""
        ways = seen.ways
        way = "card" if after_decline and "card" in ways else ways[0] if ways else ""
        customer = seen.payment.customer
        holder = (customer.name or "") if customer is not None else ""
        preferred = seen.merchant.preferred_network
        return cls(way, CardForm(network=preferred), DebitForm(holder=holder), preferred=preferred)

    @classmethod
    def read(cls, typed: Mapping[str, str], seen: Visit) -> PayForm:
        """From form fields. Without a way it is the only one there is, or a card."""
        networks = {card.id: typed.get(f"network_{card.id}", "") for card in seen.saved_cards}
        way = typed.get("method") or ("card" if "card" in seen.ways else "sepa")
        preferred = seen.merchant.preferred_network
        return cls(way, CardForm.read(typed, preferred), DebitForm.read(typed), networks, preferred)

    def check(self, seen: Visit) -> tuple[Given | None, dict[str, str]]:
        """What to pay with, or which text (error.…) belongs to which field."""
        if self.way == "sepa":
            return self.debit.check()
        if self.way == "card":
            return self.card.check(seen.scope, must_save=seen.verifies)
        return SavedCard(self.way, self.networks.get(self.way)), {}

    @property
    def saves(self) -> bool:
        """Whether the payer agreed to have the typed card kept."""
        return self.way == "card" and self.card.save

    def network_of(self, card: Card) -> str:
        """The network marked for a saved card: as just chosen, as chosen last time, or the merchant's."""
        return self.networks.get(card.id) or card.preferred_network or self.preferred


def networks_of(card: Card) -> tuple[str, ...]:
    """What the payer of a saved card may choose from; empty unless it is co-badged."""
    return bins.networks(card.brand, card.network)
