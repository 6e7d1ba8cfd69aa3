"""Every test card and how the simulated issuer treats it: the one table behind simulator, payment page and documentation.

The first part is the wire contract's (section 8). Ours lie in 400000 900 to 903: digits 7 to 9 would be the issuer's ISO 3166-1
numeric country, and 900 to 999 are the user's own there, so no country's card can be among them. Behind `400000900` stand six
digits that spell a response code: 05 is 000005, 7810 is 007810, and A1 is 910010, a 9 and then A=10 to Z=35 and 01.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stdnum import luhn

from payments_core import responses
from payments_core.acquirer import ABANDONED, CHALLENGE, DECLINED, FAILED, FRICTIONLESS, UNAVAILABLE

RESPONSES, AUTHENTICATIONS, LINE, KINDS = "900", "901", "902", "903"  # digits 7 to 9 of our own numbers


@dataclass(frozen=True)
class Disturbance:
    """What goes wrong on the line between us and the acquirer while one question is asked."""

    delay_ms: int = 0  # the answer takes this long
    loss: str | None = None  # "question": the acquirer never hears it; "answer": we never hear the answer
    duplicate: bool = False  # the question arrives twice


CLEAR = Disturbance()


@dataclass(frozen=True)
class Behaviour:
    """How the simulated issuer treats one card."""

    response: str = "00"
    authentication: str = FRICTIONLESS  # or challenge, declined, failed, abandoned, unavailable
    needs_authentication: bool = False  # without 3-D Secure the answer is A1
    immediate: bool = False  # the money moves with the authorization
    disputed: str | None = None  # reason code of a dispute opened at once
    by_amount: bool = False  # the last two digits of the amount are the response
    line: Disturbance = CLEAR


@dataclass(frozen=True)
class SimulatedCard:
    """A test card; `group` sorts the documentation, `page` names the text (test.…) of those the payment page offers."""

    group: str
    number: str
    words: str
    behaviour: Behaviour = field(default_factory=Behaviour)
    page: str | None = None


def own_number(kind: str, digits: str) -> str:
    """One of our own numbers: test prefix, kind, six digits, check digit (ISO/IEC 7812-1 annex B)."""
    partial = f"400000{kind}{digits:0>6}"
    return partial + luhn.calc_check_digit(partial)


def number_of_response(code: str) -> str:
    """The card that is always answered with this response code."""
    letters = "9" + "".join(f"{int(character, 36):02}" for character in code)
    return own_number(RESPONSES, code if code.isdigit() else f"{letters:0<6}"[:6])


def _by_country() -> tuple[SimulatedCard, ...]:
    """Contract: the issuer's country is in digits 7 to 9."""
    numbers = (
        "AT 4000000400000008, BE 4000000560000004, DK 4000002080000001, FI 4000002460000001, DE 4000002760000016, "
        "IE 4000003720000005, IT 4000003800000008, LU 4000004420000006, NL 4000005280000002, NO 4000005780000007, "
        "PT 4000006200000007, RU 4000006430000009, ES 4000007240000007, SE 4000007520000008, CH 4000007560000009, "
        "GB 4000008260000000, AU 4000000360000006, CN 4000001560000002, HK 4000003440000004, JP 4000003920000003, "
        "NZ 4000005540000008, SG 4000007020000003, BR 4000000760000002, CA 4000001240000000, MX 4000004840000008"
    )
    pairs = (pair.split(" ") for pair in numbers.split(", "))
    return tuple(
        SimulatedCard("countries", number, f"Accepted, issued in {country}") for country, number in sorted(pairs)
    )


def _by_response() -> tuple[SimulatedCard, ...]:
    """Ours: one for each response code. A1 is a soft decline, so with 3-D Secure that card is accepted."""
    return tuple(
        SimulatedCard(
            "responses",
            number_of_response(code),
            f"{code}: {responses.meaning(code, 'en')}",
            Behaviour(needs_authentication=True) if code == "A1" else Behaviour(code),
        )
        for code in responses.MEANINGS
    )


def _ours(group: str, kind: str, digits: str, words: str, behaviour: Behaviour | None = None) -> SimulatedCard:
    return SimulatedCard(group, own_number(kind, digits), words, behaviour or Behaviour())


def _authenticating(digits: str, outcome: str, words: str) -> SimulatedCard:
    behaviour = Behaviour(authentication=outcome, needs_authentication=True)
    return _ours("authentication", AUTHENTICATIONS, digits, words, behaviour)


def _disturbed(digits: str, words: str, **disturbance: object) -> SimulatedCard:
    return _ours("line", LINE, digits, words, Behaviour(line=Disturbance(**disturbance)))  # type: ignore[arg-type]


CARDS: tuple[SimulatedCard, ...] = (
    SimulatedCard("accepted", "4242424242424242", "Accepted, Visa", page="accepted"),
    SimulatedCard("accepted", "4000002500000003", "Accepted, France, national network", page="accepted_fr"),
    SimulatedCard("accepted", "5555555555554444", "Accepted, Mastercard", page="mastercard"),
    SimulatedCard("accepted", "4444333322221111", "Accepted, Visa"),
    SimulatedCard("accepted", "5200828282828210", "Accepted, Mastercard debit"),
    SimulatedCard("accepted", "5105105105105100", "Accepted, Mastercard prepaid"),
    SimulatedCard("accepted", "3530111333300000", "Accepted, JCB"),
    SimulatedCard("accepted", "4000000000003055", "Accepted; meant for tests that change a card"),
    SimulatedCard(
        "accepted",
        "4000000000000077",
        "Accepted and captured at once: refunds are possible at once",
        Behaviour(immediate=True),
    ),
    *_by_country(),
    SimulatedCard(
        "authentication",
        "4000000000003220",
        "3-D Secure challenge: the bank's page offers every ending",
        Behaviour(authentication=CHALLENGE, needs_authentication=True),
        page="challenge",
    ),
    _authenticating("10", FRICTIONLESS, "3-D Secure needed, succeeds without a challenge"),
    _authenticating("20", DECLINED, "3-D Secure needed, the issuer declines without a challenge"),
    _authenticating("30", FAILED, "3-D Secure needed, fails for a technical reason"),
    _authenticating("40", ABANDONED, "3-D Secure needed, the payer gives up: the session expires at once"),
    _authenticating("50", UNAVAILABLE, "3-D Secure needed, the card cannot be authenticated"),
    SimulatedCard("declined", "4000000000000002", "Declined, response 05", Behaviour("05"), page="declined"),
    SimulatedCard("declined", "4000000000009995", "Not enough funds, response 51", Behaviour("51"), page="funds"),
    SimulatedCard("declined", "4000000000009979", "Stolen card, response 43", Behaviour("43")),
    SimulatedCard("declined", "4000000000009987", "Lost card, response 41", Behaviour("41")),
    SimulatedCard("declined", "4000000000000069", "Expired card, response 54", Behaviour("54"), page="expired"),
    SimulatedCard("declined", "4000000000000127", "Wrong security code, response 82", Behaviour("82"), page="cvc"),
    SimulatedCard("declined", "4100000000000019", "Suspected fraud, response 59", Behaviour("59")),
    SimulatedCard("declined", "4000000000000119", "System malfunction, response 96", Behaviour("96")),
    SimulatedCard(
        "declined", "4000000000000341", "Issuer unreachable, response 91", Behaviour("91"), page="unreachable"
    ),
    # The dispute cards are captured at once, so that a dispute is legal.
    SimulatedCard(
        "disputes",
        "4000000000000259",
        "Accepted, contested at once as fraud",
        Behaviour(immediate=True, disputed="1040"),
    ),
    SimulatedCard(
        "disputes",
        "4000000000001976",
        "Accepted, contested at once as not as described",
        Behaviour(immediate=True, disputed="4853"),
    ),
    SimulatedCard(
        "disputes",
        "4000000000005423",
        "Accepted, contested at once as not authorised",
        Behaviour(immediate=True, disputed="4837"),
    ),
    *_by_response(),
    _ours(
        "line",
        LINE,
        "1",
        "The last two digits of the amount are the response: 10.51 is answered 51, 10.00 is accepted",
        Behaviour(by_amount=True),
    ),
    _disturbed("10", "Accepted after three seconds", delay_ms=3_000),
    _disturbed(
        "20", "The question never reaches the acquirer: the try is undone after a minute and a half", loss="question"
    ),
    _disturbed(
        "30", "Accepted, but the answer never arrives: the try is undone after a minute and a half", loss="answer"
    ),
    _disturbed("40", "The question arrives twice; the money moves once", duplicate=True),
    _ours("kinds", KINDS, "10", "Accepted, France, co-branded debit card"),
    _ours("kinds", KINDS, "20", "Accepted, France, prepaid card"),
    _ours("kinds", KINDS, "30", "Accepted, France, deferred debit card"),
    _ours("kinds", KINDS, "40", "Accepted, Germany, universal card"),
    _ours("kinds", KINDS, "50", "Accepted, United States, charge card"),
    _ours("kinds", KINDS, "60", "Accepted, France, corporate credit card"),
)
BY_NUMBER: dict[str, SimulatedCard] = {card.number: card for card in CARDS}
_ORDINARY = Behaviour()


def behaviour(number: str) -> Behaviour:
    """How the simulated issuer treats a card; one that is not in the table is accepted."""
    known = BY_NUMBER.get(number)
    return known.behaviour if known else _ORDINARY


def response_by_amount(amount: int) -> str:
    """The last two digits where they are a response code, else accepted; `amount` in minor units."""
    code = f"{amount % 100:02}"
    return code if code in responses.MEANINGS else "00"
