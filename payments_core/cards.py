"""Cards: checked, sealed, found again by fingerprint. The security code is used and forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, inspect, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from payments_core import batch, bins, card_rules, list_marks
from payments_core.business_days import paris_day
from payments_core.card_rules import CardInput
from payments_core.db import db, first, keep, locked, new_id
from payments_core.driver import Query
from payments_core.errors import Conflict, InvalidRequest, NotFound
from payments_core.events import emit
from payments_core.list_parts import Part, chosen
from payments_core.models import Card, Payment
from payments_core.paging import Page, by_position
from payments_core.runtime import runtime
from payments_core.scope import Scope

VAULT_PURPOSE = "card"
FINGERPRINT_PURPOSE = "card fingerprint"
CHANGEABLE = ("exp_month", "exp_year", "name", "zip_code", "external_id")
_SHOWN = 5  # saved cards a payer chooses from
# Every payment looks for its card: built once, only the values are sent.
_COLUMNS = [column.key for column in inspect(Card).column_attrs]
_OF_MERCHANT = (Card.merchant_id == bindparam("merchant_id"), Card.live == bindparam("live"), Card.deleted_at.is_(None))
# With the last digits, as the planner may prefer their index, and a merchant has many cards.
_WITH_FINGERPRINT = (
    Card.last4 == bindparam("last4"),
    Card.fingerprint == any_(bindparam("fingerprints", type_=ARRAY(LargeBinary))),
    Card.tokenize,
)
_BY_FINGERPRINT = select(Card).where(*_OF_MERCHANT, *_WITH_FINGERPRINT).limit(1)
_AT_HAND_BY_FINGERPRINT = Query(
    select(*(getattr(Card, name) for name in _COLUMNS)).where(*_OF_MERCHANT, *_WITH_FINGERPRINT).limit(1)
)
_AT_HAND_BY_ID = Query(
    select(*(getattr(Card, name) for name in _COLUMNS)).where(
        *_OF_MERCHANT, Card.id == bindparam("card_id"), Card.used_at.is_(None)
    )
)


def create(scope: Scope, wanted: CardInput, *, suffix: str | None = None) -> tuple[Card, bool]:
    """The card and whether it is new: the same number and expiry give the card already stored. Raises InvalidRequest."""
    card, new = add(scope, wanted, suffix=suffix)
    db.session.commit()
    return card, new


def add(scope: Scope, wanted: CardInput, *, suffix: str | None = None) -> tuple[Card, bool]:
    """The same within the caller's transaction."""
    number = card_rules.checked(scope, wanted)
    expiry = wanted.exp_month, wanted.exp_year
    fingerprint = fingerprint_of(number, *expiry)
    if wanted.tokenize and (known := _known(scope, number, *expiry)) is not None:
        return known, False
    values = _new_card(scope, wanted, number, fingerprint, suffix)
    statement = insert(Card).values(values).on_conflict_do_nothing().returning(Card)
    card = db.session.scalars(statement).first()
    if card is not None:
        if card.tokenize:
            emit(scope, "card.created", card)
        return card, True
    # The same card was stored at the same moment, or by this request before a crash.
    known = _known(scope, number, *expiry) or db.session.get(Card, values["id"])
    assert known is not None
    return known, False


def add_new(scope: Scope, wanted: CardInput) -> Card:
    """A typed card that is to be kept and was not stored a moment ago (`at_hand`), into the batch that is being filled.

    The batch is refused if it has been stored since. Raises InvalidRequest.
    """
    number = card_rules.checked(scope, wanted)
    fingerprint = fingerprint_of(number, wanted.exp_month, wanted.exp_year)
    card = keep(Card, **_new_card(scope, wanted, number, fingerprint, None))
    emit(scope, "card.created", card)
    return card


def at_hand(scope: Scope, wanted: CardInput | str) -> Card | None:
    """The stored card of a typed one, or a chargeable one by its id, in no session: to be charged, not to be changed.

    None where `add` or `chargeable` has more to say. Raises InvalidRequest.
    """
    place = {"merchant_id": scope.merchant_id, "live": scope.live}
    if isinstance(wanted, str):
        found = _AT_HAND_BY_ID.rows(**place, card_id=wanted)
    elif wanted.tokenize:
        number = card_rules.checked(scope, wanted)
        found = _AT_HAND_BY_FINGERPRINT.rows(**place, **_found_by(number, wanted.exp_month, wanted.exp_year))
    else:
        return None
    return batch.stored(Card, _COLUMNS, found[0]) if found else None


def get(scope: Scope, card_id: str) -> Card:
    """A usable card. Raises NotFound, also for a deleted one."""
    card = db.session.get(Card, card_id)
    if card is None or card.merchant_id != scope.merchant_id or card.live != scope.live or card.deleted_at is not None:
        raise NotFound("card", card_id)
    return card


def chargeable(scope: Scope, card_id: str) -> Card:
    """A card that may pay again. Raises NotFound, Conflict `card_spent` for a single-use card that has paid."""
    card = get(scope, card_id)
    if card.used_at is not None:
        raise Conflict("This card was given for one payment, which it has made", code="card_spent")
    return card


def get_any(scope: Scope, card_id: str) -> Card:
    """A card, deleted or not. Raises NotFound."""
    card = db.session.get(Card, card_id)
    if card is None or card.merchant_id != scope.merchant_id or card.live != scope.live:
        raise NotFound("card", card_id)
    return card


def update(scope: Scope, card_id: str, changes: dict[str, Any]) -> Card:
    """Changes expiry, name, zip_code or external_id. Raises NotFound, InvalidRequest."""
    card = _locked(scope, card_id)
    number = number_of(card)
    card_rules.check_no_number_in(number, changes)
    month, year = changes.get("exp_month", card.exp_month), changes.get("exp_year", card.exp_year)
    if (month, year) != (card.exp_month, card.exp_year):
        card_rules.check_expiry(scope, month, year)
        other = _known(scope, number, month, year)
        if other is not None and other.id != card.id:
            raise InvalidRequest("exp_month", "Another stored card has this number and expiry", code="duplicate_card")
        card.fingerprint = fingerprint_of(number, month, year)
    for name in CHANGEABLE:
        if name in changes:
            setattr(card, name, changes[name])
    if db.session.is_modified(card):
        emit(scope, "card.updated", card, fields=sorted(set(changes) & set(CHANGEABLE)))
    db.session.commit()
    return card


def delete(scope: Scope, card_id: str) -> Card:
    """Makes the card unusable; the same number may be stored again. Raises NotFound."""
    card = _locked(scope, card_id)
    list_marks.take_off(card, scope.now)
    emit(scope, "card.deleted", card)
    db.session.commit()
    return card


def _locked(scope: Scope, card_id: str) -> Card:
    """One that nobody else changes until the transaction ends: its events count without gaps. Raises NotFound."""
    get(scope, card_id)
    locked(Card, card_id)
    return get(scope, card_id)


def page(scope: Scope, customer_id: str | None = None, *, start: int, limit: int, count: bool = True) -> Page[Card]:
    """Newest first, without deleted ones."""
    whole, part = list_marks.of_merchant(Card, scope), Part(chosen(Card, {"customer_id": customer_id}))
    return by_position(whole, select(Card), part, start=start, limit=limit, count=count)


def saved_by(scope: Scope, customer_id: str) -> list[Card]:
    """The customer's cards that can pay today, the newest first."""
    today = paris_day(scope.now)
    statement = select(Card).where(
        Card.merchant_id == scope.merchant_id,
        Card.live == scope.live,
        Card.customer_id == customer_id,
        Card.tokenize,
        Card.deleted_at.is_(None),
        tuple_(Card.exp_year, Card.exp_month) >= (today.year, today.month),
    )
    return list(db.session.scalars(statement.order_by(Card.created_at.desc(), Card.id.desc()).limit(_SHOWN)))


def after_payment(scope: Scope, card: Card, payment: Payment) -> None:
    """A single-use card is spent by its payment, or kept when its payer agreed to that, within the caller's transaction."""
    if card.tokenize:
        return
    if payment.save_card and _keep(card, payment.customer_id):
        emit(scope, "card.created", card)
        return
    card.used_at = scope.now
    known = _known(scope, number_of(card), card.exp_month, card.exp_year) if payment.save_card else None
    if known is not None and known.customer_id is None:  # stored before, as nobody's
        known.customer_id = payment.customer_id


def _keep(card: Card, customer_id: str | None) -> bool:
    """False when the same number and expiry are stored already, perhaps since a moment ago."""
    try:
        with db.session.begin_nested():
            card.tokenize, card.customer_id = True, customer_id
    except IntegrityError:
        db.session.refresh(card)
        return False
    return True


def number_of(card: Card) -> str:
    """The whole number, for the acquirer only."""
    return runtime().vault.open(VAULT_PURPOSE, card.number_sealed, card.id).decode()


def _known(scope: Scope, number: str, month: int, year: int) -> Card | None:
    """The stored card of this number and expiry, also while a rotation has not come to it yet."""
    values = {"merchant_id": scope.merchant_id, "live": scope.live, **_found_by(number, month, year)}
    return db.session.scalars(_BY_FINGERPRINT, values).first()


def _found_by(number: str, month: int, year: int) -> dict[str, Any]:
    fingerprints = runtime().vault.fingerprints(FINGERPRINT_PURPOSE, _identity(number, month, year))
    return {"last4": number[-4:], "fingerprints": fingerprints}


def renew_fingerprint(card: Card, number: str) -> None:
    """The fingerprint under the present master secret, within the caller's transaction.

    A process that did not hold the former secret may have stored the same card again. Then this one keeps its id and its
    payments and is no longer found by its number.
    """
    fresh = fingerprint_of(number, card.exp_month, card.exp_year)
    same = (Card.merchant_id == card.merchant_id, Card.live == card.live, Card.fingerprint == fresh, Card.id != card.id)
    if first(Card, *same, Card.deleted_at.is_(None), Card.tokenize) is not None:
        fresh = runtime().vault.fingerprint(FINGERPRINT_PURPOSE, card.id)
    card.fingerprint = fresh


def fingerprint_of(number: str, month: int, year: int) -> bytes:
    """Equal for equal number and expiry, under the present master secret."""
    return runtime().vault.fingerprint(FINGERPRINT_PURPOSE, _identity(number, month, year))


def _identity(number: str, month: int, year: int) -> str:
    return f"{number}|{month:02}|{year}"


def _new_card(scope: Scope, wanted: CardInput, number: str, fingerprint: bytes, suffix: str | None) -> dict[str, Any]:
    card_id, known = new_id("card", suffix), bins.details(number)
    return {
        "id": card_id,
        "merchant_id": scope.merchant_id,
        "live": scope.live,
        "number_sealed": runtime().vault.seal(VAULT_PURPOSE, number.encode(), card_id),
        "fingerprint": fingerprint,
        "last4": number[-4:],
        "bin": number[:6],
        "exp_month": wanted.exp_month,
        "exp_year": wanted.exp_year,
        "name": wanted.name,
        "zip_code": wanted.zip_code,
        "external_id": wanted.external_id,
        "preferred_network": wanted.preferred_network,
        "tokenize": wanted.tokenize,
        "customer_id": wanted.customer_id,
        "brand": known.brand,
        "country": known.country,
        "funding": known.funding,
        "nature": known.nature,
        "network": known.network,
        "created_at": scope.now,
    }
