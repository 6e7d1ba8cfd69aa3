"""The acquirer simulator's script: what happens to a test merchant's next questions, in order.

An entry goes to the next question that has none yet (an authorization, capture or refund, as its `kind` says) and stays with it:
asked again with the same reference, the question meets the same entry, which disturbs it `times` times and then lets it through.
The script belongs to the simulator. A real acquirer knows none, and live payments never see one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from payments_core import responses
from payments_core.db import db, new_id
from payments_core.errors import Conflict, Forbidden, InvalidRequest
from payments_core.models import ScriptedAnswer
from payments_core.scope import Scope
from payments_core.simulated_cards import CLEAR, Behaviour, Disturbance

KINDS = ("authorization", "capture", "refund")
LOSSES = ("question", "answer")
LONGEST_DELAY_MS = 30_000
MOST_TIMES = 10
MOST_WAITING = 100
_KEPT = timedelta(hours=1)  # an entry that was used; its question is long over


@dataclass(frozen=True)
class Entry:
    """What to do with one question. `response` None: as the card says."""

    kind: str = "authorization"
    response: str | None = None
    delay_ms: int = 0
    loss: str | None = None
    duplicate: bool = False
    times: int = 1


@dataclass(frozen=True)
class Turn:
    """An entry as one asking of its question meets it."""

    response: str | None
    line: Disturbance

    def over(self, behaviour: Behaviour) -> Behaviour:
        """The card's behaviour with what the script says instead."""
        if self.response is None:
            return replace(behaviour, line=self.line)
        return replace(behaviour, response=self.response, needs_authentication=False, by_amount=False, line=self.line)


def check_test_mode(scope: Scope) -> None:
    """Raises Forbidden in live mode."""
    if scope.live:
        raise Forbidden("The acquirer's answers can be written beforehand in test mode only")


def append(scope: Scope, entries: Sequence[Entry], *, suffix: str | None = None) -> list[ScriptedAnswer]:
    """Adds entries at the end; returns all that wait. With the same `suffix` again nothing is added twice.

    Raises Forbidden in live mode, InvalidRequest, Conflict `script_full`.
    """
    check_test_mode(scope)
    for entry in entries:
        _check(entry)
    if len(waiting(scope)) + len(entries) > MOST_WAITING:
        raise Conflict(f"A script has at most {MOST_WAITING} entries", code="script_full", maximum=MOST_WAITING)
    used = (ScriptedAnswer.merchant_id == scope.merchant_id, ScriptedAnswer.reference.is_not(None))
    db.session.execute(delete(ScriptedAnswer).where(*used, ScriptedAnswer.created_at < scope.real_now - _KEPT))
    base = new_id("scrp", suffix)
    common = {"merchant_id": scope.merchant_id, "asked": 0, "created_at": scope.real_now}
    values = [{**vars(entry), **common, "id": f"{base}_{number}"} for number, entry in enumerate(entries)]
    if values:
        db.session.execute(insert(ScriptedAnswer).values(values).on_conflict_do_nothing())
    db.session.commit()
    return waiting(scope)


def waiting(scope: Scope) -> list[ScriptedAnswer]:
    """What the next questions will meet, in order. Raises Forbidden in live mode."""
    check_test_mode(scope)
    statement = select(ScriptedAnswer).where(
        ScriptedAnswer.merchant_id == scope.merchant_id, ScriptedAnswer.reference.is_(None)
    )
    return list(db.session.scalars(statement.order_by(ScriptedAnswer.position)))


def clear(scope: Scope) -> None:
    """Forgets the script, entries at work included. Raises Forbidden in live mode."""
    check_test_mode(scope)
    db.session.execute(delete(ScriptedAnswer).where(ScriptedAnswer.merchant_id == scope.merchant_id))
    db.session.commit()


def concerns() -> ColumnElement[bool]:
    """Condition of a statement: an entry waits for the question of `of_merchant`, `of_kind` and `of_reference`, or is with it."""
    return exists().where(*_candidates())


def take(connection: Connection, merchant_id: str, kind: str, reference: str) -> Turn | None:
    """The entry of a question, its own before the first that waits; None when there is none. One committed statement."""
    mine = case((ScriptedAnswer.reference.is_(None), 1), else_=0)
    chosen = (
        select(ScriptedAnswer.id)
        .where(*_candidates())
        .order_by(mine, ScriptedAnswer.position)
        .limit(1)
        .with_for_update(skip_locked=True)
        .correlate(None)  # of its own table, not of the row to change
        .scalar_subquery()
    )
    statement = (
        update(ScriptedAnswer)
        .where(ScriptedAnswer.id == chosen)
        .values(reference=bindparam("of_reference"), asked=ScriptedAnswer.asked + 1)
        .returning(
            ScriptedAnswer.response,
            ScriptedAnswer.delay_ms,
            ScriptedAnswer.loss,
            ScriptedAnswer.duplicate,
            ScriptedAnswer.asked <= ScriptedAnswer.times,
        )
    )
    values = {"of_merchant": merchant_id, "of_kind": kind, "of_reference": reference}
    row = connection.execute(statement, values).first()
    if row is None:
        return None
    response, delay_ms, loss, duplicate, disturbs = row
    return Turn(response, Disturbance(delay_ms, loss, duplicate) if disturbs else CLEAR)


def _candidates() -> tuple[ColumnElement[bool], ...]:
    entry = ScriptedAnswer
    unclaimed_or_mine = or_(entry.reference.is_(None), entry.reference == bindparam("of_reference"))
    return (and_(entry.merchant_id == bindparam("of_merchant"), entry.kind == bindparam("of_kind")), unclaimed_or_mine)


def _check(entry: Entry) -> None:
    if entry.kind not in KINDS:
        raise InvalidRequest("kind", f"must be one of {', '.join(KINDS)}", code="bad_script")
    if entry.response is not None and entry.response not in responses.MEANINGS:
        raise InvalidRequest("response", "must be a response code", code="bad_script")
    if entry.loss is not None and entry.loss not in LOSSES:
        raise InvalidRequest("loss", f"must be one of {', '.join(LOSSES)}", code="bad_script")
    if not 0 <= entry.delay_ms <= LONGEST_DELAY_MS:
        raise InvalidRequest("delay_ms", f"must be between 0 and {LONGEST_DELAY_MS}", code="bad_script")
    if not 1 <= entry.times <= MOST_TIMES:
        raise InvalidRequest("times", f"must be between 1 and {MOST_TIMES}", code="bad_script")
    if entry.kind != "authorization" and (entry.response is None or entry.loss or entry.delay_ms or entry.duplicate):
        # Orders of all merchants leave together: one merchant's slow or broken line would hold up the others.
        raise InvalidRequest("kind", "A capture or refund can only be given a response", code="bad_script")
