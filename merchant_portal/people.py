"""Sign-up, confirmation, sign-in and new passwords. Nothing here tells a stranger whether an address has an account."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from merchant_portal import audit, mails, throttle
from merchant_portal.config import Config
from merchant_portal.db import db
from merchant_portal.errors import PortalError, Throttled
from merchant_portal.hints import hints
from merchant_portal.models import Account, Membership, PasswordReset, Person, SignUp, WebSession
from merchant_portal.runtime import hasher

TERMS_VERSION = "2026-11"
CONFIRMATION_LIFE = timedelta(hours=48)
RESET_LIFE = timedelta(hours=1)


class LinkError(PortalError):
    """`code` is link_unknown, link_used or link_expired."""

    status = 410


class SignInError(PortalError):
    """`code` is sign_in_wrong, or sign_in_unconfirmed once the right password of a pending sign-up was given."""


@dataclass(frozen=True)
class Application:
    """A sign-up form whose fields were checked. `id` is kept by the browser, so that it is known again at its link."""

    id: uuid.UUID
    email: str
    password: str
    company: str
    siren: str
    iban: str
    language: str


def token_hash(token: str) -> str:
    """Only this is stored; the token itself is in the mail or cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_up(config: Config, application: Application, address: str, now: datetime) -> None:
    """Mails a link; an address that has an account is told so by mail, and only there. Raises Throttled."""
    throttle.check(throttle.SIGN_UP_ADDRESS, address, now)
    throttle.count(throttle.SIGN_UP_ADDRESS, address, now)
    password_hash = hasher().hash(application.password)  # before the look-up: both ways take the same time
    if db.session.scalar(select(Person.id).where(Person.email == application.email)):
        _put_limited(
            config, "known", application.email, application.language, now, url=f"{config.portal_url}/connexion"
        )
    else:
        _put_sign_up(config, application, password_hash, now)
    db.session.commit()
    hints().sweep()


def _put_sign_up(config: Config, application: Application, password_hash: str, now: datetime) -> None:
    token = secrets.token_urlsafe(32)
    row = SignUp(
        id=application.id,
        token_hash=token_hash(token),
        email=application.email,
        password_hash=password_hash,
        company=application.company,
        siren=application.siren,
        iban=application.iban,
        language=application.language,
        terms_version=TERMS_VERSION,
        created_at=now,
        expires_at=now + CONFIRMATION_LIFE,
    )
    url = f"{config.portal_url}/confirmation/{quote(token)}"
    if _put_limited(
        config, "confirm", application.email, application.language, now, url=url, company=application.company
    ):
        db.session.add(row)


def _put_limited(config: Config, kind: str, email: str, language: str, now: datetime, **values: str) -> bool:
    """A mail, unless this address got several within the hour: our forms are no tool to annoy somebody with."""
    try:
        throttle.check(throttle.MAIL_TO, email, now)
    except Throttled:
        return False
    throttle.count(throttle.MAIL_TO, email, now)
    mails.put(config, kind, email, language, now, **values)
    return True


def resend(config: Config, sign_up_id: uuid.UUID, now: datetime) -> None:
    """A new link for a pending sign-up, in place of the earlier one. Nothing happens when there is none to confirm."""
    row = db.session.get(SignUp, sign_up_id, with_for_update=True)
    if row is not None and row.used_at is None:
        token = secrets.token_urlsafe(32)
        url = f"{config.portal_url}/confirmation/{quote(token)}"
        if _put_limited(config, "confirm", row.email, row.language, now, url=url, company=row.company):
            row.token_hash, row.expires_at = token_hash(token), now + CONFIRMATION_LIFE
    db.session.commit()
    hints().sweep()


def confirm(token: str, now: datetime) -> tuple[Membership, uuid.UUID]:
    """Turns the sign-up of this link into a person who owns an account; also returns its id. Raises LinkError."""
    row = db.session.scalar(select(SignUp).where(SignUp.token_hash == token_hash(token)).with_for_update())
    if row is None:
        raise LinkError("link_unknown")
    if row.used_at is not None or db.session.scalar(select(Person.id).where(Person.email == row.email)):
        raise LinkError("link_used")
    if row.expires_at <= now:
        raise LinkError("link_expired")
    try:
        membership = open_account(row, now)
    except IntegrityError as err:  # another sign-up of the same address was confirmed at this very moment
        db.session.rollback()
        raise LinkError("link_used") from err
    row.used_at, row.password_hash, row.iban = now, None, None
    db.session.execute(
        update(SignUp)
        .where(SignUp.email == row.email, SignUp.used_at.is_(None))
        .values(used_at=now, password_hash=None, iban=None)
    )
    db.session.commit()
    hints().sweep()
    return membership, row.id


def open_account(row: SignUp, now: datetime) -> Membership:
    """Person, account and ownership, within the caller's transaction."""
    person = Person(
        id=uuid.uuid4(),
        email=row.email,
        password_hash=row.password_hash,
        language=row.language,
        created_at=now,
        confirmed_at=now,
    )
    account = Account(
        id=uuid.uuid4(),
        company=row.company,
        siren=row.siren,
        iban=row.iban,
        country="FR",
        email=row.email,
        language=row.language,
        terms_version=row.terms_version,
        terms_accepted_at=row.created_at,
        created_at=now,
    )
    membership = Membership(person=person, account=account, role="owner", created_at=now)
    db.session.add_all([person, account, membership])
    db.session.flush()
    audit.record(account.id, person.email, "account.opened", now, person_id=person.id, target=account.company)
    return membership


def sign_in(email: str, password: str, address: str, now: datetime) -> Person:
    """The person with this password. Raises SignInError or Throttled; every way takes one password check."""
    pair = f"{address} {email}"
    throttle.check(throttle.SIGN_IN_ADDRESS, address, now)
    throttle.check(throttle.SIGN_IN_PAIR, pair, now)
    person = db.session.scalar(select(Person).where(Person.email == email))
    pending = None if person else _pending(email, now)
    stored = person.password_hash if person else pending.password_hash if pending else None
    if not hasher().verify(stored, password):
        throttle.count(throttle.SIGN_IN_ADDRESS, address, now)
        throttle.count(throttle.SIGN_IN_PAIR, pair, now)
        db.session.commit()
        raise SignInError("sign_in_wrong")
    if person is None:
        raise SignInError("sign_in_unconfirmed")
    throttle.forget(throttle.SIGN_IN_PAIR, pair)
    if stored and hasher().is_old(stored):
        person.password_hash = hasher().hash(password)
    db.session.commit()
    return person


def _pending(email: str, now: datetime) -> SignUp | None:
    statement = select(SignUp).where(SignUp.email == email, SignUp.used_at.is_(None), SignUp.expires_at > now)
    return db.session.scalars(statement.order_by(SignUp.created_at.desc()).limit(1)).first()


def ask_new_password(config: Config, email: str, address: str, now: datetime) -> None:
    """Mails a link when the address has an account; the page says the same either way. Raises Throttled."""
    throttle.check(throttle.SIGN_UP_ADDRESS, address, now)
    throttle.count(throttle.SIGN_UP_ADDRESS, address, now)
    person = db.session.scalar(select(Person).where(Person.email == email))
    if person is not None:
        token = secrets.token_urlsafe(32)
        url = f"{config.portal_url}/mot-de-passe/{quote(token)}"
        if _put_limited(config, "reset", person.email, person.language, now, url=url):
            db.session.add(
                PasswordReset(
                    token_hash=token_hash(token), person_id=person.id, created_at=now, expires_at=now + RESET_LIFE
                )
            )
    db.session.commit()
    hints().sweep()


def reset_of(token: str, now: datetime) -> PasswordReset:
    """The pending reset of this link, locked. Raises LinkError."""
    statement = select(PasswordReset).where(PasswordReset.token_hash == token_hash(token)).with_for_update()
    row = db.session.scalar(statement)
    if row is None:
        raise LinkError("link_unknown")
    if row.used_at is not None:
        raise LinkError("link_used")
    if row.expires_at <= now:
        raise LinkError("link_expired")
    return row


def set_new_password(token: str, password: str, now: datetime) -> Person:
    """Changes the password, ends every session and spends every pending link. Raises LinkError."""
    row = reset_of(token, now)
    person = row.person
    person.password_hash = hasher().hash(password)
    pending = PasswordReset.person_id == person.id, PasswordReset.used_at.is_(None)
    db.session.execute(update(PasswordReset).where(*pending).values(used_at=now))
    db.session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    for membership in db.session.scalars(select(Membership).where(Membership.person_id == person.id)):
        audit.record(membership.account_id, person.email, "password.changed", now, person_id=person.id)
    db.session.commit()
    return person
