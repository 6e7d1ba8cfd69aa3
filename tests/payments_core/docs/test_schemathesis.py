"""Requests drawn from the document: none is answered with a server error, and none in a way the document does not say.

The draw is the same at every run. Addresses and half of the bodies name objects that exist, so that requests reach further than
the first check; the other half is as drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.payments_core.docs.conformity import Conformity
from tests.payments_core.public_door import API, CARD, CUSTOMER, Caller

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12  # of each operation
CALLS_OUT = "/v2/webhooks/{webhook_endpoint_id}/test"  # sends to an address on the Internet; tested elsewhere
AT_ONCE = {**CARD, "number": "4000000000000077"}
IBAN = "FR1420041010050500013M02606"
DRAWN = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def existing(api: Caller) -> dict[str, str]:
    """One object of every kind, under the name of its parameter."""
    customer = api.made("/v2/customers", CUSTOMER)["id"]
    card = api.made("/v2/cards", {**CARD, "customer": customer})["id"]
    sepa = api.made("/v2/sepa", {"iban": IBAN, "name": "Ada Martin"})["id"]
    payment = api.made("/v2/payments", {"amount": 9000, "card": AT_ONCE})["id"]
    claim = {"person": {"first_name": "Ada", "last_name": "Martin"}}
    contested = {"amount": 2590, "card": {**CARD, "number": "4000000000000259"}}
    api.made("/v2/payments", contested)
    hook = api.made("/v2/webhooks", {"url": "https://shop.example/hook"})["id"]
    return {
        "customer_id": customer,
        "card_id": card,
        "sepa_id": sepa,
        "payment_id": payment,
        "refund_id": api.made("/v2/refunds", {"payment": payment, "amount": 100})["id"],
        "dispute_id": api.get("/v2/disputes").get_json()["disputes"][0]["id"],
        "file_id": "evdf_" + "x" * 24,  # files are sent as they are, which drawn JSON is not
        "check_id": api.made("/v2/sepa/check", {"iban": IBAN, **claim})["id"],
        "mandate_id": api.made("/v2/mandates", {"sepa": sepa})["id"],
        "address_id": api.made("/v2/addresses", {"zip_code": "75001", "city": "Paris", "country": "fr"})["id"],
        "payment_intent_id": api.made("/v2/payment_intents", {"amount": 2590})["id"],
        "payment_link_id": api.made("/v2/payment_links", {"amount": 2590})["id"],
        "subscription_id": api.made(
            "/v2/subscriptions", {"customer": customer, "card": card, "amount": 900, "interval": "month"}
        )["id"],
        "webhook_endpoint_id": hook,
        "webhook_id": hook,
        "event_id": api.get("/v2/events").get_json()["events"][0]["id"],
        "payout_id": "pout_" + "x" * 24,  # made by the clock only; conformity of real ones is tested elsewhere
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("prefix", ["/v1/", "/v2/"])
def test_no_request_is_answered_in_an_undocumented_way(
    api: Caller, existing: dict[str, str], conformity: Conformity, prefix: str
) -> None:
    described = schemathesis.openapi.from_dict(conformity.document)
    described.app = api.client.application
    key = {"Authorization": f"Bearer {api.secret}"}
    problems: list[str] = []
    asked = 0
    for operation in operations(described, prefix):
        names = [parameter.name for parameter in operation.path_parameters]
        known = {name: existing[name] for name in names if name in existing}

        @DRAWN
        @given(case=operation.as_strategy(path_parameters=known or None), steered=st.booleans())
        def ask(case: Any, steered: bool) -> None:
            nonlocal asked
            asked += 1
            if steered:
                case.body = steer(case.body, existing)
            answer = case.call(base_url=API, headers=key)
            case.validate_response(answer, checks=CHECKS)

        try:
            ask()
        except Exception as problem:  # every operation is tried; all that was found is told at once
            problems.append(f"{operation.label}: {problem}")
    assert not problems, "\n\n".join(problems)
    assert asked > 60


def operations(described: Any, prefix: str) -> Iterator[Any]:
    """The operations of a version; what deletes comes last, as others need what it would delete."""
    found = [result.ok() for result in described.get_all_operations()]
    mine = [operation for operation in found if operation.path.startswith(prefix) and operation.path != CALLS_OUT]
    assert len(mine) > 20
    yield from sorted(mine, key=lambda operation: operation.method.lower() == "delete")


def steer(body: Any, existing: dict[str, str]) -> Any:
    """The body with ids of objects that exist, a good card number and a good IBAN wherever it has some."""
    if isinstance(body, list):
        return [steer(item, existing) for item in body]
    if not isinstance(body, dict):
        return body
    steered = {name: steer(value, existing) for name, value in body.items()}
    for name in steered:
        if f"{name}_id" in existing and isinstance(steered[name], str):
            steered[name] = existing[f"{name}_id"]
    if "number" in steered:
        steered |= {"number": CARD["number"], "exp_month": 11, "exp_year": 2031}
    if "iban" in steered:
        steered["iban"] = IBAN
    return steered
