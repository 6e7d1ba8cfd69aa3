"""Sign-up, sign-in, new password."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, PasswordField, StringField
from wtforms.validators import ValidationError

from merchant_portal import passwords
from merchant_portal.forms import fields
from merchant_portal.wordings import sentence

_EMAIL = lazy_gettext("Indiquez votre adresse e-mail.")
_PASSWORD = lazy_gettext("Indiquez un mot de passe.")


class SignUpForm(FlaskForm):
    """A new account. The bank account is where payouts will go; it can be changed later."""

    email = StringField(filters=[fields.lowered], validators=[fields.required(_EMAIL), fields.email])
    password = PasswordField(validators=[fields.required(_PASSWORD)])
    company = StringField(
        filters=[fields.stripped], validators=[fields.required(lazy_gettext("Indiquez le nom de votre entreprise."))]
    )
    siren = StringField(
        filters=[fields.stripped],
        validators=[fields.required(lazy_gettext("Indiquez le SIREN de votre entreprise.")), fields.siren_number],
    )
    iban = StringField(
        filters=[fields.stripped],
        validators=[fields.required(lazy_gettext("Indiquez l’IBAN de votre compte.")), fields.sepa_iban],
    )
    terms = BooleanField()

    def validate_password(self, field: Field) -> None:
        """Long enough and not what a guesser tries first."""
        weakness = passwords.weakness(field.data, self.email.data or "", self.company.data or "")
        if weakness:
            raise ValidationError(sentence(weakness))

    def validate_company(self, field: Field) -> None:
        """Two to 64 characters: the name is shown to payers."""
        if not 2 <= len(field.data) <= 64:
            raise ValidationError(lazy_gettext("Donnez entre 2 et 64 caractères : vos clients liront ce nom."))

    def validate_terms(self, field: Field) -> None:
        """Must be ticked."""
        if not field.data:
            raise ValidationError(lazy_gettext("Cochez la case pour accepter les conditions et ouvrir le compte."))


class SignInForm(FlaskForm):
    """No check of form beyond presence: the answer must not tell a wrong shape from a wrong address."""

    email = StringField(filters=[fields.lowered], validators=[fields.required(_EMAIL)])
    password = PasswordField(validators=[fields.required(_PASSWORD)])


class ForgottenForm(FlaskForm):
    """Where to send the link."""

    email = StringField(filters=[fields.lowered], validators=[fields.required(_EMAIL), fields.email])


class NewPasswordForm(FlaskForm):
    """Typed once, shown on demand: two fields only teach people to paste."""

    password = PasswordField(validators=[fields.required(_PASSWORD)])

    def validate_password(self, field: Field) -> None:
        """The rules of sign-up, without what we know of the person."""
        weakness = passwords.weakness(field.data)
        if weakness:
            raise ValidationError(sentence(weakness))


class PlainForm(FlaskForm):
    """A button: only the CSRF token."""
