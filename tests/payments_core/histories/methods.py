"""The test cards and accounts of histories: one for each thing that can happen to money taken from it (contract, section 8)."""

from __future__ import annotations

from tests.payments_core.histories.records import Method

FRENCH = Method("4000002500000003", "french", basis_points=70)
AMERICAN = Method("4242424242424242", "american", basis_points=190)
AT_ONCE = Method("4000000000000077", "captured at once", basis_points=70, at_once=True)
DISPUTED = Method("4000000000000259", "disputed at once", basis_points=190, at_once=True, disputed="1040")
DECLINED = Method("4000000000000002", "declined", answer="05")
BROKEN = Method("4000000000000119", "broken", answer="96")
DOLLARS = Method("4242424242424242", "dollars", basis_points=190, currency="usd")
YEN_AT_ONCE = Method("4000000000000077", "yen at once", basis_points=70, at_once=True, currency="jpy")
POUNDS_DISPUTED = Method("4000000000000259", "pounds", basis_points=190, at_once=True, disputed="1040", currency="gbp")
FOREIGN = [DOLLARS, YEN_AT_ONCE, POUNDS_DISPUTED]
CARDS = [FRENCH, AMERICAN, AT_ONCE, DISPUTED, DECLINED, BROKEN]

GOOD = Method("FR1420041010050500013M02606", "good account", sepa=True)
REJECTED = Method("FR3630004008310000000AM0461", "rejected", sepa=True, rejected="AM04")
RETURNED = Method("FR813000400831000000RAM0412", "returned", sepa=True, returned="AM04")
CLAIMED = Method("FR343000400831000000RMD0627", "claimed back", sepa=True, claimed="MD06", after_days=20)
NO_MANDATE = Method("FR343000400831000000RMD0142", "no mandate", sepa=True, claimed="MD01", after_days=60)
REFUND_REJECTED = Method("FR193000400831000000TAC0486", "refund rejected", sepa=True, transfer="rejected")
REFUND_RETURNED = Method("FR08300040083100000TRAC0484", "refund returned", sepa=True, transfer="returned")
ACCOUNTS = [GOOD, REJECTED, RETURNED, CLAIMED, NO_MANDATE, REFUND_REJECTED, REFUND_RETURNED]

# The merchant's own account, by what becomes of payouts to it.
IBANS = {
    None: "FR1420041010050500013M02606",
    "rejected": "FR8930004008310000000AC0470",
    "returned": "FR373000400831000000RAC0421",
}
