"""What each role may do. Only the owner changes the bank account, the team, live keys, and deletes."""

from __future__ import annotations

READ = "read"  # payments, refunds, balances, boutiques
EXPORT = "export"
REFUND = "refund"
DISPUTES = "disputes"  # prove, accept
PAYOUTS = "payouts"  # says that the bank account is right
KEYS = "keys"  # test keys and webhooks
CLOCK = "clock"  # moves the test clock
BOUTIQUES = "boutiques"  # create, suspend, resume, restore
DELETE_BOUTIQUE = "delete_boutique"
JOURNAL = "journal"
PAGE = "page"  # how the payment page asks

OF_ROLE: dict[str, frozenset[str]] = {
    "owner": frozenset(
        {DISPUTES, PAYOUTS, READ, EXPORT, REFUND, KEYS, CLOCK, BOUTIQUES, DELETE_BOUTIQUE, JOURNAL, PAGE}
    ),
    "manager": frozenset({DISPUTES, READ, EXPORT, REFUND, CLOCK, BOUTIQUES, JOURNAL, PAGE}),
    "accountant": frozenset({READ, EXPORT}),
    "developer": frozenset({READ, KEYS, CLOCK}),
    "support": frozenset({READ}),
}


def allows(role: str, permission: str) -> bool:
    """Whether the role may do it; an unknown role may do nothing."""
    return permission in OF_ROLE.get(role, frozenset())
