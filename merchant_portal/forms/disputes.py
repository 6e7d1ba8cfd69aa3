"""Proof against a dispute: words, one file at a time, and what kind of proof it is."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from merchant_portal.forms.keys import UUID
from merchant_portal.statuses import EVIDENCE_KINDS

_OF_FILE = frozenset({"file_type", "file_too_large", "file_empty", "too_many_files"})


class EvidenceForm(FlaskForm):
    """`key` is the file's idempotency key."""

    text = TextAreaField()  # its length is the core's rule
    kind = SelectField(choices=[SelectChoice(kind, label) for kind, label in EVIDENCE_KINDS.items()], default="receipt")
    file = FileField()
    key = HiddenField(validators=[UUID])

    def refuse(self, code: str, message: str) -> None:
        """The core's no, beside the field it is about."""
        field = self.file if code in _OF_FILE else self.text
        field.errors = [*field.errors, message]
