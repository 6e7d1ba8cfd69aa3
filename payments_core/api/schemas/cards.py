"""Cards (wire contract 2.4). Number, expiry and code are checked by the domain, in one place for API and page."""

from __future__ import annotations

from payments_core.api.schemas.base import Body, Digits, Flag, ObjectId, Text, Whole, one_of

NETWORKS = ("national", "visa", "mastercard")
_LONGEST_TYPED_NUMBER = 40  # spaces and dashes included


def _month(**settings: bool) -> Whole:
    return Whole(1, 12, **settings)


def _year(**settings: bool) -> Whole:
    return Whole(2000, 2100, **settings)


class CardV1(Body):
    """A new card."""

    number = Digits(13, _LONGEST_TYPED_NUMBER, required=True, allow_none=False)
    exp_month = _month(required=True, allow_none=False)
    exp_year = _year(required=True, allow_none=False)
    cvc = Digits(3, 4)
    name = Text(3, 64)
    tokenize = Flag()
    zip_code = Text(2, 8)  # v2 allows 16, but lib-php cannot read more than 8 back
    external_id = Text(1, 36)
    preferred_network = one_of(*NETWORKS)


class NestedCardV1(CardV1):
    """Inside a v1 payment; with an `id`, the other fields change that card."""

    id = ObjectId("card")
    number = Digits(13, _LONGEST_TYPED_NUMBER)
    exp_month = _month()
    exp_year = _year()


class CardV2(CardV1):
    """v2: may belong to a customer; the national network is preferred unless said otherwise."""

    customer = ObjectId("cust")
    preferred_network = one_of(*NETWORKS, load_default="national")


class CardChangesV1(Body):
    """PATCH in v1."""

    exp_month = _month()
    exp_year = _year()
    name = Text(3, 64)
    zip_code = Text(2, 8)
    external_id = Text(1, 36)


class CardChangesV2(Body):
    """PATCH in v2: the name is fixed."""

    exp_month = _month()
    exp_year = _year()
    zip_code = Text(2, 8)
    external_id = Text(1, 36)
