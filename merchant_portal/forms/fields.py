"""Checks shared by forms. Messages say how to fix, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext, lazy_gettext
from schwifty import IBAN
from schwifty import exceptions as iban_errors
from stdnum import exceptions as number_errors
from stdnum.fr import siren
from wtforms import Field, Form
from wtforms.validators import StopValidation, ValidationError

Check = Callable[[Form, Field], None]


def required(message: Any) -> Check:
    """The field must hold something; stops the field's other checks."""

    def check(_: Form, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(str(message))

    check.field_flags = {"required": True}  # type: ignore[attr-defined]  WTForms reads it: aria and HTML know
    return check


def stripped(value: str | None) -> str | None:
    """Spaces around are nobody's intention."""
    return value.strip() if value else value


def lowered(value: str | None) -> str | None:
    """E-mail addresses are compared in lower case."""
    return value.strip().lower() if value else value


def email(_: Form, field: Field) -> None:
    """A complete address; whether it exists is proven by the mailed link."""
    try:
        found = validate_email(field.data, check_deliverability=False)
    except EmailNotValidError as err:
        raise ValidationError(gettext("Indiquez une adresse complète, comme nom@exemple.fr.")) from err
    field.data = found.normalized.lower()


def siren_number(_: Form, field: Field) -> None:
    """Nine digits whose check digit holds (INSEE)."""
    digits = "".join(char for char in field.data if char.isalnum())
    if len(digits) == 14 and digits.isdigit():
        raise ValidationError(gettext("C’est un SIRET : le SIREN en est les 9 premiers chiffres."))
    try:
        field.data = siren.validate(digits)
    except number_errors.InvalidChecksum as err:
        raise ValidationError(
            gettext("Un chiffre ne va pas : relisez le SIREN sur votre extrait Kbis ou votre avis SIRENE.")
        ) from err
    except number_errors.ValidationError as err:
        raise ValidationError(gettext("Un SIREN a 9 chiffres, par exemple 732 829 320.")) from err


def sepa_iban(_: Form, field: Field) -> None:
    """A bank account in the SEPA area whose check digits hold."""
    text = "".join(field.data.split()).upper()
    if not text[:2].isalpha():
        raise ValidationError(gettext("Un IBAN commence par deux lettres de pays, comme FR."))
    try:
        found = IBAN(text, validate_bban=True)
    except iban_errors.SchwiftyException as err:
        raise ValidationError(_iban_problem(err)) from err
    if not found.in_sepa_zone:
        raise ValidationError(gettext("Ce compte n’est pas dans la zone SEPA : nous ne pourrions pas y virer d’euros."))
    field.data = found.compact


_IBAN_PROBLEMS: tuple[tuple[type[Exception], Any], ...] = (
    (iban_errors.InvalidCountryCode, lazy_gettext("Un IBAN commence par deux lettres de pays, comme FR.")),
    (iban_errors.InvalidLength, lazy_gettext("Il manque des caractères ou il y en a trop : un IBAN français en a 27.")),
    (
        iban_errors.InvalidStructure,
        lazy_gettext("Un caractère n’est pas à sa place : recopiez l’IBAN depuis votre RIB."),
    ),
)


def _iban_problem(error: Exception) -> str:
    for kind, message in _IBAN_PROBLEMS:
        if isinstance(error, kind):
            return str(message)
    return gettext("Un chiffre ne va pas : recopiez l’IBAN depuis votre RIB, le collage est permis.")
