"""Checks of who holds a bank account (wire contract 2.5): v1 of a stored account, v2 also of an IBAN with a claim."""

from __future__ import annotations

from typing import Any

from payments_core import account_checks, sepa_accounts
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body
from payments_core.api.idempotency import suffix
from payments_core.api.problems import MISSING, InvalidInput, Problem
from payments_core.api.schemas.sepa import NewCheck, WantedScore
from payments_core.api.sepa import sepa_input
from payments_core.api.versions import v1, v2, version
from payments_core.bank import HolderClaim
from payments_core.bank_simulator import iban_scoring
from payments_core.errors import Forbidden
from payments_core.models import AccountCheck
from payments_core.representation import unix

_ACCOUNT_FIELDS = ("iban", "name", "bic", "mandate", "date_mandate", "date_birth")


@v1.post("/sepa/check")
@v2.post("/sepa/check")
def create_check() -> dict[str, Any]:
    """A body with `id` or an account's fields gets v1's answer in both versions, as clients use it in both."""
    scope, fields = current_scope(), load_body(NewCheck)
    claim = _claim(fields)
    if claim is not None and version() == 2 and fields.get("id") is None:
        check = account_checks.of_iban(scope, fields["iban"], claim, suffix=suffix())
        return {"id": check.id}
    if fields.get("id") is None:
        if fields.get("name") is None:
            raise InvalidInput([Problem(("body", "name"), MISSING)])
        wanted = sepa_input({name: fields.get(name) for name in _ACCOUNT_FIELDS})
        account = sepa_accounts.create(scope, wanted, suffix=suffix())
    else:
        account = sepa_accounts.get(scope, fields["id"])
    return _check_v1(account_checks.of_account(scope, account, suffix=suffix()))


@v1.get("/sepa/check/<sepa_id>")
def read_check_v1(sepa_id: str) -> dict[str, Any]:
    return _check_v1(account_checks.latest(current_scope(), sepa_id))


@v2.get("/sepa/check/<check_id>")
def read_check_v2(check_id: str) -> dict[str, Any]:
    """By the check's id, or by the account's, as official clients do."""
    if check_id.startswith("sepa_"):
        return _check_v1(account_checks.latest(current_scope(), check_id))
    return _check_v2(account_checks.get(current_scope(), check_id))


@v2.post("/sepa/check/generate")
def generate_iban() -> dict[str, Any]:
    """A test IBAN that produces the score asked for. Test mode only."""
    if current_scope().live:
        raise Forbidden("Test IBANs exist in test mode only")
    return {"iban": iban_scoring(load_body(WantedScore)["score"])}


def _claim(fields: dict[str, Any]) -> HolderClaim | None:
    person, company = fields.get("person"), fields.get("company")
    if person is not None:
        return HolderClaim("person", f"{person['first_name']} {person['last_name']}", person.get("date_birth"))
    if company is not None:
        return HolderClaim("company", identifier=company["identifier"])
    return None


def _check_v1(check: AccountCheck) -> dict[str, Any]:
    return {
        "id": check.sepa_account_id,
        "created": unix(check.created_at),
        "date_birth": check.birth_date_valid,
        "response": "00",
        "score_name": check.score_name,
        "status": "checked",
        **({"live_mode": check.live} if version() == 1 else {}),
    }


def _check_v2(check: AccountCheck) -> dict[str, Any]:
    assert check.score is not None
    found = {
        "score": check.score,
        "score_name": check.score_name,
        "birth_date_valid": check.birth_date_valid,
        "existing_account": check.existing_account,
        "correct_account_holder_type": check.correct_holder_type,
        "valid_identifier": check.valid_identifier,
        "classification": account_checks.classification(check.score),
    }
    return {
        "id": check.id,
        "created": unix(check.created_at),
        "check_type": check.kind,
        "status": check.status,
        "person": found if check.kind == "person" else None,
        "company": found if check.kind == "company" else None,
    }
