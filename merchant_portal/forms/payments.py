"""Refund and capture. Amounts are typed in the reader's way and become minor units once."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Regexp

from merchant_portal.formats import parse_amount
from merchant_portal.forms.keys import UUID
from merchant_portal.wordings import sentence


class _AmountForm(FlaskForm):
    """A typed amount in the payment's currency, and the form's idempotency key."""

    amount = StringField()
    key = HiddenField(validators=[UUID])

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.chosen = 0  # minor units, once validated

    def refuse(self, message: str) -> None:
        """The core's no, beside the field it is about."""
        self.amount.errors = [*self.amount.errors, message]

    def _read_amount(self) -> bool:
        found = parse_amount(self.amount.data or "", self.currency)
        if found is None:
            self.refuse(sentence("amount_malformed"))
            return False
        self.chosen = found
        return True


class CaptureForm(_AmountForm):
    """All or part of the authorized amount."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Reads the amount."""
        return super().validate(extra_validators) and self._read_amount()


class RefundForm(_AmountForm):
    """`total` is the refundable amount that was shown; the core says no when it is another one meanwhile."""

    kind = RadioField(choices=[SelectChoice("total"), SelectChoice("partial")], default="total")
    total = HiddenField(validators=[Regexp(r"[0-9]{1,10}\Z")])

    @property
    def seen(self) -> int:
        """Minor units that were shown as refundable, of a valid form."""
        return int(self.total.data or 0)

    def validate(self, extra_validators: Any = None) -> bool:
        """Reads the amount. Whether it is too much only the core knows: a repeated form must get its first answer again."""
        if not super().validate(extra_validators):
            return False
        if self.kind.data == "partial":
            return self._read_amount()
        self.chosen = self.seen
        if self.chosen <= 0:
            self.refuse(sentence("nothing_left"))
        return self.chosen > 0
