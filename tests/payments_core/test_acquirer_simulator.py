"""The simulated acquirer: test cards, answers by amount, the script, and what goes wrong on the line."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import func, select
from stdnum import luhn

from payments_core import (
    acquirer_script,
    attempts,
    authentication,
    bins,
    chip_issuer,
    ledger_check,
    page_payments,
    payments,
    refunds,
    responses,
    simulated_cards,
)
from payments_core.acquirer import APPROVED, AuthorizationRequest, OrderRequest
from payments_core.acquirer_script import Entry
from payments_core.acquirer_simulator import AcquirerSimulator
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable, Conflict, Forbidden, InvalidRequest
from payments_core.models import Attempt, Payment, ScriptedAnswer, SimulatorRecord
from payments_core.payment_page import reasons
from payments_core.payment_page.test_cards import TEST_CARDS
from payments_core.payments import AuthRequest, NewPayment
from payments_core.scope import scope_of
from payments_core.simulated_cards import BY_NUMBER, CARDS, number_of_response
from tests.payments_core.conftest import VISA_FR, FrozenClock, Shop, card, connections_in_use

PAGE = "https://payment.localhost:8443/ptest_x/paym_x"
# The table of the contract (3.7) and our own codes, as they stand there.
CODES_IN_WORDS = (
    "00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 19 20 21 22 25 28 30 41 42 43 51 52 53 54 55 57 58 59 61 62 63 65 "
    "68 75 76 77 78 80 81 82 83 85 91 92 93 94 95 96 98 A0 A1 B1 N0 N3 N4 N7 P2 P5 P6 Q1 R0 R1 R3 XA XD Z1 Z3 "
    "7810 7811 7840 7898"
)
CODES = CODES_IN_WORDS.split(" ")
BY_AMOUNT = "4000009020000017"


def recorded(kind: str = "authorization") -> list[SimulatorRecord]:
    statement = select(SimulatorRecord).where(SimulatorRecord.kind == kind).order_by(SimulatorRecord.created_at)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def script(shop: Shop, *entries: Entry) -> None:
    acquirer_script.append(shop.scope, entries)


def question(reference: str, number: str = VISA_FR, merchant_id: str = "mrch_x") -> AuthorizationRequest:
    return AuthorizationRequest(reference, merchant_id, False, 1000, "eur", number, 12, 2030, authenticated=False)


def test_every_response_code_of_the_contract_has_words_advice_and_a_card() -> None:
    assert sorted(responses.MEANINGS) == sorted(CODES)
    for code in CODES:
        known = BY_NUMBER[number_of_response(code)].behaviour
        assert (known.response, known.needs_authentication) == (("00", True) if code == "A1" else (code, False))
        for language in ("fr", "en", "it"):
            assert responses.meaning(code, language)
            assert responses.advice(code, language)
    assert responses.meaning("51", "it-IT") == "Fondi insufficienti"
    assert responses.meaning("51", "de") == responses.meaning("51", "en")
    assert responses.advice(None, "fr") == "Le client a renoncé ; proposez-lui de payer à nouveau."
    assert responses.advice("ZZ", "en") == responses.advice("05", "en")
    assert set(responses._ADVICE_OF) == set(CODES)


def test_test_cards_are_valid_different_and_inside_the_test_ranges() -> None:
    assert len(BY_NUMBER) == len(CARDS)
    for known in CARDS:
        assert luhn.is_valid(known.number), known
        assert bins.details(known.number).country, known
    contract = [known.number for known in CARDS if known.number[6:9] not in ("900", "901", "902", "903")]
    ours = [known.number for known in CARDS if known.number not in contract]
    assert all(number.startswith("400000") and len(number) == 16 for number in ours)
    assert {number for number, *_ in chip_issuer.TEST_CARDS.values()} <= BY_NUMBER.keys()
    assert 5 <= len(TEST_CARDS) <= 10
    outcomes = {known.behaviour.authentication for known in CARDS if known.behaviour.needs_authentication}
    assert outcomes == {"challenge", "frictionless", "declined", "failed", "abandoned", "unavailable"}


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("4000009030000106", ("visa", "FR", "debit", "personal", "national")),
        ("4000009030000205", ("visa", "FR", "prepaid", "personal", "visa")),
        ("4000009030000304", ("visa", "FR", "deferred", "personal", "national")),
        ("4000009030000403", ("visa", "DE", "universal", "personal", "visa")),
        ("4000009030000502", ("visa", "US", "charge", "personal", "visa")),
        ("4000009030000601", ("visa", "FR", "credit", "corporate", "visa")),
        ("4000000400000008", ("visa", "AT", "credit", "personal", "visa")),
        ("4000002500000003", ("visa", "FR", "credit", "personal", "national")),
        ("4000000000000077", ("visa", "FR", "credit", "personal", "national")),
        ("4000000000003055", ("visa", "US", "credit", "personal", "visa")),
        ("49", ("visa", None, None, None, "visa")),
        ("50", ("unknown", None, None, None, None)),
        ("51", ("mastercard", None, None, None, "mastercard")),
        ("55", ("mastercard", None, None, None, "mastercard")),
        ("56", ("unknown", None, None, None, None)),
        ("2220", ("unknown", None, None, None, None)),
        ("2221", ("mastercard", None, None, None, "mastercard")),
        ("2720", ("mastercard", None, None, None, "mastercard")),
        ("2721", ("unknown", None, None, None, None)),
        ("34", ("amex", None, None, None, None)),
        ("35", ("unknown", None, None, None, None)),
        ("37", ("amex", None, None, None, None)),
        ("3527", ("unknown", None, None, None, None)),
        ("3528", ("jcb", None, None, None, None)),
        ("3589", ("jcb", None, None, None, None)),
        ("3590", ("unknown", None, None, None, None)),
        ("6011", ("discover", None, None, None, None)),
        ("622125", ("unknown", None, None, None, None)),
        ("622126", ("discover", None, None, None, None)),
        ("622925", ("discover", None, None, None, None)),
        ("622926", ("unknown", None, None, None, None)),
        ("643", ("unknown", None, None, None, None)),
        ("644", ("discover", None, None, None, None)),
        ("65", ("discover", None, None, None, None)),
        ("5019", ("dankort", None, None, None, None)),
        ("6759", ("maestro", None, None, None, None)),
    ],
)
def test_ranges_of_issuers_end_where_the_schemes_say(digits: str, kind: tuple[str | None, ...]) -> None:
    known = bins.details(digits.ljust(16, "0"))
    assert (known.brand, known.country, known.funding, known.nature, known.network) == kind


def test_each_response_card_is_answered_with_its_code(core: Flask, shop: Shop) -> None:
    for code in CODES:
        payment = shop.pay(1000, number_of_response(code))
        if code in APPROVED:
            assert (payment.status, payment.response) == ("to_capture", code)
        else:
            assert payment.status in ("refused", "failed"), code
            assert payment.response == code
        assert reasons.of_code(code)
    assert ledger_check.check().differences == []


def test_a_partial_approval_is_a_refusal_and_the_part_is_released(shop: Shop, do_sweep: object) -> None:
    payment = shop.pay(1000, number_of_response("10"))
    assert (payment.status, payment.response) == ("refused", "10")
    assert callable(do_sweep)
    do_sweep()
    attempt = db.session.scalars(select(Attempt)).one()
    assert [record.original for record in recorded("reverse")] == [attempt.id]


def test_no_objection_to_a_verification_is_a_yes_only_when_nothing_was_to_be_paid(shop: Shop) -> None:
    assert shop.pay(0, number_of_response("85"), capture=False).status == "authorized"
    assert shop.pay(1000, number_of_response("85")).status == "refused"


@pytest.mark.parametrize(
    ("amount", "status", "response"),
    [(1000, "to_capture", "00"), (1051, "refused", "51"), (1091, "failed", "91"), (1099, "to_capture", "00")],
)
def test_one_card_is_answered_by_the_amount(shop: Shop, amount: int, status: str, response: str) -> None:
    payment = shop.pay(amount, BY_AMOUNT)
    assert (payment.status, payment.response) == (status, response)
    assert shop.pay(amount).status == "to_capture"  # no other card looks at the amount


@pytest.mark.parametrize(
    ("digits", "session_status", "kind", "left"),
    [
        ("10", "success", "paid", 5),
        ("20", "declined", "declined", 4),
        ("30", "failed", "declined", 5),
        ("40", "expired", "declined", 5),
        ("50", "unavailable", "declined", 5),
    ],
)
def test_the_issuer_decides_at_once_on_the_page(
    shop: Shop, digits: str, session_status: str, kind: str, left: int
) -> None:
    number = simulated_cards.own_number(simulated_cards.AUTHENTICATIONS, digits)
    for auth in (AuthRequest(), None):  # asked for, or demanded by the issuer's soft decline
        payment = payments.create(shop.scope, NewPayment(amount=1000, auth=auth))
        outcome = page_payments.pay(shop.scope, payment.id, card(number), device=None, page_url=PAGE)
        assert payment.authentication is not None
        assert (outcome.kind, payment.authentication.status) == (kind, session_status)
        assert payment.attempts_left == left
        if kind == "declined":
            tries = attempts.of_payment(payment.id)
            last = tries[-1] if tries else None
            assert reasons.of_last_try(payment, last) == f"auth_{session_status}"
            again = page_payments.pay(shop.scope, payment.id, card(), device=None, page_url=PAGE)
            assert again.kind == "paid"


@pytest.mark.parametrize(
    ("digits", "after"), [("10", "success"), ("20", "declined"), ("30", "failed"), ("40", "expired")]
)
def test_server_to_server_the_issuer_decides_when_the_payer_arrives(shop: Shop, digits: str, after: str) -> None:
    number = simulated_cards.own_number(simulated_cards.AUTHENTICATIONS, digits)
    asked = AuthRequest("https://shop.example/3ds", {"ip": "203.0.113.7"})
    payment = payments.create(shop.scope, NewPayment(amount=1000, auth=asked, card=card(number)))
    session = payment.authentication
    assert session is not None
    assert session.status == "available"
    assert authentication.start(shop.scope, session.id).status == after
    assert authentication.start(shop.scope, session.id).status == after


def test_a_script_is_followed_in_order_and_then_the_cards_speak_again(shop: Shop) -> None:
    script(shop, Entry(response="51"), Entry(response="A1"), Entry(response="08"))
    assert [shop.pay(1000).response for _ in range(4)] == ["51", "A1", "08", "00"]
    assert shop.pay(1000, number_of_response("05")).response == "05"
    assert acquirer_script.waiting(shop.scope) == []


def test_an_entry_stays_with_its_question_until_it_is_let_through(shop: Shop, clock: FrozenClock) -> None:
    script(shop, Entry(loss="question", times=2, response="61"), Entry(response="51"))
    acquirer = AcquirerSimulator(clock)
    mine = question("atpt_mine", merchant_id=shop.merchant.id)
    for _ in range(2):
        with pytest.raises(AcquirerUnavailable):
            acquirer.authorize(mine)
    assert recorded() == []
    assert acquirer.authorize(mine).response == "61"
    assert acquirer.authorize(mine).response == "61"
    assert acquirer.authorize(question("atpt_next", merchant_id=shop.merchant.id)).response == "51"
    assert acquirer.authorize(mine).response == "61"


def test_a_lost_answer_was_given_and_is_given_again(shop: Shop, clock: FrozenClock) -> None:
    script(shop, Entry(loss="answer"))
    acquirer, mine = AcquirerSimulator(clock), question("atpt_mine", merchant_id=shop.merchant.id)
    with pytest.raises(AcquirerUnavailable):
        acquirer.authorize(mine)
    assert [record.response for record in recorded()] == ["00"]
    assert acquirer.authorize(mine).approved
    assert len(recorded()) == 1


def test_a_duplicated_question_is_answered_twice_and_charged_once(shop: Shop) -> None:
    script(shop, Entry(duplicate=True))
    assert shop.pay(1000).status == "to_capture"
    assert [(record.response, record.asked) for record in recorded()] == [("00", 2)]


def test_a_delay_really_waits(shop: Shop) -> None:
    script(shop, Entry(delay_ms=400))
    began = time.monotonic()
    assert shop.pay(1000).status == "to_capture"
    assert time.monotonic() - began >= 0.4


def test_no_connection_is_held_for_a_delay(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    script(shop, Entry(delay_ms=400, duplicate=True))
    held: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: held.append(connections_in_use()))
        assert shop.pay(1000).status == "to_capture"
    assert held == [0]


def test_a_question_that_arrives_after_its_reversal_is_refused(core: Flask, clock: FrozenClock) -> None:
    acquirer = AcquirerSimulator(clock)
    reversal = OrderRequest("rvrs_1", "reverse", "atpt_1", "mrch_x", False, 1000, "eur")
    assert acquirer.order(reversal).approved
    assert acquirer.authorize(question("atpt_1")).response == "68"
    assert acquirer.authorize(question("atpt_2")).approved


def test_captures_and_refunds_can_be_refused_by_script(shop: Shop) -> None:
    script(shop, Entry(kind="capture", response="51"), Entry(kind="refund", response="57"))
    lost, kept = shop.pay(1000), shop.pay(5000)
    shop.advance(days=1)
    failed = [payment for payment in (lost, kept) if payment.status == "failed"]
    assert len(failed) == 1
    (captured,) = {lost, kept} - set(failed)
    refund = refunds.create(shop.scope, captured.id, 400)
    shop.advance(days=2)
    assert (refund.status, refund.reason) == ("not_honored", "refused_by_bank")
    assert ledger_check.check().differences == []


def test_a_script_is_of_one_merchant_and_of_test_mode(shop: Shop, clock: FrozenClock) -> None:
    script(shop, Entry(response="51"))
    acquirer = AcquirerSimulator(clock)
    assert acquirer.authorize(question("atpt_other")).approved
    live = scope_of(shop.merchant, True, clock(), "key:live")
    for use in (acquirer_script.waiting, acquirer_script.clear, lambda scope: acquirer_script.append(scope, [Entry()])):
        with pytest.raises(Forbidden):
            use(live)
    acquirer_script.clear(shop.scope)
    assert shop.pay(1000).response == "00"


@pytest.mark.parametrize(
    "entry",
    [
        Entry(kind="reverse"),
        Entry(response="ZZ"),
        Entry(loss="both"),
        Entry(delay_ms=30_001),
        Entry(delay_ms=-1),
        Entry(times=0),
        Entry(times=11),
        Entry(kind="capture", response="51", loss="answer"),
        Entry(kind="refund"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_others(shop: Shop, entry: Entry) -> None:
    with pytest.raises(InvalidRequest):
        script(shop, Entry(response="51"), entry)
    assert acquirer_script.waiting(shop.scope) == []


def test_a_script_is_appended_once_per_request_and_has_an_end(shop: Shop) -> None:
    for _ in range(2):
        acquirer_script.append(shop.scope, [Entry(response="51"), Entry()], suffix="s" * 24)
    assert [entry.response for entry in acquirer_script.waiting(shop.scope)] == ["51", None]
    with pytest.raises(Conflict, match="at most 100"):
        script(shop, *[Entry()] * 99)
    script(shop, *[Entry()] * 98)
    for _ in range(3):
        shop.pay(1000)
    shop.clock.tick(hours=2)
    script(shop, Entry())
    assert db.session.scalar(select(func.count()).select_from(ScriptedAnswer)) == 98
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 3
