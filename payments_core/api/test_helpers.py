"""Help for a merchant's own tests, test keys only: our extension to the contract. The acquirer's next answers, written beforehand."""

from __future__ import annotations

from typing import Any

from payments_core import acquirer_script
from payments_core.acquirer_script import Entry
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body
from payments_core.api.idempotency import suffix
from payments_core.api.schemas.test_helpers import Script
from payments_core.api.versions import v2
from payments_core.models import ScriptedAnswer

_FIELDS = ("kind", "response", "delay_ms", "loss", "duplicate", "times")


@v2.post("/test/acquirer_script")
def append_to_script() -> dict[str, Any]:
    """Adds entries to the end of the script; answers with all that wait."""
    scope = current_scope()
    acquirer_script.check_test_mode(scope)
    entries = [Entry(**_given(fields)) for fields in load_body(Script)["answers"]]
    return _body(acquirer_script.append(scope, entries, suffix=suffix()))


@v2.get("/test/acquirer_script")
def read_script() -> dict[str, Any]:
    """What the acquirer will do with the next questions, in order."""
    return _body(acquirer_script.waiting(current_scope()))


@v2.delete("/test/acquirer_script")
def forget_script() -> dict[str, Any]:
    """Empties the script."""
    acquirer_script.clear(current_scope())
    return _body([])


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """A null means the same as an absent field."""
    return {name: value for name, value in fields.items() if value is not None}


def _body(entries: list[ScriptedAnswer]) -> dict[str, Any]:
    return {"answers": [{name: getattr(entry, name) for name in _FIELDS} for entry in entries]}
