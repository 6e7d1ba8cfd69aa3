"""A new pair of keys."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Regexp

from merchant_portal.forms import fields
from merchant_portal.key_access import LABELS

# The core's idempotency keys and our command ids are UUIDs made with the form: a double click is one request.
UUID = Regexp(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class KeyForm(FlaskForm):
    """`access` is what the secret key may do; `key` makes a repeated post give the same pair."""

    name = StringField(
        filters=[fields.stripped],
        validators=[
            fields.required(lazy_gettext("Donnez un nom à cette paire, par exemple « Site » ou « Comptabilité ».")),
            Length(max=60, message=lazy_gettext("Restez à 60 caractères au plus.")),
        ],
    )
    access = SelectField(
        choices=[SelectChoice(choice, label) for choice, label in LABELS.items()], default="everything"
    )
    key = HiddenField(validators=[UUID])
