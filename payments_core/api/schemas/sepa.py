"""SEPA accounts, their checks and mandates (wire contract 2.5)."""

from __future__ import annotations

from marshmallow import ValidationError, validate, validates_schema

from payments_core.api.schemas.base import Body, DayOrSeconds, Flag, ObjectId, Part, Text, Whole, day, one_of

_RUM = validate.Regexp(
    r"(?!/)(?!.*//)[A-Za-z0-9+?/:().,' -]+(?<!/)\Z",
    error="may hold letters, digits and + ? - / : ( ) . , ' only, a slash neither first, last nor doubled (EPC217-08, 1.4)",
)


def _rum(longest: int, shortest: int = 3) -> Text:
    return Text(shortest, longest, checks=[_RUM])


class SepaChanges(Body):
    """PATCH, both versions."""

    name = Text(3, 64)
    bic = Text(8, 11)
    mandate = _rum(35)
    date_mandate = DayOrSeconds()
    date_birth = day()


class NewSepa(SepaChanges):
    """POST. Spaces in the IBAN are ignored."""

    iban = Text(12, 50, required=True, allow_none=False)
    name = Text(3, 64, required=True, allow_none=False)


class NewSepaV2(NewSepa):
    """v2: may belong to a customer."""

    customer = ObjectId("cust")


class NestedSepa(NewSepa):
    """Inside a payment; in v1, with an `id`, the other fields change that account."""

    id = ObjectId("sepa")
    iban = Text(12, 50)
    name = Text(3, 64)


class NestedSepaV2(NewSepaV2):
    """Inside a v2 payment."""


class Person(Body):
    """Who is thought to hold an account."""

    first_name = Text(1, 64, required=True, allow_none=False)
    last_name = Text(1, 64, required=True, allow_none=False)
    date_birth = day()


class Company(Body):
    """The company that is thought to hold an account."""

    identifier = Text(3, 32, required=True, allow_none=False)
    country_code = one_of("FR", "IT", required=True, allow_none=False)


class NewCheck(NestedSepa):
    """POST …/check: a stored account, a new one, or (v2) an IBAN with the person or company thought to hold it."""

    person = Part(Person)
    company = Part(Company)

    @validates_schema
    def name_one(self, data: dict[str, object], **_: object) -> None:
        if data.get("person") is not None and data.get("company") is not None:
            raise ValidationError("holds a person or a company, not both", "company")
        if data.get("id") is None and data.get("iban") is None:
            raise ValidationError("field required", "iban")


class WantedScore(Body):
    """POST …/check/generate: the score a test IBAN shall produce."""

    score = Whole(0, 100, required=True, allow_none=False)


class MandateChanges(Body):
    """PATCH."""

    rum = _rum(24)
    signed_at = DayOrSeconds()


class NewMandate(MandateChanges):
    """POST. Without `signed_at` the payer signs at `sign_url`; `recurrent` false is good for one collection."""

    sepa = ObjectId("sepa", required=True, allow_none=False)
    recurrent = Flag()
