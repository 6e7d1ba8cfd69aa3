"""The card form as typed: parsed, checked, and given back with what is wrong field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from payments_core import bins, card_rules
from payments_core.bins import BRAND, NATIONAL
from payments_core.card_rules import CardInput
from payments_core.errors import InvalidRequest
from payments_core.scope import Scope

_EXPIRY = re.compile(r"\s*(\d{1,2})\s*[/.\- ]?\s*(\d{2}|\d{4})\s*", re.ASCII)
_LONGEST = 40  # nobody types more into any of these fields
_ERRORS = {"bad_card_number": "number_invalid", "bad_expiry": "expiry_invalid", "card_expired": "expiry_past"}


@dataclass(frozen=True)
class CardForm:
    """What was typed; the security code is never shown again. `save` is the consent to keep the card."""

    number: str = field(default="", repr=False)
    expiry: str = ""
    cvc: str = field(default="", repr=False)
    network: str = NATIONAL
    save: bool = False

    @classmethod
    def read(cls, typed: Mapping[str, str], network: str = NATIONAL) -> CardForm:
        """From form fields; missing ones are empty, and a network that was not chosen is the merchant's."""
        number, expiry, cvc = (typed.get(name, "").strip()[:_LONGEST] for name in ("number", "expiry", "cvc"))
        chosen = typed.get("network")
        network = chosen if chosen in (NATIONAL, BRAND) else network
        return cls(number, expiry, cvc, network=network, save=bool(typed.get("save")))

    def check(self, scope: Scope, *, must_save: bool = False) -> tuple[CardInput | None, dict[str, str]]:
        """The card, or which text (error.…) belongs to which field. `must_save`: the card is given to be kept."""
        errors = {name: f"{name}_missing" for name in ("number", "expiry", "cvc") if not getattr(self, name)}
        if must_save and not self.save:
            errors["save"] = "save_missing"
        found = _EXPIRY.fullmatch(self.expiry)
        if self.expiry and found is None:
            errors["expiry"] = "expiry_invalid"
        month, year = (int(found[1]), _whole_year(found[2])) if found else (1, 2000)
        _note(errors, "number", lambda: card_rules.checked_number(self.number))
        _note(errors, "expiry", lambda: card_rules.check_expiry(scope, month, year))
        if self.cvc and not (self.cvc.isascii() and self.cvc.isdigit() and 3 <= len(self.cvc) <= 4):
            errors["cvc"] = "cvc_invalid"
        if errors:
            return None, errors
        network = self._network()
        return CardInput(self.number, month, year, cvc=self.cvc, preferred_network=network, tokenize=False), {}

    def _network(self) -> str | None:
        """The network chosen for a co-badged card, None for any other."""
        known = bins.details(card_rules.checked_number(self.number))
        choice = bins.networks(known.brand, known.network)
        return choice[self.network == BRAND] if choice else None


def error_of(error: InvalidRequest) -> dict[str, str]:
    """The field and text of what the domain refused later: the code's length depends on the card's brand."""
    return {"cvc": "cvc_invalid"} if error.code == "bad_cvc" else {"number": "number_invalid"}


def _whole_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _note(errors: dict[str, str], name: str, check: object) -> None:
    if name in errors:
        return
    assert callable(check)
    try:
        check()
    except InvalidRequest as error:
        errors[name] = _ERRORS[error.code]
