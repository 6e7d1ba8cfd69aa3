"""The card network we simulate: answers follow test card, amount or script, and everything answered is remembered by reference.

It keeps its own tables on its own connection, committed on its own, as a distant acquirer would: our transaction may fail after it
answered. A reference asked again gets the stored answer, whatever the question says now; one that was reversed before it arrived
is refused. An ordinary question is one statement, which also sees whether a script waits for it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Boolean, Connection, Executable, bindparam, not_, or_, select
from sqlalchemy.dialects.postgresql import insert

from payments_core import acquirer_script, chip_issuer, lanes, simulated_cards, simulated_rates
from payments_core.acquirer import APPROVED, NEEDS_3DS, TOO_LATE, Answer, AuthorizationRequest, OrderRequest
from payments_core.acquirer_script import Turn
from payments_core.clock import Clock
from payments_core.db import AT_ONCE, db, release_connection
from payments_core.driver import Query
from payments_core.errors import AcquirerUnavailable
from payments_core.models import SimulatorRecord
from payments_core.money import numeric
from payments_core.simulated_cards import CLEAR, Behaviour, Disturbance

_WON, _LOST, _LOSING = "won", "lost", "losing_evidence"
_ANSWER = (
    SimulatorRecord.response,
    SimulatorRecord.authorization_code,
    SimulatorRecord.immediate,
    SimulatorRecord.issuer_data,
)


class AcquirerSimulator:
    """Implements the acquirer door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def authentication(self, number: str) -> str:
        return simulated_cards.behaviour(number).authentication

    def authorize(self, request: AuthorizationRequest) -> Answer:
        behaviour = simulated_cards.behaviour(request.number)
        if request.present is None and behaviour.line == CLEAR:
            answer = self._authorize(request, behaviour, unless_scripted=True)
            if answer is not None:
                return answer
        turn = _turn(request, "authorization")
        if turn is not None:
            behaviour = turn.over(behaviour)
        return _over_the_line(behaviour.line, lambda: _given(self._authorize(request, behaviour)))

    def order(self, request: OrderRequest) -> Answer:
        """Everything asked is done; proof wins unless it says "losing_evidence"."""
        response, outcome = "00", None
        if request.kind == "evidence":
            outcome = _LOST if _LOSING in (request.note or "") else _WON
        elif request.kind == "decision":
            proof = self._known(request.original)
            response = "00" if proof is not None and proof.issuer_data == _WON else "05"
        elif request.kind == "reverse":
            self._close(request)
        scriptable = request.kind in acquirer_script.KINDS
        answer = self._remember(request, request.kind, response, issuer_data=outcome, unless_scripted=scriptable)
        if answer is None:
            turn = _turn(request, request.kind)
            response = turn.response if turn is not None and turn.response is not None else response
            answer = self._remember(request, request.kind, response)
        return _given(answer)

    def exchange_rate(self, currency: str, day: date, live: bool) -> Decimal:
        return simulated_rates.of_day(currency, day)

    def _authorize(
        self, request: AuthorizationRequest, behaviour: Behaviour, *, unless_scripted: bool = False
    ) -> Answer | None:
        """The issuer's answer, remembered; None when it was not asked because a script has to be looked at first."""
        response, issuer_data = behaviour.response, None
        if behaviour.by_amount:
            response = simulated_cards.response_by_amount(request.amount)
        if request.present is not None:
            if (known := self._known(request.reference)) is not None:
                return known
            response, issuer_data = _chip(request, response)
        elif behaviour.needs_authentication and not request.authenticated:
            response = NEEDS_3DS
        answer = self._remember(
            request,
            "authorization",
            response,
            immediate=behaviour.immediate,
            issuer_data=issuer_data,
            unless_scripted=unless_scripted,
        )
        disputed = behaviour.disputed
        return replace(answer, disputed=disputed) if answer is not None and answer.approved and disputed else answer

    def _remember(
        self,
        request: AuthorizationRequest | OrderRequest,
        kind: str,
        response: str,
        *,
        immediate: bool = False,
        issuer_data: str | None = None,
        unless_scripted: bool = False,
    ) -> Answer | None:
        """One statement: keeps the first answer to a reference and gives back whatever is kept.

        None, and nothing kept, when a script has an entry for this question and `unless_scripted` asks to leave it alone.
        """
        is_order, approved = isinstance(request, OrderRequest), response in APPROVED
        values = {
            "new_reference": request.reference,
            "new_kind": kind,
            "new_original": request.original if isinstance(request, OrderRequest) else None,
            "new_amount": request.amount,
            "new_currency": request.currency,
            "new_response": response,
            "new_authorization_code": _authorization_code(request.reference) if approved and not is_order else None,
            "new_immediate": immediate and approved,
            "new_issuer_data": issuer_data,
            "new_asked": 1,
            "new_created_at": self._now(),
            "whatever_the_script": request.live or not unless_scripted,
            "of_merchant": request.merchant_id,
            "of_kind": kind,
            "of_reference": request.reference,
        }
        rows = _REMEMBER.at_once(**values)
        return Answer(*rows[0]) if rows else None

    def _close(self, reversal: OrderRequest) -> None:
        """Makes sure that the reversed authorization has an answer, so that its question cannot be accepted any more."""
        statement = (
            insert(SimulatorRecord)
            .values(
                reference=reversal.original,
                kind="authorization",
                amount=reversal.amount,
                currency=reversal.currency,
                response=TOO_LATE,
                asked=0,
                created_at=self._now(),
            )
            .on_conflict_do_nothing()
        )
        with _connection() as connection:
            connection.execute(statement)

    def _known(self, reference: str) -> Answer | None:
        """The answer already given to this reference: a PIN must not be counted twice."""
        with _connection() as connection:
            row = connection.execute(select(*_ANSWER).where(SimulatorRecord.reference == reference)).first()
        return Answer(*row) if row else None

    def _now(self) -> datetime:
        return self._clock()


def _remembering() -> Executable:
    """Built once: what is sent each time is only its values."""
    columns = list(SimulatorRecord.__table__.columns)
    values: list[Any] = [bindparam(f"new_{column.name}", type_=column.type) for column in columns]
    free = or_(bindparam("whatever_the_script", type_=Boolean()), not_(acquirer_script.concerns()))
    return (
        insert(SimulatorRecord)
        .from_select([column.name for column in columns], select(*values).where(free))
        .on_conflict_do_update(index_elements=["reference"], set_={"asked": SimulatorRecord.asked + 1})
        .returning(*_ANSWER)
    )


_REMEMBER = Query(_remembering())


def _turn(request: AuthorizationRequest | OrderRequest, kind: str) -> Turn | None:
    if request.live:
        return None
    with _connection() as connection:
        return acquirer_script.take(connection, request.merchant_id, kind, request.reference)


def _chip(request: AuthorizationRequest, response: str) -> tuple[str, str]:
    """The response after chip and PIN were looked at, and what goes back to the chip."""
    assert request.present is not None
    with _connection() as connection:
        verdict = chip_issuer.verify(
            connection, request.reference, request.number, request.amount, numeric(request.currency), request.present
        )
    response = verdict.refusal or response
    return response, verdict.issuer_data(response)


def _over_the_line(line: Disturbance, ask: Callable[[], Answer]) -> Answer:
    """Asks with everything the line does to question and answer. Raises AcquirerUnavailable when one of them is lost."""
    answer = ask() if line.loss != "question" else None
    if answer is not None and line.duplicate:
        answer = ask()
    release_connection()
    if line.delay_ms:
        lanes.elsewhere(partial(time.sleep, line.delay_ms / 1000))
    if answer is None or line.loss is not None:
        raise AcquirerUnavailable("The acquirer did not answer")
    return answer


def _given(answer: Answer | None) -> Answer:
    assert answer is not None
    return answer


def _connection() -> Connection:
    """A connection whose statements are each committed at once, and the only one of its kind."""
    release_connection()
    return db.engines[AT_ONCE].connect()


def _authorization_code(reference: str) -> str:
    """Six characters derived from the reference, so that the same question gives the same code."""
    return hashlib.sha256(reference.encode()).hexdigest()[:6].upper()
