"""The base schema and the field types of the wire contract (2.1): lengths, whole amounts, currencies, ids, addresses.

A null means the same as an absent field, so every optional field takes it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, validate

from payments_core.api.problems import EXTRA, MISSING
from payments_core.money import CURRENCIES

_NOT_TEXT = frozenset({"Cc", "Cs"})  # control characters, and halves of surrogate pairs: PostgreSQL stores neither
_NOT_JSONB = re.compile("[\x00\ud800-\udfff]")
_ID = re.compile(r"[a-z]{2,8}_[A-Za-z0-9]{24}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_URL = re.compile(r"https://[^\s/?#\\@]+([/?#]\S*)?")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


@cache
def ready(schema: type[Schema], unknown: Literal["exclude", "raise", "include"], partial: bool = False) -> Schema:
    """One object per schema and setting: making one copies every field, which costs more than reading a body through it."""
    return schema(unknown=unknown, partial=partial)


class Body(Schema):
    """Base of every request body."""

    error_messages = {"unknown": EXTRA, "type": "must be a JSON object"}


class Text(fields.String):
    """Text of `shortest` to `longest` characters, without control characters."""

    allowed = ""

    def __init__(self, shortest: int, longest: int, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        length = validate.Length(shortest, longest, error=f"must have {shortest} to {longest} characters")
        super().__init__(validate=[length, *settings.pop("checks", ())], **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        assert text is not None
        if any(unicodedata.category(one) in _NOT_TEXT and one not in self.allowed for one in text):
            raise self.make_error("invalid_utf8")
        return text

    default_error_messages = {
        "required": MISSING,
        "invalid": "must be text",
        "invalid_utf8": "contains characters that are not allowed",
    }


class Prose(Text):
    """Text of several lines."""

    allowed = "\n\r\t"


class Digits(Text):
    """Digits given as text or, as some clients do, as a JSON number."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return super()._deserialize(value, attr, data, **rest)


class Whole(fields.Field[int]):
    """A whole number; integral floats such as 1990.0 are taken, as one client sends them."""

    default_error_messages = {"required": MISSING, "invalid": "must be a whole number"}

    def __init__(self, lowest: int, highest: int, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        span = validate.Range(lowest, highest, error=f"must be between {lowest} and {highest}")
        super().__init__(validate=span, **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class ShortList(fields.List[Any]):
    """A list, not looked into when it has more elements than any can need: each has its own say about what is wrong with it."""

    most = 100

    default_error_messages = {"too_many": f"must have at most {most} elements"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise self.make_error("too_many")
        return super()._deserialize(value, attr, data, **rest)


class Flag(fields.Field[bool]):
    """true or false."""

    default_error_messages = {"invalid": "must be true or false"}

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        super().__init__(**settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Currency(fields.String):
    """A currency code in any case; lower case from here on."""

    default_error_messages = {
        "invalid": "must be a currency code",
        "unknown": f"must be one of {', '.join(CURRENCIES)}",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        if text is None or text.lower() not in CURRENCIES:
            raise self.make_error("unknown")
        return text.lower()


class AnyJson(fields.Field[Any]):
    """Any JSON value that the database can keep: no zero characters, halves of surrogate pairs or infinite numbers."""

    default_error_messages = {"invalid": "contains characters or numbers that are not allowed"}

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        super().__init__(**settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        left = [value]
        while left:
            item = left.pop()
            if isinstance(item, dict):
                left += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                left += item
            elif not _can_be_kept(item):
                raise self.make_error("invalid")
        return value


class ObjectId(fields.String):
    """The id of an object with this prefix. An id of another form cannot exist, so it is refused as malformed."""

    default_error_messages = {
        "required": MISSING,
        "invalid": "must be an id",
        "form": "must be an id such as {example}",
    }

    def __init__(self, prefix: str, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        super().__init__(**settings)
        self.prefix = prefix

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        if text is None or not _ID.fullmatch(text):
            raise self.make_error("form", example=f"{self.prefix}_… with 24 letters and digits")
        return text


class ObjectOrId(fields.Field[Any]):
    """Either the id of an existing object or an object with its fields; unknown fields inside are treated as outside."""

    default_error_messages = {"invalid": "must be an id or an object"}

    def __init__(self, schema: type[Schema], prefix: str, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        super().__init__(**settings)
        self.schema = schema
        self.by_id = ObjectId(prefix)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        if isinstance(value, str):
            return self.by_id.deserialize(value, attr, data)
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        assert isinstance(self.parent, Schema)
        return ready(self.schema, self.parent.unknown).load(value)


class Part(fields.Field[dict[str, Any]]):
    """An object inside the body, with its own fields; unknown ones are treated as outside."""

    default_error_messages = {"invalid": "must be an object"}

    def __init__(self, schema: type[Schema]) -> None:
        super().__init__(allow_none=True)
        self.schema = schema

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        assert isinstance(self.parent, Schema)
        loaded: dict[str, Any] = ready(self.schema, self.parent.unknown).load(value)
        return loaded


def _can_be_kept(item: Any) -> bool:
    if isinstance(item, str):
        return _NOT_JSONB.search(item) is None
    return not isinstance(item, float) or math.isfinite(item)


def https_url(**settings: Any) -> Text:
    """An https address of at most 2048 characters, the strictest length among clients."""
    return Text(
        9, 2048, checks=[validate.Regexp(_URL, error="must be an address that starts with https://")], **settings
    )


def email() -> Text:
    """An e-mail address; only what every address has is checked."""
    return Text(5, 64, checks=[validate.Regexp(_EMAIL, error="must be an e-mail address")])


def country(**settings: Any) -> Text:
    """A two-letter country code."""
    return Text(2, 2, checks=[validate.Regexp(r"[A-Za-z]{2}$", error="must be a two-letter country code")], **settings)


def _near(value: date) -> None:
    """Calendars and time zones can be reckoned with in these years, and nobody means another."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValidationError(f"must be a day of the years {_FIRST_YEAR} to {_LAST_YEAR}")


class DayOrSeconds(fields.Field[datetime]):
    """A date as YYYY-MM-DD (midnight UTC) or unix seconds: clients send both in both versions. Gives an aware datetime."""

    default_error_messages = {"required": MISSING, "invalid": "must be a date such as 2026-01-31 or unix seconds"}

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("allow_none", True)
        super().__init__(validate=_near, **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> datetime:
        try:
            if isinstance(value, str):
                return datetime.combine(date.fromisoformat(value), time.min, UTC)
            if isinstance(value, int) and not isinstance(value, bool):
                return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise self.make_error("invalid") from error
        raise self.make_error("invalid")


def one_of(*values: str, **settings: Any) -> fields.String:
    """One of a few words."""
    settings.setdefault("allow_none", True)
    return fields.String(validate=validate.OneOf(values, error=f"must be one of {', '.join(values)}"), **settings)


def day() -> fields.Date:
    """A date as YYYY-MM-DD."""
    return fields.Date(
        format="iso",
        allow_none=True,
        validate=_near,
        error_messages={"invalid": "must be a date such as 2026-01-31"},
    )
