"""Addresses (wire contract 2.12)."""

from __future__ import annotations

from payments_core.api.schemas.base import AnyJson, Body, Text, country


class NewAddress(Body):
    """POST; there is no PATCH."""

    line1 = Text(1, 50)
    line2 = Text(1, 50)
    line3 = Text(1, 50)
    city = Text(1, 50, required=True, allow_none=False)
    zip_code = Text(2, 16, required=True, allow_none=False)
    country = country(required=True, allow_none=False)
    state = Text(1, 3)
    metadata = AnyJson()
