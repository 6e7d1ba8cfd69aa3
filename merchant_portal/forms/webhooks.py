"""A webhook: its address, the events it hears of, and the renewal of its secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Regexp

from merchant_portal.forms import fields
from merchant_portal.forms.keys import UUID

OVERLAPS = {  # seconds for which the former secret goes on signing
    "86400": lazy_gettext("L’ancien reste valable 24 heures"),
    "3600": lazy_gettext("L’ancien reste valable 1 heure"),
    "604800": lazy_gettext("L’ancien reste valable 7 jours"),
    "0": lazy_gettext("L’ancien cesse tout de suite (secret divulgué)"),
}
_OF_EVENTS = frozenset({"unknown_event_type", "no_event_type"})


class WebhookForm(FlaskForm):
    """`events` are nouns ("payment.*") and types; none chosen means all. `key` makes a repeated post one webhook."""

    url = StringField(
        filters=[fields.stripped],
        validators=[
            fields.required(
                lazy_gettext("Indiquez l’adresse de votre serveur, par exemple https://exemple.fr/webhook.")
            ),
            Length(max=2048, message=lazy_gettext("Restez à 2048 caractères au plus.")),
            Regexp(
                r"^https://[^\s/?#\\@]+([/?#]\S*)?$", message=lazy_gettext("L’adresse doit commencer par https://.")
            ),
        ],
    )
    events = SelectMultipleField(validate_choice=False)  # the core knows every type
    enabled = BooleanField()
    key = HiddenField(validators=[UUID])

    def chosen(self) -> list[str] | None:
        """What the core is told; None for all. A type whose whole noun is chosen says nothing more."""
        wanted: Sequence[str] = self.events.data or []
        whole = {name.removesuffix("*") for name in wanted if name.endswith(".*")}
        return [name for name in wanted if name.endswith(".*") or f"{name.partition('.')[0]}." not in whole] or None

    def refuse(self, code: str, message: str) -> None:
        """The core's no, beside the field it is about."""
        field = self.events if code in _OF_EVENTS else self.url
        field.errors = [*field.errors, message]


class RotationForm(FlaskForm):
    """For how long the former secret goes on signing."""

    overlap = SelectField(
        choices=[SelectChoice(seconds, label) for seconds, label in OVERLAPS.items()], default="86400"
    )
    key = HiddenField(validators=[UUID])


class ActForm(FlaskForm):
    """An act by one click; `key` makes a double click one act."""

    key = HiddenField(validators=[UUID])


def form_of(webhook: Mapping[str, Any]) -> WebhookForm:
    """The form as the webhook is now."""
    return WebhookForm(formdata=None, url=webhook["url"], events=webhook["events"] or [], enabled=webhook["enabled"])
