"""The bank account as typed: IBAN and its holder, checked, and given back with what is wrong field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from payments_core import sepa_accounts
from payments_core.errors import InvalidRequest
from payments_core.sepa_accounts import SepaAccountInput

_LONGEST = 80
_HOLDER_LENGTH = range(3, 65)  # wire contract 2.5


@dataclass(frozen=True)
class DebitForm:
    """What was typed. Spaces in the IBAN are as good as none."""

    iban: str = field(default="", repr=False)
    holder: str = ""

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> DebitForm:
        """From form fields; missing ones are empty."""
        iban, holder = (" ".join(typed.get(name, "")[:_LONGEST].split()) for name in ("iban", "holder"))
        return cls(iban, holder)

    def check(self) -> tuple[SepaAccountInput | None, dict[str, str]]:
        """The account, or which text (error.…) belongs to which field."""
        errors = {name: f"{name}_missing" for name in ("iban", "holder") if not getattr(self, name)}
        if self.iban and (problem := _iban_problem(self.iban)):
            errors["iban"] = problem
        if self.holder and not (len(self.holder) in _HOLDER_LENGTH and self.holder.isprintable()):
            errors["holder"] = "holder_invalid"
        return (None, errors) if errors else (SepaAccountInput(iban=self.iban, name=self.holder), {})


def _iban_problem(text: str) -> str | None:
    try:
        sepa_accounts.checked_iban(text)
    except InvalidRequest as error:
        return "iban_foreign" if error.code == "iban_outside_sepa" else "iban_invalid"
    return None
