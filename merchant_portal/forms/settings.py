"""What a merchant sets for all of its payments."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length, Optional, Regexp

from merchant_portal.forms import fields

LABEL_LENGTH = 22


class StatementForm(FlaskForm):
    """The label on payers' bank statements; empty: made from the merchant's name."""

    label = StringField(
        filters=[fields.stripped, lambda value: value.upper() if value else value],
        validators=[
            Optional(),
            Length(max=LABEL_LENGTH, message=lazy_gettext("Restez à 22 caractères au plus.")),
            Regexp(
                r"^(?=.*[A-Z])[A-Z0-9](?:[A-Z0-9 .,'*/+-]*[A-Z0-9.*+])?$",
                message=lazy_gettext(
                    "Des lettres sans accent, des chiffres et . , ' * / + - seulement, dont une lettre."
                ),
            ),
        ],
    )
