"""Test bank accounts, one per outcome: what the bank simulator does to money collected from each, and to transfers to it.

The one table of it: the simulator follows it, the documentation lists it. Every other valid IBAN is collected from and paid to without
trouble. A reason is an ISO 20022 external code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fate:
    """Rejected before any money moves, or booked and back on the first TARGET day after `after_days` calendar days."""

    reason: str
    rejected: bool = False
    after_days: int = 0


@dataclass(frozen=True)
class TestAccount:
    """`collection` and `transfer` are what goes wrong in either direction; None: nothing does."""

    __test__ = False

    iban: str
    meaning: str
    collection: Fate | None = None
    transfer: Fate | None = None


def _rejected(iban: str, reason: str, meaning: str) -> TestAccount:
    fate = Fate(reason, rejected=True)
    return TestAccount(iban, f"rejected before settlement: {meaning}", fate, fate)


def _returned(iban: str, reason: str, meaning: str) -> TestAccount:
    return TestAccount(iban, f"returned on the next TARGET day: {meaning}", Fate(reason), Fate(reason))


TEST_ACCOUNTS: tuple[TestAccount, ...] = (
    TestAccount("FR1420041010050500013M02606", "collected; a refund arrives"),
    _rejected("FR8930004008310000000AC0179", "AC01", "no such account"),
    _rejected("FR8930004008310000000AC0470", "AC04", "account closed"),
    _rejected("FR8930004008310000000AC0664", "AC06", "account blocked"),
    _rejected("FR8930004008310000000AG0143", "AG01", "this account takes no direct debits"),
    _rejected("FR3630004008310000000AM0461", "AM04", "not enough funds"),
    _rejected("FR8630004008310000000MD0191", "MD01", "no mandate known to the payer's bank"),
    _rejected("FR8630004008310000000MD0773", "MD07", "the holder died"),
    _rejected("FR2930004008310000000MS0209", "MS02", "refused by the holder"),
    _rejected("FR2930004008310000000MS0306", "MS03", "no reason given"),
    _rejected("FR1430004008310000000SL0186", "SL01", "a service of the payer's bank stopped it"),
    _returned("FR373000400831000000RAC0130", "AC01", "no such account"),
    _returned("FR373000400831000000RAC0421", "AC04", "account closed"),
    _returned("FR373000400831000000RAC0615", "AC06", "account blocked"),
    _returned("FR373000400831000000RAG0191", "AG01", "this account takes no direct debits"),
    _returned("FR813000400831000000RAM0412", "AM04", "not enough funds"),
    _returned("FR343000400831000000RMD0724", "MD07", "the holder died"),
    _returned("FR743000400831000000RMS0257", "MS02", "refused by the holder"),
    _returned("FR743000400831000000RMS0354", "MS03", "no reason given"),
    _returned("FR593000400831000000RSL0137", "SL01", "a service of the payer's bank stopped it"),
    TestAccount(
        "FR343000400831000000RMD0627",
        "collected; the payer claims it back after 20 days without a reason: a dispute that cannot be contested",
        Fate("MD06", after_days=20),
    ),
    TestAccount(
        "FR343000400831000000RMD0142",
        "collected; the payer says after 60 days that there was no mandate: a dispute",
        Fate("MD01", after_days=60),
    ),
    TestAccount(
        "FR193000400831000000TAC0486",
        "collected; a refund is rejected: account closed",
        transfer=Fate("AC04", rejected=True),
    ),
    TestAccount("FR08300040083100000TRAC0484", "collected; a refund comes back: account closed", transfer=Fate("AC04")),
)

FATES = {account.iban: account for account in TEST_ACCOUNTS}
