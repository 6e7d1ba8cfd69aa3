"""Payment links: who may pay at them, how long, and what happens to siblings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments_core import links, page_payments
from payments_core.card_rules import CardInput
from payments_core.db import db
from payments_core.errors import Conflict, InvalidRequest
from payments_core.links import NewLink
from payments_core.models import Event, Payment, PaymentLink
from tests.payments_core.conftest import VISA_FR, Shop

DECLINED = "4000000000000002"


def pay(shop: Shop, payment: Payment, number: str = VISA_FR) -> Payment:
    typed = CardInput(number=number, exp_month=12, exp_year=2030, cvc="123")
    page = "https://payment.localhost:8443/x"
    return page_payments.pay(shop.scope, payment.id, typed, device=None, page_url=page).payment


def visit(shop: Shop, link: PaymentLink) -> Payment:
    return links.page_payment(shop.scope, link)


def failed(shop: Shop) -> Payment:
    payment = shop.pay(1500, DECLINED, order_id="o-1", description="Basket 1")
    assert payment.status == "refused"
    return payment


def test_a_link_is_paid_once(shop: Shop) -> None:
    link = links.create(shop.scope, NewLink(amount=1500, description="Basket 1"))
    payment = visit(shop, link)
    assert visit(shop, link).id == payment.id
    assert (payment.amount, payment.source, payment.auth_requested) == (1500, "link", True)
    pay(shop, payment)
    assert links.state(link, shop.scope.now) == "paid"
    assert visit(shop, link).id == payment.id, "who comes again is shown that it is paid"


def test_a_link_for_many_makes_a_payment_for_each(shop: Shop) -> None:
    link = links.create(shop.scope, NewLink(amount=1500, multiple=True))
    first, second = visit(shop, link), visit(shop, link)
    assert first.id != second.id
    for payment in (first, second):
        assert pay(shop, payment).paid_before_by is None
    assert links.state(link, shop.scope.now) == "open"


def test_a_link_ends_after_thirty_days_or_when_it_says(shop: Shop) -> None:
    usual = links.create(shop.scope, NewLink(amount=1500))
    short = links.create(shop.scope, NewLink(amount=1500, expires_at=shop.scope.now + timedelta(hours=1)))
    assert usual.expires_at - usual.created_at == timedelta(days=30)
    page = visit(shop, short)
    assert page.due_at == short.expires_at
    shop.advance(hours=2)
    assert db.session.get(Payment, page.id, populate_existing=True).status == "expired"  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="expired"):
        visit(shop, short)
    assert visit(shop, usual).status is None


@pytest.mark.parametrize("days", [-1, 400])
def test_a_link_ends_in_the_future_within_a_year(shop: Shop, days: int) -> None:
    with pytest.raises(InvalidRequest):
        links.create(shop.scope, NewLink(amount=1500, expires_at=shop.scope.now + timedelta(days=days)))


def test_a_payment_that_expired_on_the_page_is_made_again(shop: Shop) -> None:
    link = links.create(shop.scope, NewLink(amount=1500))
    first = visit(shop, link)
    shop.advance(days=2)
    second = visit(shop, link)
    assert second.id != first.id
    assert pay(shop, second).status == "to_capture"


def test_a_closed_link_takes_nobody(shop: Shop) -> None:
    link = links.create(shop.scope, NewLink(amount=1500))
    links.disable(shop.scope, link.id)
    links.disable(shop.scope, link.id)
    with pytest.raises(Conflict, match="disabled"):
        visit(shop, link)
    assert db.session.query(Event).filter_by(object_id=link.id, type="payment_link.disabled").count() == 1


def test_only_a_failed_payment_is_asked_for_again(shop: Shop) -> None:
    with pytest.raises(Conflict, match="to_capture"):
        links.retry(shop.scope, shop.pay(1500).id)
    link = links.retry(shop.scope, failed(shop).id)
    assert (link.amount, link.order_id, link.description) == (1500, "o-1", "Basket 1")


def test_when_one_sibling_is_paid_the_others_close(shop: Shop) -> None:
    payment = failed(shop)
    first, second = links.retry(shop.scope, payment.id), links.retry(shop.scope, payment.id)
    waiting, paid = visit(shop, first), visit(shop, second)
    pay(shop, paid)
    db.session.expire_all()
    assert links.state(first, shop.scope.now) == "disabled"
    assert waiting.status == "expired"
    assert paid.paid_before_by is None


def test_a_second_paid_sibling_is_marked_for_refund(shop: Shop) -> None:
    payment = failed(shop)
    first, second = links.retry(shop.scope, payment.id), links.retry(shop.scope, payment.id)
    one, two = visit(shop, first), visit(shop, second)
    # Both payers are past the page: the answers of their banks arrive one after the other.
    two.open_attempt = None
    one_paid = pay(shop, one)
    two.status = None
    db.session.commit()
    two_paid = pay(shop, two)
    assert (one_paid.status, two_paid.status) == ("to_capture", "to_capture")
    assert two_paid.paid_before_by == one_paid.id
    shop.advance(days=2)
    db.session.expire_all()
    assert (one_paid.status, one_paid.paid_before_by) == ("captured", None), "what happens later does not turn it round"
    marked = db.session.query(Event).filter_by(object_id=two.id, type="payment.paid_twice").one()
    assert marked.data == {"paid_before_by": one_paid.id}


def test_a_retry_of_a_retry_stays_a_sibling(shop: Shop) -> None:
    payment = failed(shop)
    first = links.retry(shop.scope, payment.id)
    second_failed = visit(shop, first)
    for _ in range(5):
        second_failed = pay(shop, second_failed, DECLINED)
    assert second_failed.status == "refused"
    assert links.retry(shop.scope, second_failed.id).retry_of == payment.id
