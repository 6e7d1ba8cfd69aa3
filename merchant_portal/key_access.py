"""What a key may do, in a few ready-made choices. The core knows finer words; a key that has others shows them as they are."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

_TAKE = (
    "payments:read",
    "payments:write",
    "customers:read",
    "customers:write",
    "cards:read",
    "cards:write",
    "sepa:read",
    "sepa:write",
)
# Each choice with the core's words for it; None opens everything.
SCOPES: dict[str, tuple[str, ...] | None] = {
    "everything": None,
    "take": _TAKE,
    "take_and_refund": (*_TAKE, "refunds:read", "refunds:write"),
    "read": (
        "payments:read",
        "refunds:read",
        "customers:read",
        "cards:read",
        "sepa:read",
        "subscriptions:read",
        "disputes:read",
        "payouts:read",
    ),
    "accounting": ("payments:read", "refunds:read", "disputes:read", "payouts:read"),
}
LABELS: dict[str, Any] = {
    "everything": lazy_gettext("Tous les droits"),
    "take": lazy_gettext("Encaisser, sans rembourser"),
    "take_and_refund": lazy_gettext("Encaisser et rembourser"),
    "read": lazy_gettext("Lecture seule"),
    "accounting": lazy_gettext("Comptabilité"),
}


def words(choice: str) -> list[str] | None:
    """The core's scopes of a choice."""
    scopes = SCOPES[choice]
    return list(scopes) if scopes is not None else None


def label(scopes: list[str] | None) -> str:
    """The name of what these scopes open, in the language in force."""
    wanted = None if scopes is None else set(scopes)
    for choice, found in SCOPES.items():
        if (None if found is None else set(found)) == wanted:
            return str(LABELS[choice])
    return ", ".join(scopes or ())
