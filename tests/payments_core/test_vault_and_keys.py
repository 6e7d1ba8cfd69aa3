"""Secrets at rest, API keys, cards and customers, idempotency slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from payments_core import cards, create_app, customers, idempotency, keys, payments, rotation, sepa_accounts, webhooks
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.errors import (
    Conflict,
    Duplicate,
    Forbidden,
    IdempotencyInProgress,
    IdempotencyMismatch,
    InvalidRequest,
    NotFound,
    Unauthorized,
)
from payments_core.models import ApiKey, Card
from payments_core.payments import NewPayment
from payments_core.scope import scope_of
from payments_core.sepa_accounts import SepaAccountInput
from payments_core.vault import Vault, VaultError
from tests.payments_core.conftest import SECRET_KEY, VISA_FR, VISA_US, FrozenClock, Shop, card, config_for, statements


def test_a_sealed_value_opens_only_with_its_purpose_identity_and_key() -> None:
    vault, other = Vault(SECRET_KEY), Vault(b"x" * 32)
    sealed = vault.seal("card", b"4242", "card_1")
    assert vault.open("card", sealed, "card_1") == b"4242"
    assert vault.seal("card", b"4242", "card_1") != sealed
    for purpose, value, identity in [
        ("iban", sealed, "card_1"),
        ("card", sealed, "card_2"),
        ("card", sealed[:-1] + bytes([sealed[-1] ^ 1]), "card_1"),
    ]:
        with pytest.raises(VaultError):
            vault.open(purpose, value, identity)
    with pytest.raises(VaultError, match="does not hold"):
        other.open("card", sealed, "card_1")
    assert Vault(b"x" * 32, [SECRET_KEY]).open("card", sealed, "card_1") == b"4242"


def test_neither_number_nor_code_nor_secret_is_readable_in_the_database(shop: Shop) -> None:
    shop.pay(1000, VISA_US)
    secret = keys.create_pair(shop.merchant.id, False, "Clé", None, shop.clock())[1]
    tables = db.session.scalars(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    ).all()
    everything = "".join(
        str(row) for table in tables for row in db.session.execute(text(f'SELECT t::text FROM "{table}" t'))
    )
    assert "424242" in everything  # the BIN
    for hidden in (VISA_US, VISA_US.encode().hex(), secret, "FR1420041010050500013M02606"):
        assert hidden not in everything


def test_after_a_rotation_the_former_secret_is_no_longer_needed(shop: Shop, core_database: str) -> None:
    stored, _ = cards.create(shop.scope, card(VISA_US))
    iban = "FR1420041010050500013M02606"
    account = sepa_accounts.create(shop.scope, SepaAccountInput(iban=iban, name="Ada Martin"))
    webhooks.put_endpoint(shop.scope, "x", "https://x.localhost/hook")
    merchant = shop.merchant
    db.session.commit()
    fresh = b"n" * 32
    both = create_app(config_for(core_database, secret_key=fresh, previous_secret_keys=(SECRET_KEY,)), doors=())
    with both.app_context():
        assert rotation.rotate() == {
            "cards": 1,
            "sepa_accounts": 1,
            "merchants": 1,
            "webhook_endpoints": 1,
            "terminals": 0,
            "bank_messages": 0,
        }
        assert rotation.rotate() == {
            "cards": 0,
            "sepa_accounts": 0,
            "merchants": 0,
            "webhook_endpoints": 0,
            "terminals": 0,
            "bank_messages": 0,
        }
        db.engine.dispose()
    with create_app(config_for(core_database, secret_key=fresh), doors=()).app_context():
        card_now = db.session.get(Card, stored.id)
        assert card_now is not None
        assert cards.number_of(card_now) == VISA_US
        scope = scope_of(merchant, False, shop.clock(), "key:x")
        assert sepa_accounts.iban_of(sepa_accounts.get(scope, account.id)) == iban
        again, new = cards.create(scope, card(VISA_US))
        assert (again.id, new) == (stored.id, False)
        db.session.remove()
        db.engine.dispose()


def test_keys_open_their_merchant_and_mode_until_revoked(shop: Shop, clock: FrozenClock) -> None:
    secret, value, public = keys.create_pair(shop.merchant.id, False, "Boutique", "btq_1", clock())
    assert (len(value), value[:6], public.value and public.value[:6]) == (30, "stest_", "ptest_")
    held = keys.authenticate(value, clock())
    scope = keys.scope_for(held, clock())
    assert (scope.merchant_id, scope.live, scope.source, scope.label) == (shop.merchant.id, False, "boutique", "btq_1")
    for wrong in (public.value or "", value + "x", value[:-1], ""):
        with pytest.raises(Unauthorized):
            keys.authenticate(wrong, clock())
    assert keys.find_public(public.value or "", clock()).merchant.id == shop.merchant.id
    with pytest.raises(NotFound):
        keys.find_public(value, clock())
    _, newer, _ = keys.create_pair(shop.merchant.id, False, "Boutique", "btq_1", clock())
    with pytest.raises(Unauthorized):
        keys.authenticate(value, clock())
    keys.revoke(shop.merchant.id, keys.authenticate(newer, clock()).key.id, clock())
    with pytest.raises(Unauthorized):
        keys.authenticate(newer, clock())
    assert keys.revoke_label(shop.merchant.id, "btq_1", clock()) == 1
    assert secret.value is None


def test_last_use_is_written_at_most_once_a_minute(shop: Shop, key: str, clock: FrozenClock) -> None:
    def last_use() -> object:
        return db.session.scalar(select(ApiKey.last_used_at).where(ApiKey.kind == "secret"))

    keys.authenticate(key, clock())
    first = last_use()
    clock.tick(seconds=30)
    keys.authenticate(key, clock())
    assert last_use() == first
    clock.tick(seconds=31)
    keys.authenticate(key, clock())
    assert last_use() != first


def test_a_request_never_waits_for_another_to_write_the_last_use(shop: Shop, key: str, clock: FrozenClock) -> None:
    db.session.commit()
    with db.engine.connect() as other:  # a request that is just writing it
        other.execute(text("SELECT id FROM api_keys FOR NO KEY UPDATE"))
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        assert keys.authenticate(key, clock()).key.last_used_at is None
        assert db.session.scalar(select(ApiKey.last_used_at).where(ApiKey.kind == "secret")) is None
        other.rollback()
    keys.authenticate(key, clock())
    assert db.session.scalar(select(ApiKey.last_used_at).where(ApiKey.kind == "secret")) is not None


def test_a_request_is_let_in_by_one_statement(shop: Shop, key: str, clock: FrozenClock) -> None:
    keys.authenticate(key, clock())
    with statements() as seen:
        keys.scope_for(keys.authenticate(key, clock()), clock())
    assert len(seen) == 1
    indexes = text("SELECT indexdef FROM pg_indexes WHERE tablename = 'api_keys'")
    assert any("UNIQUE" in index and index.endswith("(hash)") for index in db.session.scalars(indexes))


def test_a_replaced_pair_goes_on_for_its_overlap(shop: Shop, clock: FrozenClock) -> None:
    words = ["refunds:read", "payments:read"]
    old, old_value, old_public = keys.create_pair(shop.merchant.id, False, "Site", None, clock(), words)
    bystander = keys.create_pair(shop.merchant.id, False, "Site", None, clock())[1]
    new, value, public = keys.rotate(shop.merchant.id, old.id, clock())
    assert (new.name, new.scopes, public.scopes) == ("Site", ["payments:read", "refunds:read"], None)
    clock.tick(hours=23)
    for either in (old_value, value):
        assert keys.authenticate(either, clock()).merchant.id == shop.merchant.id
    assert keys.find_public(old_public.value or "", clock()).key.id == old_public.id
    clock.tick(hours=1)
    with pytest.raises(Unauthorized):
        keys.authenticate(old_value, clock())
    with pytest.raises(NotFound):
        keys.find_public(old_public.value or "", clock())
    assert keys.public_in_force(shop.merchant.id, False, None, clock()) == public
    for either in (value, bystander):
        assert keys.authenticate(either, clock()).key.expires_at is None


def test_without_an_overlap_the_old_pair_ends_at_once(shop: Shop, clock: FrozenClock) -> None:
    old, old_value, _ = keys.create_pair(shop.merchant.id, False, "Site", None, clock())
    _, value, _ = keys.rotate(shop.merchant.id, old.id, clock(), overlap_hours=0)
    with pytest.raises(Unauthorized):
        keys.authenticate(old_value, clock())
    assert keys.authenticate(value, clock()).key.name == "Site"


def test_a_key_is_replaced_once_and_only_while_it_opens_something(
    new_shop: Callable[[str], Shop], clock: FrozenClock
) -> None:
    mine, theirs = new_shop("mine"), new_shop("theirs")
    merchant_id = mine.merchant.id
    old, _, public = keys.create_pair(merchant_id, False, "Site", None, clock())
    for hours in (-1, 721):
        with pytest.raises(InvalidRequest, match="0 to 720 hours"):
            keys.rotate(merchant_id, old.id, clock(), hours)
    with pytest.raises(InvalidRequest, match="secret key of the pair"):
        keys.rotate(merchant_id, public.id, clock())
    with pytest.raises(NotFound):
        keys.rotate(theirs.merchant.id, old.id, clock())
    new, _, _ = keys.rotate(merchant_id, old.id, clock())
    keys.revoke(merchant_id, new.id, clock())
    boutique, _, _ = keys.create_pair(merchant_id, False, "Boutique", "btq_1", clock())
    codes = []
    for key in (old, new, boutique):
        with pytest.raises(Conflict) as refused:
            keys.rotate(merchant_id, key.id, clock())
        codes.append(refused.value.code)
    assert codes == ["key_replaced", "key_over", "key_of_boutique"]
    assert len(keys.of_merchant(merchant_id, False)) == 6


def test_unknown_scopes_are_refused_by_name(shop: Shop, clock: FrozenClock) -> None:
    for words, message in [(["payments:read", "payments:sing"], "payments:sing"), ([], "at least one")]:
        with pytest.raises(InvalidRequest, match=message):
            keys.create_pair(shop.merchant.id, False, "Site", None, clock(), words)
    assert keys.of_merchant(shop.merchant.id, False) == []


def test_objects_of_another_merchant_or_mode_do_not_exist(new_shop: Callable[[str], Shop], clock: FrozenClock) -> None:
    mine, theirs = new_shop("mine"), new_shop("theirs")
    payment = mine.pay(1000)
    live = scope_of(mine.merchant, True, clock(), "key:live")
    for scope in (theirs.scope, live):
        with pytest.raises(NotFound):
            payments.get(scope, payment.id)
        with pytest.raises(NotFound):
            cards.get(scope, payment.card_id or "")
    with pytest.raises(Forbidden):
        payments.create(live, NewPayment(amount=1000))
    assert mine.pay(1000, unique_id="u").id != theirs.pay(1000, unique_id="u").id
    with pytest.raises(Duplicate):
        mine.pay(1000, unique_id="u")


def test_the_same_number_and_expiry_are_one_card(shop: Shop) -> None:
    first, new = cards.create(shop.scope, card())
    assert new
    again, new = cards.create(shop.scope, card(f"{VISA_FR[:4]} {VISA_FR[4:]}", cvc="999"))
    assert (again.id, new) == (first.id, False)
    other, new = cards.create(shop.scope, replace(card(), exp_year=2031))
    assert new
    assert other.id != first.id
    single, _ = cards.create(shop.scope, card(tokenize=False))
    assert single.id != first.id
    with pytest.raises(InvalidRequest, match="Another stored card"):
        cards.update(shop.scope, first.id, {"exp_year": 2031})
    cards.delete(shop.scope, first.id)
    with pytest.raises(NotFound):
        cards.get(shop.scope, first.id)
    revived, new = cards.create(shop.scope, card())
    assert new
    assert revived.id != first.id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "4242424242424241"}, "bad_card_number"),
        ({"number": "42424242424"}, "bad_card_number"),
        ({"number": "4242x24242424242"}, "bad_card_number"),
        ({"exp_month": 13}, "bad_expiry"),
        ({"exp_year": 2026, "exp_month": 8}, "card_expired"),
        ({"exp_year": 2101}, "card_expired"),
        ({"cvc": "12"}, "bad_cvc"),
        ({"cvc": "12a"}, "bad_cvc"),
        ({"number": "378282246310005", "cvc": "12345"}, "bad_cvc"),
    ],
)
def test_a_wrong_card_is_refused(shop: Shop, changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        cards.create(shop.scope, replace(card(), **changes))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_card_serves_to_the_end_of_its_month(shop: Shop) -> None:
    assert cards.create(shop.scope, replace(card(), exp_year=2026, exp_month=9))[1]


def test_customers_are_reachable_and_found_again(shop: Shop) -> None:
    with pytest.raises(InvalidRequest, match="You must provide an email or a phone number"):
        customers.create(shop.scope, CustomerInput(name="Ada Martin"))
    ada = CustomerInput(name="Ada Martin", email="ada@exemple.fr")
    first = customers.create(shop.scope, ada)
    assert customers.find_same(shop.scope, ada) == first
    assert customers.find_same(shop.scope, replace(ada, external_id="crm-1")) is None
    assert customers.create(shop.scope, ada).id != first.id
    customers.update(shop.scope, first.id, {"mobile": "+33612345678", "email": None})
    with pytest.raises(InvalidRequest):
        customers.update(shop.scope, first.id, {"mobile": None})
    customers.delete(shop.scope, first.id)
    for use in (customers.get, customers.delete):
        with pytest.raises(NotFound):
            use(shop.scope, first.id)
    page = customers.page(shop.scope, {"name": "Ada Martin"}, start=0, limit=10)
    assert (page.count, page.has_more) == (1, False)


def test_an_idempotency_key_gives_the_stored_answer_and_refuses_another_body(core: Flask, clock: FrozenClock) -> None:
    slot = idempotency.begin("mrch_1:test", "k", b"POST /x 1", clock())
    with pytest.raises(IdempotencyInProgress):
        idempotency.begin("mrch_1:test", "k", b"POST /x 1", clock())
    idempotency.finish(slot, 201, {"secret": "stest_hidden"})
    again = idempotency.begin("mrch_1:test", "k", b"POST /x 1", clock())
    assert (again.answer, again.suffix) == ((201, {"secret": "stest_hidden"}), slot.suffix)
    with pytest.raises(IdempotencyMismatch):
        idempotency.begin("mrch_1:test", "k", b"POST /x 2", clock())
    assert idempotency.begin("mrch_2:test", "k", b"POST /x 2", clock()).answer is None
    raw = db.session.execute(text("SELECT answer_sealed FROM idempotency_slots WHERE status = 201")).scalar_one()
    assert b"hidden" not in raw
    clock.tick(hours=25)
    assert idempotency.forget_old(clock()) == 2


def test_a_request_that_died_may_be_repeated_and_keeps_its_suffix(core: Flask, clock: FrozenClock) -> None:
    slot = idempotency.begin("mrch_1:test", "k", b"body", clock())
    clock.tick(seconds=31)
    assert idempotency.begin("mrch_1:test", "k", b"body", clock()).suffix == slot.suffix
    failed = idempotency.begin("mrch_1:test", "k2", b"body", clock())
    idempotency.finish(failed, 503, {})
    assert idempotency.begin("mrch_1:test", "k2", b"body", clock()).suffix == failed.suffix
    clock.now += timedelta(hours=25)
    assert idempotency.begin("mrch_1:test", "k", b"other", clock()).answer is None


def test_an_idempotency_key_outlives_a_rotation(shop: Shop, core_database: str, clock: FrozenClock) -> None:
    """The hash of the request was made with the former secret."""
    slot = idempotency.begin("mrch_1:test", "order-1", b"POST /v2/payments {}", clock())
    idempotency.finish(slot, 200, {"id": "paym_1"})
    both = create_app(config_for(core_database, secret_key=b"n" * 32, previous_secret_keys=(SECRET_KEY,)), doors=())
    with both.app_context():
        again = idempotency.begin("mrch_1:test", "order-1", b"POST /v2/payments {}", clock())
        assert again.answer == (200, {"id": "paym_1"})
        with pytest.raises(IdempotencyMismatch):
            idempotency.begin("mrch_1:test", "order-1", b"POST /v2/payments {1}", clock())
        db.session.remove()
        db.engine.dispose()


def test_a_public_key_that_opens_a_page_is_noted_as_used(shop: Shop, clock: FrozenClock) -> None:
    _, _, public = keys.create_pair(shop.merchant.id, False, "Site", None, clock())
    assert public.last_used_at is None
    keys.find_public(public.value or "", clock())
    db.session.refresh(public)
    assert public.last_used_at is not None
    assert abs(public.last_used_at - clock.now) < timedelta(seconds=1)
