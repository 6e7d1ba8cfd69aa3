"""Mes Paiements: list, filters, CSV, detail, refunds."""

from __future__ import annotations

import csv
import io
import re
import uuid

import pytest
from flask import Flask

from merchant_portal.db import db
from merchant_portal.models import AuditEntry

from .conftest import Browser
from .fake_core import FakeCore
from .fake_rows import payment

ID = payment()["id"]


def cells(page: str) -> list[list[str]]:
    """The visible text of each row of the page's first table, whitespace folded."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.S)
    assert body
    rows = re.findall(r"<tr>(.*?)</tr>", body.group(1), re.S)
    strip = lambda cell: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip()  # noqa: E731
    return [[strip(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows]


def test_filters_live_in_the_address_and_reach_the_core(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(1), payment(2, status="refused"), payment(3, status="failed")]
    page = merchant.get("/paiements?q=CMD&statut=rejected&du=2026-11-01&au=2026-11-30").text
    asked = core.calls_of("GET", "/payments")[-1].params
    assert asked["q"] == "CMD"
    assert asked["status"] == "refused,failed"
    assert (asked["from"], asked["to"]) == ("2026-11-01", "2026-11-30")
    assert len(cells(page)) == 2
    assert 'href="/paiements?statut=rejected&amp;du=2026-11-01&amp;au=2026-11-30"' in page, (
        "the chip that removes the search"
    )


def test_nonsense_in_the_address_is_ignored(merchant: Browser, core: FakeCore) -> None:
    assert merchant.get("/paiements?statut=zzz&du=yesterday&au=2026-99-99").status_code == 200
    assert "status" not in core.calls_of("GET", "/payments")[-1].params


def test_pages_follow_the_cores_cursor(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(number) for number in range(30)]
    first = merchant.get("/paiements").text
    assert len(cells(first)) == 25
    found = re.search(r'href="(/paiements\?suite=[^"]+)"', first)
    assert found
    second = merchant.get(found.group(1)).text
    assert len(cells(second)) == 5
    assert "Revenir au début" in second


def test_an_empty_list_teaches_and_an_empty_search_does_not_pretend(merchant: Browser, core: FakeCore) -> None:
    assert "Vos paiements arriveront ici" in merchant.get("/paiements").text
    assert "Aucun paiement ne correspond" in merchant.get("/paiements?q=zzz").text


@pytest.mark.parametrize("query", ["", "?statut=rejected", "?q=CMD-1"])
def test_the_csv_holds_exactly_the_list(merchant: Browser, core: FakeCore, query: str) -> None:
    core.payments = [
        payment(number, status="refused" if number % 3 else "captured", amount=1000 + number) for number in range(130)
    ]
    answer = merchant.get("/paiements/export.csv" + query)
    assert answer.mimetype == "text/csv"
    assert answer.is_streamed
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")), delimiter=";"))
    listed, path = [], "/paiements" + query
    while path:
        page = merchant.get(path).text
        listed += re.findall(r"/paiements/(paym_\d+)", page)
        found = re.search(r'href="(/paiements\?[^"]*suite=[^"]+)"', page)
        path = found.group(1).replace("&amp;", "&") if found else ""
    assert [row[1] for row in rows[1:]] == listed
    assert len(listed) == len({*listed})
    by_id = {item["id"]: item for item in core.payments}
    for row in rows[1:]:
        assert row[3] == f"{by_id[row[1]]['amount'] / 100:.2f}".replace(".", ",")
        assert row[2] == ("Refusé" if by_id[row[1]]["status"] == "refused" else "Encaissé")
        assert row[6] == by_id[row[1]]["order_id"]


def test_a_formula_in_a_customers_name_stays_text(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(customer={"id": "c", "name": '=HYPERLINK("x")', "email": None}, refunded=0)]
    text = merchant.get("/paiements/export.csv").get_data(as_text=True)
    assert "'=HYPERLINK" in text


def test_a_payment_shows_its_story_and_figures_that_add_up(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(refunded=1000, refundable=3500, fee=47)]
    page = merchant.get(f"/paiements/{ID}").text
    for text in (
        "45,00",
        "Encaissé",
        "Provision insuffisante",
        "Ada Martin",
        "CMD-1",
        "acquirer_receivable",
    ):
        assert text in page, text
    assert "34,53" in page, "45,00 − 0,47 − 10,00"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T16:00:00Z", "La banque nous règle ce paiement le mardi 24 novembre"),
        ("2026-11-24T16:00:00Z", "disponible pour un reversement après le mardi 1er décembre"),
        ("2026-12-02T16:00:00Z", "Reçu de la banque le mardi 24 novembre ; disponible pour un reversement."),
    ],
)
def test_what_happens_next_follows_the_merchants_clock(
    merchant: Browser, core: FakeCore, now: str, expected: str
) -> None:
    core.payments = [payment()]
    core.clock["now"] = now
    merchant.get("/cles")
    assert expected in merchant.get(f"/paiements/{ID}").text


def test_customer_data_not_sent_is_named_so(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(customer=None)]
    assert "non transmis" in merchant.get(f"/paiements/{ID}").text
    assert "non transmis" in merchant.get("/paiements").text


def test_another_merchants_payment_does_not_exist(merchant: Browser, core: FakeCore) -> None:
    assert merchant.get(f"/paiements/{ID}").status_code == 404


def test_the_boutiques_link_leads_to_the_payment(merchant: Browser, core: FakeCore) -> None:
    assert merchant.get(f"/payments/{ID}").location == f"/paiements/{ID}"


def refund_form(merchant: Browser, **fields: str) -> dict[str, str]:
    page = merchant.get(f"/paiements/{ID}/rembourser").text
    return {**_hidden(page), "kind": "partial", "amount": "20,00", **fields}


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(key|total)" value="([^"]*)"', page))


def test_a_refund_sent_twice_has_one_effect(app: Flask, merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment()]
    form = refund_form(merchant)
    first = merchant.post(f"/paiements/{ID}/rembourser", form)
    second = merchant.post(f"/paiements/{ID}/rembourser", form)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location == f"/paiements/{ID}"
    assert [refund["amount"] for refund in core.refunds] == [2000]
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="refund.asked").count() == 1


def test_of_two_forms_opened_before_either_was_sent_one_refunds(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment()]
    first, second = refund_form(merchant), refund_form(merchant)
    assert merchant.post(f"/paiements/{ID}/rembourser", first).status_code == 303
    refused = merchant.post(f"/paiements/{ID}/rembourser", second)
    assert refused.status_code == 409
    assert "25,00\N{NO-BREAK SPACE}€ à présent" in refused.text.replace(
        "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
    )
    assert [refund["amount"] for refund in core.refunds] == [2000]
    again = {**second, **_hidden(refused.text)}
    assert merchant.post(f"/paiements/{ID}/rembourser", again).status_code == 303, (
        "who wants two says so having seen one"
    )
    assert [refund["amount"] for refund in core.refunds] == [2000, 2000]


@pytest.mark.parametrize("total", ["", "-1", "4 500", "12345678901"])
def test_a_form_that_does_not_say_what_it_showed_is_refused(merchant: Browser, core: FakeCore, total: str) -> None:
    core.payments = [payment()]
    assert merchant.post(f"/paiements/{ID}/rembourser", refund_form(merchant, total=total)).status_code == 422
    assert core.refunds == []


def test_a_total_refund_asks_for_what_was_shown(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(refunded=500, refundable=4000)]
    page = merchant.get(f"/paiements/{ID}/rembourser").text
    assert "40,00" in page
    assert "20,00" in page, "balance afterwards: 60,00 − 40,00"
    merchant.post(f"/paiements/{ID}/rembourser", refund_form(merchant, kind="total"))
    assert [refund["amount"] for refund in core.refunds] == [4000]


@pytest.mark.parametrize("typed", ["", "abc", "-5", "0", "12,505", "1.234"])
def test_a_malformed_amount_changes_nothing(merchant: Browser, core: FakeCore, typed: str) -> None:
    core.payments = [payment()]
    answer = merchant.post(f"/paiements/{ID}/rembourser", refund_form(merchant, amount=typed))
    assert answer.status_code == 422
    assert "Écrivez un montant comme 12,50" in answer.text
    assert core.refunds == []


@pytest.mark.parametrize(
    ("code", "status", "params", "expected"),
    [
        ("refund_too_high", 409, {"refundable": 4500}, "au plus 45,00"),
        ("partial_before_capture", 409, {"from": "2026-11-24T06:00:00Z"}, "24 nov. 2026 07:00"),
        ("capture_in_progress", 409, {"from": "2026-11-24T06:00:00Z"}, "24 nov. 2026 07:00"),
        ("insufficient_funds", 409, {"shortfall": 1234, "currency": "eur"}, "il manque 12,34"),
        ("not_refundable", 409, {"status": "expired"}, "ne peut pas être remboursé"),
        ("nothing_left", 409, {}, "déjà entièrement remboursé"),
        ("idempotency_mismatch", 409, {}, "déjà servi"),
        ("something_new", 409, {}, "something_new"),
        ("invalid_request", 422, {"field": "amount"}, "Rien n’a été changé"),
    ],
)
def test_the_cores_no_is_explained_in_the_readers_words(
    app: Flask, merchant: Browser, core: FakeCore, code: str, status: int, params: dict[str, object], expected: str
) -> None:
    core.payments = [payment()]
    form = refund_form(merchant)
    core.refund_error = (status, code, params)
    answer = merchant.post(f"/paiements/{ID}/rembourser", form)
    assert answer.status_code == status
    text = answer.text.replace("\u202f", " ").replace("\xa0", " ")
    assert expected in text
    assert 'value="20,00"' in answer.text, "what was typed stays"
    assert form["key"] not in answer.text, "a corrected amount is a new question"
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="refund.asked").count() == 0


def test_without_scripts_the_effect_can_be_seen_before(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment()]
    answer = merchant.post(f"/paiements/{ID}/rembourser", {**refund_form(merchant), "preview": "1"})
    assert answer.status_code == 200
    assert "25,00" in answer.text, "refundable afterwards"
    assert core.refunds == []


def test_an_absent_core_is_said_and_loses_nothing(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment()]
    core.down = True
    for path in ("/", "/paiements", f"/paiements/{ID}", "/reversements"):
        answer = merchant.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "ne répond pas" in answer.text
    assert merchant.get("/parametres").status_code == 200
    assert merchant.get("/journal").status_code == 200


def test_an_authorized_payment_can_be_captured_in_part(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(status="authorized")]
    core.mock.add("POST", re.compile(rf".*/payments/{ID}/capture$"), json=payment(status="to_capture"), status=200)
    form = {"amount": "12,00", "key": str(uuid.uuid4())}
    assert merchant.post(f"/paiements/{ID}/encaisser", form).status_code == 303
    assert core.calls_of("POST", "/capture")[0].body == b'{"amount": 1200}'
    assert merchant.post(f"/paiements/{ID}/encaisser", {**form, "amount": "x"}).status_code == 422
