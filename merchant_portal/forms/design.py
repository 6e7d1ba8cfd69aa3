"""A form that is shown but never sent: the design page's sample."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from merchant_portal.i18n import LANGUAGES


class SampleForm(FlaskForm):
    """One field of each kind, one of them wrong."""

    wrong_message = lazy_gettext("Écrivez un montant comme 12,50.")
    name = StringField()
    wrong = StringField(default="12.5.0")
    choice = SelectField(choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()])
    agree = BooleanField()
