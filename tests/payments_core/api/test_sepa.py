"""SEPA accounts, checks, mandates, direct debits and addresses through the wire API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from payments_core import clocks
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CUSTOMER, Caller

BOTH = pytest.mark.parametrize("number", [1, 2])
PATHS = {1: "/v1/checkout", 2: "/v2/payments"}
IBAN = "FR1420041010050500013M02606"
ACCOUNT = {"iban": IBAN, "name": "Ada Martin"}
SIGNED = 1_788_261_625  # 1 September 2026, 11:20:25 UTC
ADDRESS = {"line1": "1 rue de la Paix", "city": "Paris", "zip_code": "75002", "country": "fr"}
CONTRACT_IBANS = [
    "AT611904300234573201",
    "BE62510007547061",
    "CH2089144321842946678",
    "DE89370400440532013000",
    "EE382200221020145685",
    "ES0700120345030000067890",
    "FI2112345600000785",
    "FR1420041010050500013M02606",
    "GB33BUKB20201555555555",
    "IE29AIBK93115212345678",
    "LT121000011101001000",
    "LU280019400644750000",
    "IT02A0301926102000000490887",
    "NL39RABO0300065264",
    "NO9386011117947",
    "PT50000201231234567890154",
    "SE3550000000054910000003",
]


def refused_with(number: int) -> int:
    return 400 if number == 1 else 422


def mandate_of(api: Caller, **fields: Any) -> dict[str, Any]:
    account = api.made("/v2/sepa", ACCOUNT)
    return api.made("/v2/mandates", {"sepa": account["id"], **fields})


@BOTH
@pytest.mark.parametrize("iban", CONTRACT_IBANS)
def test_every_account_of_the_contract_is_taken(api: Caller, number: int, iban: str) -> None:
    answer = api.post(f"/v{number}/sepa", {"iban": iban, "name": "Ada Martin"})
    made = answer.get_json()
    assert (answer.status_code, made["country"], made["last4"]) == (200, iban[:2], iban[-4:])
    assert made["bic"] == f"TEST{iban[:2]}PP"
    assert "iban" not in made
    assert iban not in answer.get_data(as_text=True)


@BOTH
def test_an_account_is_read_changed_and_deleted(api: Caller, number: int) -> None:
    made = api.made(f"/v{number}/sepa/", {**ACCOUNT, "iban": "fr14 2004 1010 0505 0001 3m02 606"})
    path = f"/v{number}/sepa/{made['id']}"
    assert api.get(path).get_json() == made
    changed = api.patch(path, {"name": "Ada Lovelace", "date_birth": "1985-12-10"}).get_json()
    assert changed == {**made, "name": "Ada Lovelace", "date_birth": "1985-12-10"}
    deleted = api.delete(path)
    if number == 1:
        assert (deleted.status_code, deleted.get_data()) == (204, b"")
        assert api.get(path).status_code == 404
    else:
        assert (deleted.status_code, deleted.get_json()) == (200, {**changed, "deleted": True})
        assert api.get(path).get_json()["deleted"] is True
    assert api.patch(path, {"name": "Ada Martin"}).status_code == 404
    assert api.delete(path).status_code == 404


@BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"iban": "FR1420041010050500013M02607"},
        {"iban": "BR1800360305000010009795493C1"},
        {"iban": None},
        {"name": "Al"},
        {"name": None},
        {"bic": "ABCD99XX"},
        {"mandate": "RUM-1"},
        {"mandate": "R\u00e9f-1", "date_mandate": SIGNED},
        {"mandate": "/RUM", "date_mandate": SIGNED},
        {"mandate": "RUM-1", "date_mandate": "yesterday"},
    ],
    ids=str,
)
def test_a_wrong_account_is_refused(api: Caller, number: int, wrong: dict[str, Any]) -> None:
    answer = api.post(f"/v{number}/sepa", {**ACCOUNT, **wrong})
    assert answer.status_code == refused_with(number)
    assert IBAN not in answer.get_data(as_text=True)


def test_unknown_accounts_are_named_in_the_words_of_each_version(api: Caller, other: Caller) -> None:
    unknown = "sepa_hT4kQ9sLw2VbXz7RcJm0NdEy"
    foreign = other.made("/v2/sepa", ACCOUNT)["id"]
    for account in (unknown, foreign):
        old = api.get(f"/v1/sepa/{account}")
        assert (old.status_code, old.get_json()["error"]["message"]) == (404, f"No such sepa {account}")
        new = api.get(f"/v2/sepa/{account}")
        assert (new.status_code, new.get_json()) == (404, {"error": f"SEPA `{account}` not found"})


@BOTH
@pytest.mark.parametrize("date", [SIGNED, "2026-09-01"])
def test_the_date_of_a_mandate_is_a_number_or_a_date(api: Caller, number: int, date: int | str) -> None:
    made = api.made(f"/v{number}/sepa", {**ACCOUNT, "mandate": "RUM-1", "date_mandate": date})
    midnight = SIGNED - SIGNED % 86_400
    expected: Any = "2026-09-01" if number == 2 else SIGNED if date == SIGNED else midnight
    assert (made["mandate"], made["date_mandate"]) == ("RUM-1", expected)
    again = api.post(f"/v{number}/sepa", {**ACCOUNT, "mandate": "RUM-1", "date_mandate": date})
    assert (again.status_code, again.headers["Error-Code"]) == (409, "mandate_in_use")


def test_a_new_reference_becomes_the_accounts_mandate(api: Caller) -> None:
    made = api.made("/v1/sepa", {**ACCOUNT, "mandate": "RUM-1", "date_mandate": SIGNED})
    path = f"/v1/sepa/{made['id']}"
    assert api.patch(path, {"mandate": "RUM-2"}).status_code == 400
    assert api.patch(path, {"mandate": "RUM-2", "date_mandate": SIGNED + 1}).get_json()["mandate"] == "RUM-2"
    assert api.patch(path, {"mandate": "RUM-1"}).get_json()["date_mandate"] == SIGNED


def test_v2_lists_accounts_newest_first_by_customer(api: Caller) -> None:
    customer = api.made("/v2/customers", CUSTOMER)["id"]
    first = api.made("/v2/sepa", {**ACCOUNT, "customer": customer})["id"]
    second = api.made("/v2/sepa", ACCOUNT)["id"]
    for path in ("/v2/sepa/", "/v2/sepa/ibanonly"):
        listed = api.get(path).get_json()
        assert [item["id"] for item in listed["sepa"]] == [second, first]
        assert listed["range"]["count"] == 2
    assert [item["id"] for item in api.get(f"/v2/sepa?customer={customer}").get_json()["sepa"]] == [first]
    assert api.get("/v1/sepa").status_code in (404, 405)


@BOTH
@pytest.mark.parametrize("date", [SIGNED, "2026-09-01"])
def test_a_payment_takes_a_nested_account_with_its_mandate(api: Caller, number: int, date: int | str) -> None:
    body = {"amount": 2590, "currency": "eur", "sepa": {**ACCOUNT, "mandate": "RUM-7", "date_mandate": date}}
    answer = api.post(PATHS[number], body)
    payment = answer.get_json()
    assert (answer.status_code, payment["status"], payment["method"]) == (200, "to_capture", "sepa")
    assert (payment["response"], payment["fee"], payment["card"]) == ("00", 30, None)
    assert (payment["sepa"]["mandate"], payment["sepa"]["last4"]) == ("RUM-7", "2606")
    assert IBAN not in answer.get_data(as_text=True)
    if number == 2:
        assert payment["date_settlement"] == "2026-09-29"
    else:
        assert payment["country"] == "FR"
    known = api.made(PATHS[number], {"amount": 500, "currency": "eur", "sepa": payment["sepa"]["id"]})
    assert known["sepa"] == payment["sepa"]
    assert payment["sepa"]["date_mandate"] is None or number == 1  # Python's client could not read the payment
    own = api.get(f"/v{number}/sepa/{payment['sepa']['id']}").get_json()
    assert {**own, "date_mandate": payment["sepa"]["date_mandate"]} == payment["sepa"]
    assert own["date_mandate"] is not None
    mine = api.get(f"/v2/payments?sepa={payment['sepa']['id']}").get_json()["payments"]
    assert {item["id"] for item in mine} == {payment["id"], known["id"]}


@BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "usd"},
        {"methods_allowed": ["card"]},
        {"amount": 0, "capture": False},
        {"sepa": {"name": "Ada Martin"}},
        {"sepa": {**ACCOUNT, "mandate": "RUM-1"}},
        {"card": {"number": "4242424242424242", "exp_month": 11, "exp_year": 2031, "cvc": "842"}},
    ],
    ids=str,
)
def test_a_direct_debit_that_cannot_be_is_refused(api: Caller, number: int, wrong: dict[str, Any]) -> None:
    answer = api.post(PATHS[number], {"amount": 500, "currency": "eur", "sepa": ACCOUNT, **wrong})
    assert answer.status_code == refused_with(number)
    assert api.get("/v2/sepa").get_json()["sepa"] == []


def test_v1_notes_an_account_and_waits_for_a_status(api: Caller) -> None:
    for status, after in (("authorize", "authorized"), ("capture", "to_capture")):
        path = f"/v1/checkout/{api.made('/v1/checkout', {'amount': 500, 'currency': 'eur'})['id']}"
        noted = api.patch(path, {"sepa": ACCOUNT}).get_json()
        assert (noted["status"], noted["method"], noted["sepa"]["last4"]) == (None, "sepa", "2606")
        driven = api.patch(path, {"status": status}).get_json()
        assert (driven["status"], driven["response"]) == (after, "00")
        if status == "authorize":
            assert api.patch(path, {"status": "capture"}).get_json()["status"] == "to_capture"


def test_v2_accepts_an_account_given_later_at_once(api: Caller) -> None:
    account = api.made("/v2/sepa", ACCOUNT)["id"]
    for capture, status in ((True, "to_capture"), (False, "authorized")):
        payment = api.made("/v2/payments", {"amount": 500, "capture": capture})
        assert api.patch(f"/v2/payments/{payment['id']}", {"sepa": account}).get_json()["status"] == status


@BOTH
def test_a_refused_change_changes_nothing(api: Caller, number: int) -> None:
    spent = api.made("/v2/sepa", {**ACCOUNT, "mandate": "RUM-1", "date_mandate": SIGNED})["id"]
    (mandate,) = api.get("/v2/mandates").get_json()["mandates"]
    assert api.delete(f"/v2/mandates/{mandate['id']}").status_code == 200
    payment = api.made(PATHS[number], {"amount": 500, "currency": "eur"})
    path = f"{PATHS[number]}/{payment['id']}"
    for wrong, status in (
        ({"sepa": {**ACCOUNT, "iban": "FR14"}}, refused_with(number)),
        ({"sepa": {**ACCOUNT, "mandate": "RUM-2"}}, refused_with(number)),
        ({"sepa": {**ACCOUNT, "bic": "ABCD99XX"}}, refused_with(number)),
        ({"sepa": ACCOUNT, "currency": "usd"}, refused_with(number)),
        ({"sepa": spent, "status": "capture"}, 409),
    ):
        assert api.patch(path, {"description": "changed", **wrong}).status_code == status, wrong
        assert api.get(path).get_json() == payment


@BOTH
def test_a_stored_account_is_checked(api: Caller, number: int) -> None:
    account = api.made(f"/v{number}/sepa", {**ACCOUNT, "date_birth": "1985-12-10"})
    path = f"/v{number}/sepa/check"
    assert api.get(f"{path}/{account['id']}").status_code == 404
    check = api.made(f"{path}/", {"id": account["id"]})
    assert check.items() >= {"id": account["id"], "date_birth": True, "response": "00", "status": "checked"}.items()
    assert check["score_name"] == 100
    assert ("live_mode" in check) is (number == 1)
    assert api.get(f"{path}/{account['id']}").get_json() == check


@BOTH
def test_a_whole_account_is_stored_and_checked(api: Caller, number: int) -> None:
    check = api.made(f"/v{number}/sepa/check", ACCOUNT)
    assert api.get(f"/v{number}/sepa/{check['id']}").get_json()["last4"] == "2606"
    assert check["date_birth"] is None
    assert api.post(f"/v{number}/sepa/check", {"iban": IBAN}).status_code == refused_with(number)
    assert api.post(f"/v{number}/sepa/check", {}).status_code == refused_with(number)


@pytest.mark.parametrize(
    ("score", "classification"), [(100, "HIGH"), (80, "HIGH"), (79, "MEDIUM"), (30, "LOW"), (29, "NO"), (0, "NO")]
)
def test_v2_checks_a_person_with_a_generated_score(api: Caller, score: int, classification: str) -> None:
    iban = api.made("/v2/sepa/check/generate", {"score": score})["iban"]
    person = {"first_name": "Ada", "last_name": "Martin", "date_birth": "1985-12-10"}
    check_id = api.made("/v2/sepa/check/", {"iban": iban, "person": person})
    assert list(check_id) == ["id"]
    check = api.get(f"/v2/sepa/check/{check_id['id']}").get_json()
    assert (check["check_type"], check["status"], check["company"]) == ("person", "succeeded", None)
    assert check["person"]["score"] == check["person"]["score_name"] == score
    assert check["person"]["classification"] == classification
    assert check["person"]["existing_account"] is (score > 0)


def test_v2_checks_a_company(api: Caller) -> None:
    company = {"identifier": "732829320", "country_code": "FR"}
    check_id = api.made("/v2/sepa/check", {"iban": IBAN, "company": company})["id"]
    check = api.get(f"/v2/sepa/check/{check_id}").get_json()
    assert (check["check_type"], check["person"], check["company"]["valid_identifier"]) == ("company", None, True)
    both = {"iban": IBAN, "company": company, "person": {"first_name": "Ada", "last_name": "Martin"}}
    assert api.post("/v2/sepa/check", both).status_code == 422
    assert api.post("/v2/sepa/check/generate", {"score": 101}).status_code == 422


def test_a_check_is_gone_after_30_days(api: Caller, public_app: Flask, clock: FrozenClock) -> None:
    person = {"first_name": "Ada", "last_name": "Martin"}
    check_id = api.made("/v2/sepa/check", {"iban": IBAN, "person": person})["id"]
    with public_app.app_context():
        clocks.ask_advance(api.merchant_id, clock(), days=31)
        clocks.advance(api.merchant_id)
    assert api.get(f"/v2/sepa/check/{check_id}").status_code == 410
    assert api.get("/v2/sepa/check/chck_hT4kQ9sLw2VbXz7RcJm0NdEy").status_code == 404


def test_a_mandate_is_made_read_changed_and_revoked(api: Caller) -> None:
    made = mandate_of(api, rum="RUM-1", signed_at=SIGNED)
    path = f"/v2/mandates/{made['id']}"
    assert (made["rum"], made["signed_at"], made["sign_url"], made["deleted_at"]) == ("RUM-1", SIGNED, None, None)
    assert api.get(path).get_json() == made
    assert api.patch(path, {"rum": "RUM-2"}).get_json() == {**made, "rum": "RUM-2"}
    assert [item["id"] for item in api.get("/v2/mandates").get_json()["mandates"]] == [made["id"]]
    revoked = api.delete(path).get_json()
    assert (revoked["deleted"], isinstance(revoked["deleted_at"], int)) == (True, True)
    assert api.delete(path).get_json() == revoked
    assert api.patch(path, {"rum": "RUM-3"}).status_code == 409
    payment = api.post("/v2/payments", {"amount": 500, "sepa": made["sepa"]})
    assert (payment.status_code, payment.headers["Error-Code"]) == (409, "mandate_revoked")


def test_a_mandate_without_a_signature_waits_for_it(api: Caller) -> None:
    made = mandate_of(api)
    assert made["sign_url"].startswith("https://payment")
    assert (made["signed_at"], made["rum"][:3]) == (None, "CPT")
    payment = api.post("/v2/payments", {"amount": 500, "sepa": made["sepa"]})
    assert (payment.status_code, payment.headers["Error-Code"]) == (409, "mandate_unsigned")
    signed = api.patch(f"/v2/mandates/{made['id']}", {"signed_at": "2026-09-01"}).get_json()
    assert signed["sign_url"] is None
    assert api.made("/v2/payments", {"amount": 500, "sepa": made["sepa"]})["status"] == "to_capture"


@pytest.mark.parametrize(
    "wrong", [{"rum": "x" * 25}, {"rum": "ab"}, {"sepa": "sepa_1"}, {"signed_at": "soon"}], ids=str
)
def test_a_wrong_mandate_is_refused(api: Caller, wrong: dict[str, Any]) -> None:
    account = api.made("/v2/sepa", ACCOUNT)["id"]
    assert api.post("/v2/mandates", {"sepa": account, "rum": "RUM-1", **wrong}).status_code == 422


def test_a_reference_in_use_is_a_conflict(api: Caller) -> None:
    made = mandate_of(api, rum="RUM-1", signed_at=SIGNED)
    again = api.post("/v2/mandates", {"sepa": made["sepa"], "rum": "RUM-1", "signed_at": SIGNED})
    assert (again.status_code, again.headers["Error-Code"]) == (409, "mandate_in_use")
    third = api.made("/v2/mandates", {"sepa": made["sepa"], "rum": "RUM-2", "signed_at": SIGNED})
    assert api.patch(f"/v2/mandates/{third['id']}", {"rum": "RUM-1"}).status_code == 409


def test_a_mandate_is_a_pdf(api: Caller, other: Caller) -> None:
    made = mandate_of(api, rum="RUM-1")
    assert made["url"].endswith(f"/v2/mandates/{made['id']}.pdf")
    document = api.get(f"/v2/mandates/{made['id']}.pdf")
    assert (document.status_code, document.mimetype) == (200, "application/pdf")
    assert document.get_data().startswith(b"%PDF-")
    assert other.get(f"/v2/mandates/{made['id']}.pdf").status_code == 404
    assert other.get(f"/v2/mandates/{made['id']}").status_code == 404


@BOTH
def test_an_address_is_made_read_and_deleted(api: Caller, number: int) -> None:
    body = {**ADDRESS, "metadata": {"floor": 3, "notes": ["code 12\n34", None]}}
    made = api.made(f"/v{number}/addresses/", body)
    path = f"/v{number}/addresses/{made['id']}"
    assert (made["country"], made["metadata"]) == ("FR", body["metadata"])
    assert api.get(path).get_json() == made
    assert api.made(f"/v{number}/addresses", body)["id"] != made["id"]
    assert api.patch(path, {"city": "Lyon"}).status_code == 405
    deleted = api.delete(path)
    if number == 1:
        assert (deleted.status_code, api.get(path).status_code) == (204, 404)
    else:
        assert deleted.get_json() == api.get(path).get_json() == {**made, "deleted": True}


@BOTH
@pytest.mark.parametrize(
    "wrong", [{"city": None}, {"zip_code": "1"}, {"country": "FRA"}, {"line1": "x" * 51}, {"state": "ABCD"}], ids=str
)
def test_a_wrong_address_is_refused(api: Caller, number: int, wrong: dict[str, Any]) -> None:
    assert api.post(f"/v{number}/addresses", {**ADDRESS, **wrong}).status_code == refused_with(number)


@pytest.mark.parametrize("value", [b'"a\\u0000b"', b'{"\\ud800": 1}', b"[1e999]"])
def test_metadata_the_database_cannot_keep_is_refused(api: Caller, value: bytes) -> None:
    body = b'{"city": "Paris", "zip_code": "75002", "country": "FR", "metadata": ' + value + b"}"
    assert api.post("/v2/addresses", data=body, content_type="application/json").status_code == 422


def test_addresses_are_listed_and_named_by_payments_and_customers(api: Caller, other: Caller) -> None:
    first, second = (api.made("/v2/addresses", ADDRESS)["id"] for _ in range(2))
    assert [item["id"] for item in api.get("/v2/addresses").get_json()["addresses"]] == [second, first]
    payment = api.made("/v2/payments", {"amount": 500, "billing_address": first, "shipping_address": second})
    assert (payment["billing_address"], payment["shipping_address"]) == (first, second)
    assert api.made("/v2/customers", {**CUSTOMER, "billing_address": first})["billing_address"] == first
    assert other.post("/v2/payments", {"amount": 500, "billing_address": first}).status_code == 404
    missing = api.get("/v2/addresses/addr_hT4kQ9sLw2VbXz7RcJm0NdEy")
    assert missing.get_json() == {"error": "Address `addr_hT4kQ9sLw2VbXz7RcJm0NdEy` not found"}


def test_a_repeated_request_under_one_key_collects_once(api: Caller) -> None:
    headers = {"Idempotency-Key": "debit-1"}
    body = {"amount": 500, "sepa": {**ACCOUNT, "mandate": "RUM-1", "date_mandate": SIGNED}}
    first, second = (api.post("/v2/payments", body, headers=headers).get_json() for _ in range(2))
    assert first == second
    assert api.get("/v2/payments").get_json()["range"]["count"] == 1
