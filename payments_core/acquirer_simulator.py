"""The card network we simulate: answers follow the test card, and everything answered is remembered by reference.

It keeps its own table on its own connection, committed on its own, as a distant acquirer would: our transaction may fail after
it answered. A reference asked again gets the stored answer, whatever the question says now.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from payments_core import chip_issuer
from payments_core.acquirer import APPROVED, NEEDS_3DS, Answer, AuthorizationRequest, OrderRequest
from payments_core.clock import Clock
from payments_core.db import db
from payments_core.models import SimulatorRecord
from payments_core.money import numeric


@dataclass(frozen=True)
class Behaviour:
    """How the simulated issuer treats one card."""

    response: str = "00"
    challenge: bool | None = False  # None: the card cannot be authenticated
    needs_authentication: bool = False
    immediate: bool = False  # the money moves with the authorization
    disputed: str | None = None  # reason code of a dispute opened at once


ORDINARY = Behaviour()
_WON, _LOST, _LOSING = "won", "lost", "losing_evidence"
_ANSWER = (
    SimulatorRecord.response,
    SimulatorRecord.authorization_code,
    SimulatorRecord.immediate,
    SimulatorRecord.issuer_data,
)
BEHAVIOURS: dict[str, Behaviour] = {
    "4000000000000077": Behaviour(immediate=True),
    "4000000000000259": Behaviour(
        immediate=True, disputed="1040"
    ),  # the dispute cards: captured at once, so that a dispute is legal
    "4000000000001976": Behaviour(immediate=True, disputed="4853"),
    "4000000000005423": Behaviour(immediate=True, disputed="4837"),
    "4000000000003220": Behaviour(challenge=True, needs_authentication=True),
    "4000000000000002": Behaviour("05"),
    "4000000000009995": Behaviour("51"),
    "4000000000009979": Behaviour("43"),
    "4000000000009987": Behaviour("41"),
    "4000000000000069": Behaviour("54"),
    "4000000000000127": Behaviour("82"),
    "4100000000000019": Behaviour("59"),
    "4000000000000119": Behaviour("96"),
    "4000000000000341": Behaviour("91"),
}


class AcquirerSimulator:
    """Implements the acquirer door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def wants_challenge(self, number: str) -> bool | None:
        return BEHAVIOURS.get(number, ORDINARY).challenge

    def authorize(self, request: AuthorizationRequest) -> Answer:
        behaviour = BEHAVIOURS.get(request.number, ORDINARY)
        response, issuer_data = behaviour.response, None
        if request.present is not None:
            if (known := self._known(request.reference)) is not None:
                return known
            with _engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                verdict = chip_issuer.verify(
                    connection,
                    request.reference,
                    request.number,
                    request.amount,
                    numeric(request.currency),
                    request.present,
                )
            response = verdict.refusal or response
            issuer_data = verdict.issuer_data(response)
        elif behaviour.needs_authentication and not request.authenticated:
            response = NEEDS_3DS
        approved = response in APPROVED
        answer = self._remember(
            reference=request.reference,
            kind="authorization",
            original=None,
            amount=request.amount,
            currency=request.currency,
            response=response,
            authorization_code=_authorization_code(request.reference) if approved else None,
            immediate=behaviour.immediate and approved,
            issuer_data=issuer_data,
        )
        return replace(answer, disputed=behaviour.disputed if answer.approved else None)

    def order(self, request: OrderRequest) -> Answer:
        """Everything asked is done; proof wins unless it says "losing_evidence"."""
        response, outcome = "00", None
        if request.kind == "evidence":
            outcome = _LOST if _LOSING in (request.note or "") else _WON
        elif request.kind == "decision":
            proof = self._known(request.original)
            response = "00" if proof is not None and proof.issuer_data == _WON else "05"
        return self._remember(
            reference=request.reference,
            kind=request.kind,
            original=request.original,
            amount=request.amount,
            currency=request.currency,
            response=response,
            authorization_code=None,
            immediate=False,
            issuer_data=outcome,
        )

    def _remember(self, *, reference: str, **values: object) -> Answer:
        """One statement: keeps the first answer to a reference and gives back whatever is kept."""
        statement = (
            insert(SimulatorRecord)
            .values(reference=reference, asked=1, created_at=self._now(), **values)
            .on_conflict_do_update(index_elements=["reference"], set_={"asked": SimulatorRecord.asked + 1})
            .returning(*_ANSWER)
        )
        with _engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return Answer(*connection.execute(statement).one())

    def _known(self, reference: str) -> Answer | None:
        """The answer already given to this reference: a PIN must not be counted twice."""
        with _engine().connect() as connection:
            row = connection.execute(select(*_ANSWER).where(SimulatorRecord.reference == reference)).first()
        return Answer(*row) if row else None

    def _now(self) -> datetime:
        return self._clock()


def _engine() -> Engine:
    return db.engine


def _authorization_code(reference: str) -> str:
    """Six characters derived from the reference, so that the same question gives the same code."""
    return hashlib.sha256(reference.encode()).hexdigest()[:6].upper()
