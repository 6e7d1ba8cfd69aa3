"""Tariff and policy: every number that is money, days or a limit, versioned by the date from which it applies.

The defaults are the table of the domain. A later version is a row that names only what it changes. Rows are read at most once a
minute per process: a new version is announced by its date, not by the moment it is typed in.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from payments_core.db import db
from payments_core.models import PolicyVersion

_CACHE_SECONDS = 60


@dataclass(frozen=True)
class Policy:
    """One version. Percentages in basis points, money in minor units of EUR, times of day in Europe/Paris."""

    version: int = 1
    card_eea_basis_points: int = 70
    card_eea_fixed: int = 15
    card_other_basis_points: int = 190
    card_other_fixed: int = 15
    sepa_fixed: int = 30
    sepa_return_fee: int = 500  # an R-transaction after settlement
    sepa_prenotification_days: int = 14  # unless a shorter time was agreed
    sepa_horizon_days: int = 365  # a collection is asked for at most so far ahead
    sepa_return_days: int = 5  # TARGET days in which the payer's bank may return a collection
    sepa_refund_days: int = 56  # the payer may claim it back without a reason (MD06)
    sepa_unauthorised_months: int = 13  # … and when there was no mandate (MD01)
    mandate_months: int = 36  # unused for so long, a mandate lapses
    account_check_days: int = 30  # answers of account checks are kept so long
    link_days: int = 30
    retry_attempts: int = 2  # of a subscription's soft rejection, within the days below
    retry_days: int = 30
    cut_off_hour: int = 23
    settlement_hour: int = 7  # the acquirer's settlement file of a TARGET day is read then
    page_expiry_hours: int = 24
    page_attempts: int = 5
    hold_days: int = 7
    authorization_days: int = 7
    authentication_hours: int = 6
    dispute_fee: int = 1500  # returned when won
    dispute_months: int = 13
    evidence_days: int = 30
    verification_days: int = 30
    payout_hour: int = 9  # the lines of a business day's payout are closed then
    payout_minimum: int = 100
    payout_return_days: int = 3  # TARGET days in which a booked transfer may come back (EPC SCT rulebook 4.3.2.3)


_DEFAULT = Policy()
_cache: dict[int, tuple[float, list[tuple[datetime, Policy]]]] = {}


def policy_at(moment: datetime) -> Policy:
    """The version in force at a moment."""
    found = _DEFAULT
    for applies_from, policy in _versions():
        if applies_from <= moment:
            found = policy
    return found


def default_settings() -> dict[str, Any]:
    """The settings of version 1, for the migration that stores it."""
    return {field.name: getattr(_DEFAULT, field.name) for field in fields(Policy) if field.name != "version"}


def forget_cache() -> None:
    """The next look reads the rows again."""
    _cache.clear()


def _versions() -> list[tuple[datetime, Policy]]:
    key, now = id(db.engine), time.monotonic()
    cached = _cache.get(key)
    if cached is None or now - cached[0] > _CACHE_SECONDS:
        cached = (now, _read())
        _cache[key] = cached
    return cached[1]


def _read() -> list[tuple[datetime, Policy]]:
    known = {field.name for field in fields(Policy)} - {"version"}
    policy, versions = _DEFAULT, []
    for row in db.session.scalars(select(PolicyVersion).order_by(PolicyVersion.applies_from)):
        settings = {name: value for name, value in row.settings.items() if name in known}
        policy = replace(policy, version=row.version, **settings)
        versions.append((row.applies_from, policy))
    return versions
