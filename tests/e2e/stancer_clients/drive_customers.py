"""Customers (stancer-api.md 2.3)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import pytest
import stancer
from stancer.exceptions import ConflictError, NotFoundError, StancerHTTPClientError

from tests.e2e.stancer_clients.objects import Objects
from tests.e2e.stancer_clients.wire import Wire

UNKNOWN = "cust_hT4kQ9sLw2VbXz7RcJm0NdEy"


def test_a_customer_is_created_and_read(objects: Objects, version: int) -> None:
    made = objects.customer(external_id="crm-88").send()
    read = stancer.Customer(made.id)
    assert made.id.startswith("cust_")
    assert (read.name, read.email, read.mobile) == (made.name, made.email, made.mobile)
    assert read.external_id == "crm-88"
    assert read.created == made.created
    assert isinstance(read.created, datetime)
    assert read.live_mode is (False if version == 1 else None)


@pytest.mark.parametrize("way", ["email", "mobile"])
def test_one_way_to_reach_a_customer_is_enough(way: str) -> None:
    values = {"email": f"{uuid.uuid4().hex[:12]}@example.com", "mobile": "+33688123456"}
    made = stancer.Customer(name=f"Ada {uuid.uuid4().hex[:8]}", **{way: values[way]}).send()
    assert made.id.startswith("cust_")
    assert getattr(stancer.Customer(made.id), "mobile" if way == "email" else "email") is None


def test_no_way_at_all_is_refused(version: int) -> None:
    with pytest.raises(StancerHTTPClientError) as refused:
        stancer.Customer(name="Ada Martin").send()
    assert refused.value.status_code == (400 if version == 1 else 422)
    if version == 1:
        assert str(refused.value) == "You must provide an email or a phone number to create a customer"


def test_what_changes_is_patched(objects: Objects, wire: Wire) -> None:
    made = objects.customer().send()
    mark = len(wire.sent)
    made.name, made.email, made.mobile, made.external_id = "Grace Hopper", "grace@example.com", "+33612345678", "crm-89"
    made.send()
    assert [line.split(" ")[0] for line in wire.since(mark)] == ["PATCH"]
    read = stancer.Customer(made.id)
    assert (read.name, read.email, read.mobile, read.external_id) == (
        "Grace Hopper",
        "grace@example.com",
        "+33612345678",
        "crm-89",
    )


@pytest.mark.skipif(not hasattr(stancer.Customer, "legal_id"), reason="since 2.0.0")
def test_birth_date_and_legal_id_are_kept(objects: Objects) -> None:
    made = objects.customer(legal_id="732829320", date_birth=date(1990, 2, 28)).send()
    read = stancer.Customer(made.id)
    assert (read.legal_id, str(read.date_birth)) == ("732829320", "1990-02-28")
    read.legal_id, read.date_birth = "552100554", date(1991, 3, 1)
    read.send()
    again = stancer.Customer(made.id)
    assert (again.legal_id, str(again.date_birth)) == ("552100554", "1991-03-01")


def _twin(customer: Any, **more: Any) -> Any:
    same = {"name": customer.name, "email": customer.email, "mobile": customer.mobile}
    return stancer.Customer(**{**same, **more})


@pytest.mark.only(1)
def test_v1_knows_an_identical_customer(objects: Objects) -> None:
    made = objects.customer().send()
    with pytest.raises(ConflictError) as refused:
        _twin(made).send()
    text = "Customer already exists, you may want to update it instead creating a new one"
    assert str(refused.value) == f"{text} ({made.id})"
    assert (refused.value.reason, refused.value.status_code, refused.value.type) == (
        "Conflict",
        409,
        "invalid_request_error",
    )
    assert _twin(made, external_id="crm-90").send().id != made.id


@pytest.mark.only(2)
def test_v2_makes_a_second_customer_of_the_same_data(objects: Objects) -> None:
    made = objects.customer().send()
    assert _twin(made).send().id not in (None, made.id)


def test_two_customers_may_have_the_same_external_id(objects: Objects) -> None:
    shared = uuid.uuid4()
    first = objects.customer(external_id=shared).send()
    second = objects.customer(external_id=shared).send()
    assert first.id != second.id
    assert stancer.Customer(first.id).external_id == stancer.Customer(second.id).external_id == str(shared)


def test_a_deleted_customer_is_gone(objects: Objects, version: int) -> None:
    made = objects.customer().send()
    key = made.id
    assert made.delete() is made
    if version == 1:
        assert made.id is None
    else:
        assert (made.id, made.deleted) == (key, True)
    text = f"No such customer {key}" if version == 1 else f"Customer `{key}` not found"
    with pytest.raises(NotFoundError) as unread:
        stancer.Customer(key).populate()
    changed = stancer.Customer(key, name="Grace Hopper")
    with pytest.raises(NotFoundError) as unchanged:
        changed.send()
    for refused in (unread, unchanged):
        assert (str(refused.value), refused.value.reason) == (text, "Not Found")


@pytest.mark.only(2)
def test_v2_a_deleted_customer_cannot_be_sent_again(objects: Objects, wire: Wire) -> None:
    made = objects.customer().send().delete()
    with pytest.raises(NotFoundError, match=f"Customer `{made.id}` not found"):
        made.send()
    assert wire.sent[-1].method == "PATCH"


def test_an_unknown_customer_is_404_with_the_exact_text(version: int) -> None:
    with pytest.raises(NotFoundError) as refused:
        stancer.Customer(UNKNOWN).populate()
    wanted = f"No such customer {UNKNOWN}" if version == 1 else f"Customer `{UNKNOWN}` not found"
    assert str(refused.value) == wanted
