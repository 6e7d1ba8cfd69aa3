"""From the card in the slot to the settled payment: the real terminal against the real host."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from payments_core import ledger_check, terminals
from payments_core.acquirer import Answer, AuthorizationRequest
from payments_core.acquirer_simulator import AcquirerSimulator
from payments_core.db import db
from payments_core.models import AcquirerOrder, Payment, SimulatorRecord, TerminalBatch, TerminalSale
from terminal_sim import telecollection
from terminal_sim.errors import CardError, HostUnreachable, NotPossible
from terminal_sim.journal import Sale
from terminal_sim.receipts import WIDTH, receipt, wanted
from terminal_sim.terminal import Terminal
from tests.payments_core.conftest import Shop, connections_in_use
from tests.payments_core.terminals.conftest import row_of


def sell(terminal: Terminal, amount: int = 1290, card: str = "cb", pin: str | None = None) -> Sale:
    return terminal.sell(amount, terminal.enrolment.card(card), pin or terminal.pins[card])  # type: ignore[attr-defined]


def payment_of(sale: Sale) -> Payment:
    statement = select(Payment).join(TerminalSale, TerminalSale.payment_id == Payment.id)
    found = db.session.scalars(
        statement.where(TerminalSale.number == sale.number).execution_options(populate_existing=True)
    ).one()
    db.session.commit()
    return found


def other_pin(pin: str) -> str:
    return f"{(int(pin) + 1) % 10_000:04d}"


def test_a_sale_is_authorized_collected_and_settled(shop: Shop, terminal: Terminal) -> None:
    sale = sell(terminal)
    assert (sale.state, sale.response) == ("approved", "00")
    assert sale.authorization
    payment = payment_of(sale)
    assert (payment.status, payment.amount, payment.source, payment.capture) == ("authorized", 1290, "terminal", False)
    report = telecollection.collect(terminal)
    assert report is not None
    assert (report.agreed, report.count, report.total, report.host_count, report.host_total) == (True, 1, 1290, 1, 1290)
    payment = payment_of(sale)
    assert (payment.status, payment.fee) == ("capture_sent", 24)
    assert payment.due_at == datetime(2026, 9, 16, 5, 0, tzinfo=UTC)
    assert telecollection.collect(terminal) is None
    shop.advance(days=14)
    assert payment_of(sale).status == "captured"
    assert shop.paid_out() == 1266
    assert ledger_check.check().differences == []
    assert row_of(terminal).last_collected_at is not None
    assert terminals.month_counts(shop.scope, [row_of(terminal).id]) == {row_of(terminal).id: 1}


@pytest.mark.parametrize(("card", "response"), [("no-funds", "51"), ("stolen", "43")])
def test_the_issuers_refusal_is_final(terminal: Terminal, card: str, response: str) -> None:
    sale = sell(terminal, card=card)
    assert (sale.state, sale.response) == ("declined", response)
    assert payment_of(sale).status == "refused"
    assert "TRANSACTION REFUSEE" in receipt(sale, terminal.enrolment, "customer")
    assert wanted(sale) == ("merchant", "customer")
    assert telecollection.collect(terminal) is None


def test_the_host_holds_no_connection_while_the_issuer_thinks(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorize, held = AcquirerSimulator.authorize, []

    def looking(acquirer: AcquirerSimulator, question: AuthorizationRequest) -> Answer:
        held.append(connections_in_use())
        return authorize(acquirer, question)

    monkeypatch.setattr(AcquirerSimulator, "authorize", looking)
    assert sell(terminal).response == "00"
    assert held == [0]


def test_three_wrong_pins_block_the_card(terminal: Terminal) -> None:
    wrong = other_pin(terminal.pins["visa"])  # type: ignore[attr-defined]
    assert [sell(terminal, card="visa", pin=wrong).response for _ in range(3)] == ["55", "55", "75"]
    assert sell(terminal, card="visa").response == "75"
    assert sell(terminal, card="cb").state == "approved"


def test_a_right_pin_forgets_wrong_ones(terminal: Terminal) -> None:
    wrong = other_pin(terminal.pins["cb"])  # type: ignore[attr-defined]
    for _ in range(2):
        assert [sell(terminal, pin=wrong).response for _ in range(2)] == ["55", "55"]
        assert sell(terminal).state == "approved"


def test_a_sale_is_cancelled_before_its_telecollection_only(shop: Shop, terminal: Terminal) -> None:
    first, second = sell(terminal), sell(terminal, 2000)
    assert terminal.cancel(first.number).state == "canceled"
    assert terminal.cancel(first.number).state == "canceled"
    assert payment_of(first).status == "canceled"
    orders = db.session.scalars(select(AcquirerOrder.kind)).all()
    assert orders == ["reverse"]
    db.session.commit()
    report = telecollection.collect(terminal)
    assert report is not None
    assert (report.count, report.total) == (1, 2000)
    with pytest.raises(NotPossible, match="remboursez"):
        terminal.cancel(second.number)
    assert terminals.month_counts(shop.scope, [row_of(terminal).id]) == {row_of(terminal).id: 1}


def test_wrong_input_at_the_terminal_sends_nothing(terminal: Terminal) -> None:
    for amount, pin in ((0, "1234"), (-5, "1234"), (10**8, "1234"), (100, "12"), (100, "12x4")):
        with pytest.raises((NotPossible, CardError)):
            sell(terminal, amount, pin=pin)
    with pytest.raises(CardError, match="cb, visa"):
        terminal.enrolment.card("gold")
    with pytest.raises(NotPossible):
        terminal.cancel("000000000099")
    assert terminal.journal.sales() == []
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 0


def test_a_blocked_terminal_sells_nothing(shop: Shop, terminal: Terminal) -> None:
    terminals.update(shop.scope, row_of(terminal).id, state="blocked")
    assert sell(terminal).response == "58"
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 0


def test_two_terminals_number_their_sales_for_themselves(new_terminal: Callable[[], Terminal]) -> None:
    one, two = new_terminal(), new_terminal()
    first, second = sell(one, 1000), sell(two, 2000)
    assert first.number == second.number
    for terminal, total in ((one, 1000), (two, 2000)):
        report = telecollection.collect(terminal)
        assert report is not None
        assert (report.agreed, report.total) == (True, total)


def test_totals_that_differ_capture_nothing_and_leave_a_case(shop: Shop, terminal: Terminal) -> None:
    sale = sell(terminal)
    terminal.journal.begin("000000000777", 500, "cb", "•4242", "A0", "CB", shop.clock.now)
    terminal.journal.mark("000000000777", "approved", "00", "ABCDEF")  # a sale the host never saw
    report = telecollection.collect(terminal)
    assert report is not None
    assert (report.agreed, report.unknown) == (False, ("000000000777",))
    assert (report.total, report.host_total) == (1790, 1290)
    assert payment_of(sale).status == "authorized"
    batch = db.session.scalars(select(TerminalBatch)).one()
    assert batch.state == "refused"
    assert batch.problem == "terminal claims 2 sales of 1790, host has 1 of 1290 (minor units)"
    db.session.commit()
    terminal.journal.mark("000000000777", "reversed")
    again = telecollection.collect(terminal)
    assert again is not None
    assert (again.agreed, again.batch, again.total) == (True, "000002", 1290)
    assert payment_of(sale).status == "capture_sent"


def test_a_sale_collected_after_its_authorisation_expired_is_taken_with_a_case(shop: Shop, terminal: Terminal) -> None:
    sale = sell(terminal)
    shop.advance(days=9)
    assert payment_of(sale).status == "expired"
    report = telecollection.collect(terminal)
    assert report is not None
    assert report.agreed
    assert payment_of(sale).status == "capture_sent"
    batch = db.session.scalars(select(TerminalBatch)).one()
    assert batch.problem is not None
    assert "without the issuer's guarantee" in batch.problem


def test_an_unreachable_host_leaves_the_sale_to_be_reversed(terminal: Terminal, host: object) -> None:
    enrolment = terminal.enrolment
    terminal.enrolment = type(enrolment)(**{**vars(enrolment), "port": 1})
    sale = sell(terminal)
    assert sale.state == "reversing"
    with pytest.raises(HostUnreachable, match="doit d'abord être annulée"):
        sell(terminal)
    terminal.enrolment = enrolment
    assert [one.state for one in terminal.recover()] == ["reversed"]
    assert sell(terminal).state == "approved"
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    db.session.commit()


def test_neither_number_nor_pin_is_kept(shop: Shop, terminal: Terminal, tmp_path: object) -> None:
    sell(terminal)
    card = terminal.enrolment.card("cb")
    journal = b"".join(file.read_bytes() for file in tmp_path.rglob("journal*"))  # type: ignore[attr-defined]
    assert card.number.encode() not in journal
    assert card.number not in repr(card)
    record = db.session.scalars(select(SimulatorRecord)).one()
    assert card.number not in str(vars(record))
    db.session.commit()


def test_receipts_fit_the_paper(terminal: Terminal) -> None:
    text = receipt(sell(terminal), terminal.enrolment, "merchant")
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "12,90 EUR" in text
    assert re.search(r"^RELEVE +[A-Z0-9 ]{1,22}$", text, re.MULTILINE)
    assert "4000002500000003" not in text
    assert "A0000000421010" in text
