"""How money, dates and durations are shown and read, in the reader's language and Europe/Paris."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask import Flask
from flask_babel import get_locale, gettext

PARIS = ZoneInfo("Europe/Paris")
_GROUPED = re.compile(r"^\d{1,3}([ .,'’]\d{3})+$")


def exponent(currency: str) -> int:
    """Digits after the point: EUR 2, JPY 0, KWD 3."""
    return numbers.get_currency_precision(currency.upper())


def money(amount: int, currency: str = "eur", signed: bool = False) -> str:
    """12 345,67 € from minor units. `signed` puts a sign before positive amounts too."""
    value = Decimal(amount).scaleb(-exponent(currency))
    text = numbers.format_currency(abs(value), currency.upper(), locale=get_locale())
    sign = "−" if amount < 0 else "+" if signed and amount > 0 else ""
    return sign + text


def rate(value: str, currency: str) -> str:
    """1 USD = 0,8712 €: an acquirer's exchange rate, with the decimals it has. A line may break before the equals sign alone."""
    return f"1\N{NO-BREAK SPACE}{currency.upper()} =\N{NO-BREAK SPACE}{plain_rate(value)}\N{NO-BREAK SPACE}€"


def plain_rate(value: str) -> str:
    """The rate as a CSV holds it: the language's decimal sign, no zeros at the end."""
    return numbers.format_decimal(Decimal(value), format="0.########", locale=get_locale())


def plain_amount(amount: int, currency: str = "eur") -> str:
    """The amount as a form or a CSV holds it: no currency, no grouping, the language's decimal sign."""
    value = Decimal(amount).scaleb(-exponent(currency))
    pattern = "0." + "0" * exponent(currency) if exponent(currency) else "0"
    return numbers.format_decimal(value, format=pattern, locale=get_locale())


def parse_amount(text: str, currency: str = "eur") -> int | None:
    """Minor units of "12,50", "12.50", "1 234,50" or "€ 12"; None when it is no positive amount of this currency."""
    kept = re.sub(r"[\s\u00a0\u202f€]", "", text)
    if _GROUPED.match(kept) and exponent(currency) != 3:
        return None  # 1.234 or 1,234: thousands or thousandths? Better ask than guess
    if "," in kept and "." in kept:
        last = max(kept.rfind(","), kept.rfind("."))
        kept = re.sub(r"[.,]", "", kept[:last]) + "." + kept[last + 1 :]
    kept = kept.replace(",", ".")
    if not re.fullmatch(r"\d{1,10}(\.\d+)?", kept):
        return None
    try:
        value = Decimal(kept).scaleb(exponent(currency))
    except InvalidOperation:
        return None
    return int(value) if value == value.to_integral_value() and value > 0 else None


def number(value: int | float) -> str:
    """A count in the language's grouping."""
    return numbers.format_decimal(value, locale=get_locale())


def percent(part: int, whole: int) -> str:
    """One decimal; a dash when there is nothing to divide by."""
    if not whole:
        return "–"
    pattern = "0.0%" if str(get_locale()) == "en" else "0.0\u00a0%"
    return numbers.format_percent(part / whole, format=pattern, locale=get_locale())


def moment(value: datetime | str | None) -> datetime | None:
    """An aware time from ISO text of the core or provisioner."""
    if isinstance(value, str):
        return datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC)
    return value


def date_time(value: datetime | str | None) -> str:
    """23 nov. 2026 17:04."""
    return _dated(value, "d MMM y HH:mm")


def short_date_time(value: datetime | str | None) -> str:
    """23 nov. 17:04, for lists."""
    return _dated(value, "d MMM HH:mm")


def long_date_time(value: datetime | str | None) -> str:
    """lundi 23 novembre 2026 17:04:09."""
    return _dated(value, "EEEE d MMMM y HH:mm:ss")


def _dated(value: datetime | str | None, pattern: str) -> str:
    at = moment(value)
    return dates.format_datetime(at, pattern, tzinfo=PARIS, locale=get_locale()) if at else ""


def day(value: date | datetime | str | None, pattern: str = "EEEE d MMMM") -> str:
    """jeudi 3 décembre. A text may be an ISO date or an ISO moment; the latter is taken in Paris."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00")) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(PARIS).date()
    if value is None:
        return ""
    text = dates.format_date(value, pattern, locale=get_locale())
    first = value.day == 1 and str(get_locale()) == "fr"  # French counts the first of a month as 1er
    return re.sub(r"\b1 (?=\D)", "1er ", text, count=1) if first else text


def short_day(value: date | datetime | str | None) -> str:
    """3 déc. 2026."""
    return day(value, "d MMM y")


def duration(seconds: float | None) -> str:
    """0,4 s · 12 s · 2 min 05 s."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{numbers.format_decimal(round(seconds, 1), locale=get_locale())} s"
    if seconds < 60:
        return f"{round(seconds)} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def ago(value: datetime | str | None, now: datetime) -> str:
    """il y a 3 heures."""
    at = moment(value)
    if at is None:
        return gettext("jamais")
    passed = max(timedelta(seconds=1), now - at)
    return dates.format_timedelta(-passed, add_direction=True, locale=get_locale())


def iban(value: str) -> str:
    """In groups of four."""
    compact = value.replace(" ", "")
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def init_app(app: Flask) -> None:
    """Makes the functions filters of the templates."""
    names: list[Any] = [
        money, plain_amount, number, percent, date_time, short_date_time, long_date_time, day, short_day, duration, ago,
        iban, moment, rate, plain_rate,
    ]  # fmt: skip
    for function in names:
        app.jinja_env.filters[function.__name__] = function
