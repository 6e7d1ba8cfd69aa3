"""Horloge de test: moves the merchant's test time forward, with everything that falls due on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import audit, bank_calendar, formats, permissions, runtime
from merchant_portal.db import db
from merchant_portal.errors import PaymentsRefused, PaymentsUnavailable
from merchant_portal.forms.auth import PlainForm
from merchant_portal.views import common
from merchant_portal.views.common import acting, address, merchant, requires, visitor
from merchant_portal.wordings import sentence

bp = Blueprint("test_clock", __name__, url_prefix="/horloge")

LONGEST = timedelta(days=366)


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """The clock, its stops, and what moving it does."""
    return _page()


@bp.post("")
@requires(permissions.CLOCK)
def advance() -> ResponseReturnValue:
    """Starts moving to a stop or to a chosen moment."""
    clock = runtime.payments().clock(acting(), merchant())
    now = formats.moment(clock["now"])
    assert now is not None
    if not PlainForm().validate():
        return redirect(url_for("test_clock.index"), 303)
    target = _target(now)
    if target is None:
        return _page(sentence("clock_malformed")), 422
    if target <= now:
        return _page(sentence("clock_backwards", now=formats.date_time(now))), 409
    if target - now > LONGEST:
        return _page(sentence("clock_too_far")), 422
    try:
        runtime.payments().advance_clock(acting(), merchant(), target.isoformat().replace("+00:00", "Z"))
    except PaymentsRefused as error:
        return _page(sentence(error.code, goal=formats.date_time(clock["advancing_to"] or clock["now"]))), error.status
    _record(target)
    flash(gettext("L’horloge avance jusqu’au %(moment)s.", moment=formats.date_time(target)), "info")
    return redirect(common.local_path(request.form.get("next")) or url_for("test_clock.index"), 303)


@bp.get("/etat.json")
@requires(permissions.READ)
def state() -> ResponseReturnValue:
    """For the script of the bar: where the clock is, in words."""
    clock = common.test_clock()
    if clock is None:
        raise PaymentsUnavailable()
    return {"now": formats.date_time(clock["now"]), "moving": clock["advancing_to"] is not None}


def _target(now: datetime) -> datetime | None:
    """The moment a button or the date field asks for."""
    stop = request.form.get("to", "")
    stops = {
        "hour": now + timedelta(hours=1),
        "day": now + timedelta(days=1),
        "week": now + timedelta(days=7),
        "cut_off": bank_calendar.next_cut_off(now),
        "settlement": bank_calendar.next_settlement(now),
    }
    if stop in stops:
        return stops[stop].replace(microsecond=0)
    try:
        chosen = datetime.fromisoformat(request.form.get("at", ""))
    except ValueError:
        return None
    return (chosen if chosen.tzinfo else chosen.replace(tzinfo=formats.PARIS)).astimezone(UTC)


def _record(target: datetime) -> None:
    who = visitor()
    audit.record(
        who.account.id,
        who.person.email,
        "clock.advanced",
        runtime.now(),
        person_id=who.person_id,
        target=target.isoformat(),
        address=address(),
    )
    db.session.commit()


def _page(problem: str | None = None) -> str:
    merchant()
    clock = common.test_clock()
    if clock is None:
        raise PaymentsUnavailable()
    now = common.merchant_now()
    return render_template(
        "test_clock/index.html",
        clock=clock,
        problem=problem,
        typed=request.form.get("at", ""),
        cut_off=bank_calendar.next_cut_off(now),
        settlement=bank_calendar.next_settlement(now),
        plain=PlainForm(formdata=None),
    )
