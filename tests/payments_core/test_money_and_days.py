"""Amounts, commissions, bank days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from payments_core import business_days as days
from payments_core.bins import details
from payments_core.fees import card_fee
from payments_core.money import commission, display, exponent
from tests.payments_core.conftest import Shop


@pytest.mark.parametrize(
    ("amount", "basis_points", "fixed", "fee"),
    [
        (2590, 70, 15, 33),  # 33.13
        (150, 70, 15, 16),  # 16.05
        (50, 70, 15, 15),  # 15.35
        (500, 70, 15, 19),  # 18.5 goes up
        (499, 70, 15, 18),  # 18.493
        (1000, 190, 15, 34),
        (10**9, 70, 15, 7_000_015),
        (0, 70, 15, 15),
    ],
)
def test_a_commission_is_rounded_half_up_once(amount: int, basis_points: int, fixed: int, fee: int) -> None:
    assert commission(amount, basis_points, fixed) == fee


@pytest.mark.parametrize(
    ("country", "fee"), [("FR", 22), ("DE", 22), ("NO", 22), ("GB", 34), ("CH", 34), ("US", 34), (None, 34)]
)
def test_the_tariff_depends_on_the_cards_country(shop: Shop, country: str | None, fee: int) -> None:
    assert card_fee(1000, country, shop.scope.now) == (fee, 1)


def test_decimals_belong_to_the_currency() -> None:
    assert (exponent("jpy"), exponent("eur"), exponent("kwd")) == (0, 2, 3)
    assert display(1250, "eur", "fr") == "12,50\xa0€"
    assert display(1250, "jpy", "en") == "¥1,250"


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2026, 9, 15), date(2026, 9, 16)),
        (date(2026, 9, 18), date(2026, 9, 21)),  # over a week-end
        (date(2026, 4, 2), date(2026, 4, 7)),  # Good Friday and Easter Monday close TARGET
        (date(2026, 12, 24), date(2026, 12, 28)),  # Christmas, then a week-end
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2026, 4, 30), date(2026, 5, 4)),  # 1 May
        (date(2026, 7, 13), date(2026, 7, 14)),  # a French holiday is a TARGET day
    ],
)
def test_the_next_target_day(day: date, following: date) -> None:
    assert days.next_target_day(day) == following


def test_business_days_also_leave_out_french_holidays() -> None:
    assert not days.is_business_day(date(2026, 7, 14))
    assert days.next_business_day(date(2026, 7, 13)) == date(2026, 7, 15)
    assert days.next_business_day(date(2026, 5, 7)) == date(2026, 5, 11)  # 8 May 2026 is a Friday


def test_the_cut_off_is_at_2300_in_paris_in_summer_and_winter() -> None:
    assert days.next_cut_off(datetime(2026, 9, 15, 8, tzinfo=UTC), 23) == datetime(2026, 9, 15, 21, tzinfo=UTC)
    assert days.next_cut_off(datetime(2026, 9, 15, 21, tzinfo=UTC), 23) == datetime(2026, 9, 16, 21, tzinfo=UTC)
    assert days.next_cut_off(datetime(2026, 12, 15, 21, tzinfo=UTC), 23) == datetime(2026, 12, 15, 22, tzinfo=UTC)


def test_a_period_ends_with_its_last_day_even_when_clocks_change() -> None:
    assert days.end_of_period(date(2026, 10, 20), 7) == datetime(2026, 10, 27, 23, tzinfo=UTC)
    assert days.end_of_period(date(2026, 9, 15), 7) == datetime(2026, 9, 22, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "brand", "country", "network"),
    [
        ("4242424242424242", "visa", "US", "visa"),
        ("4000002500000003", "visa", "FR", "national"),
        ("4000000000000077", "visa", "FR", "national"),
        ("4000000000003055", "visa", "US", "visa"),
        ("4000008260000000", "visa", "GB", "visa"),
        ("4000005540000008", "visa", "NZ", "visa"),
        ("4000006430000009", "visa", "RU", "visa"),
        ("5555555555554444", "mastercard", "US", "mastercard"),
        ("2223003122003222", "mastercard", None, "mastercard"),
        ("3530111333300000", "jcb", "JP", None),
        ("378282246310005", "amex", None, None),
        ("6759649826438453", "maestro", None, None),
    ],
)
def test_the_first_digits_tell_brand_country_and_network(
    number: str, brand: str, country: str | None, network: str | None
) -> None:
    found = details(number)
    assert (found.brand, found.country, found.network) == (brand, country, network)
