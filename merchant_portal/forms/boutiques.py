"""Creating and deleting a boutique."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from merchant_portal.forms import fields
from merchant_portal.forms.keys import UUID


class CommandForm(FlaskForm):
    """A button; `command` makes a double click one command."""

    command = HiddenField(validators=[UUID])


class CreateForm(CommandForm):
    """The name in front of the platform's domain."""

    name = StringField(filters=[fields.stripped], validators=[fields.required(lazy_gettext("Indiquez un nom."))])


class DeleteForm(CommandForm):
    """The name typed again, because nothing else stops a slip of the hand."""

    typed = StringField(filters=[fields.lowered])
