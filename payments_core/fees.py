"""The commission of a payment: percentage plus fixed part of the tariff in force, rounded half-up once."""

from __future__ import annotations

from datetime import datetime

from payments_core.bins import EEA
from payments_core.money import commission
from payments_core.policy import Policy, policy_at


def card_fee(amount: int, country: str | None, moment: datetime) -> tuple[int, int]:
    """(commission in minor units, version of the tariff). A card whose country is unknown counts as outside the EEA."""
    policy = policy_at(moment)
    return commission(amount, *_card_line(policy, country)), policy.version


def sepa_fee(moment: datetime) -> tuple[int, int]:
    """(commission in cents, version of the tariff) of a direct debit, whatever its amount."""
    policy = policy_at(moment)
    return policy.sepa_fixed, policy.version


def _card_line(policy: Policy, country: str | None) -> tuple[int, int]:
    if country in EEA:
        return policy.card_eea_basis_points, policy.card_eea_fixed
    return policy.card_other_basis_points, policy.card_other_fixed
