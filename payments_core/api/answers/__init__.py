"""What answers look like: one JSON Schema (draft 2020-12) per object and version, under the name it has in the OpenAPI document.

An object says everything it holds and nothing else may be in it, so a field that is added or dropped without its line here fails the
tests, which hold real answers against these schemas. A name that ends in V1 is an object of v1; the others are v2's.
"""

from __future__ import annotations

from payments_core.api.answers import intents, payers, payments, payouts, problems, test_helpers, webhooks
from payments_core.api.answers.forms import Schema

ANSWERS: dict[str, Schema] = {
    **problems.ANSWERS,
    **payers.ANSWERS,
    **payments.ANSWERS,
    **payouts.ANSWERS,
    **intents.ANSWERS,
    **webhooks.ANSWERS,
    **test_helpers.ANSWERS,
}


def name_of(name: str, version: int) -> str:
    """The schema of an object in a version: what has no schema of its own in v1 is the same in both."""
    old = f"{name}V1"
    return old if version == 1 and old in ANSWERS else name
