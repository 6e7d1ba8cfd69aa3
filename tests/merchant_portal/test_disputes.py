"""Mes Contestations, Mes Reversements, Terminal: what is shown, what is sent, and every no beside its field."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from .conftest import Browser
from .fake_core import FakeCore
from .fake_rows import TERMINAL, dispute, payment, payout

ID = dispute()["id"]
PAGE = f"/contestations/{ID}"


def form_key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found.group(1)


def prove(merchant: Browser, button: str, **fields: Any) -> Any:
    data = {"key": form_key(merchant.get(PAGE).text), "text": "Livré.", "kind": "receipt", button: "1", **fields}
    return merchant.post(f"{PAGE}/preuves", data, content_type="multipart/form-data")


def test_a_dispute_says_what_it_costs_and_how_long_is_left(merchant: Browser, core: FakeCore) -> None:
    core.disputes = [dispute()]
    listed = merchant.get("/contestations").text
    assert "9 jours" in listed
    assert "−45,00" in listed
    page = merchant.get(PAGE).text
    for words in ("9 jours pour répondre", "Article non reçu", "−15,00", "−60,00", "facture.pdf", "20 ko", "CMD-1"):
        assert words in page, words
    assert "mailto:ada%40example.com?subject=" in page
    assert f"/paiements/{payment()['id']}" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "nous les prélevons le 25 nov. 2026 sur votre compte FR76 … 0189"),
        ({"status": "collected", "date_bank": "2026-11-26"}, "nous les avons prélevés le 26 nov."),
        (
            {"status": "rejected", "reason": "AC04", "meaning": "Compte clôturé"},
            "a refusé le prélèvement (Compte clôturé)",
        ),
        (
            {"status": "returned", "reason": "AM04", "meaning": "Sans provision"},
            "a refusé le prélèvement (Sans provision)",
        ),
    ],
)
def test_what_the_balance_lacked_says_how_it_is_collected(
    merchant: Browser, core: FakeCore, changes: dict[str, Any], words: str
) -> None:
    row = dispute()
    core.disputes = [{**row, "collection": {**row["collection"], **changes}}]
    page = " ".join(merchant.get(PAGE).text.replace("\xa0", " ").split())
    assert "Il manquait 1,00 € à votre solde" in page
    assert words in page


def test_the_filter_and_the_search_reach_the_core(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/contestations?statut=en_cours&q=CMD-9")
    asked = core.calls_of("GET", "/disputes")[-1].params
    assert (asked["status"], asked["q"]) == ("evidence_pending,evidence_sent,evidence_verification", "CMD-9")
    assert merchant.get("/contestations?statut=nonsense").status_code == 200


def test_a_draft_is_kept_and_said_not_to_stop_the_clock(merchant: Browser, core: FakeCore) -> None:
    core.disputes = [dispute()]
    answer = prove(merchant, "save", file=(io.BytesIO(b"%PDF-1.7"), "bon.pdf"))
    assert answer.status_code == 303
    assert "Il n’arrête pas le délai" in merchant.get(PAGE).text
    (sent,) = core.calls_of("POST", "/evidence/files")
    assert (sent.params, sent.body) == ({"name": "bon.pdf", "kind": "receipt"}, b"%PDF-1.7")
    assert core.calls_of("POST", "/evidence/send") == []


def test_sending_is_one_thing_however_often_it_is_clicked(merchant: Browser, core: FakeCore) -> None:
    core.disputes = [dispute()]
    assert prove(merchant, "send").status_code == 303
    assert prove(merchant, "send").status_code == 303
    assert "Vos preuves sont envoyées" in merchant.get(PAGE).text
    assert merchant.get("/journal").text.count("Preuves envoyées") == 1


@pytest.mark.parametrize(
    ("code", "params", "words", "field"),
    [
        ("file_type", {"allowed": []}, "PDF, PNG ou JPEG complet", "file"),
        ("file_too_large", {"maximum_bytes": 1}, "dépasse 10 Mo", "file"),
        ("too_many_files", {"maximum": 10}, "Dix fichiers au plus", "file"),
        ("nothing_to_send", {}, "Écrivez quelques mots", "text"),
        ("not_open", {"status": "lost"}, "ne peuvent plus être changées", "text"),
    ],
)
def test_a_no_stands_beside_its_field_and_nothing_typed_is_lost(
    merchant: Browser, core: FakeCore, code: str, params: dict[str, Any], words: str, field: str
) -> None:
    core.disputes, core.dispute_error = [dispute()], (422, code, params)
    answer = prove(merchant, "send", text="Mes mots à moi", file=(io.BytesIO(b"x"), "x.exe"))
    assert answer.status_code == 422
    assert "Mes mots à moi" in answer.text
    assert words in answer.text[answer.text.index(f'id="{field}-error"') :][:600]


def test_a_file_beyond_what_the_form_takes_is_refused(merchant: Browser, core: FakeCore) -> None:
    core.disputes = [dispute()]
    answer = prove(merchant, "save", file=(io.BytesIO(bytes(13 * 1024 * 1024)), "gros.pdf"))
    assert answer.status_code == 413
    assert core.calls_of("POST", "/evidence/files") == []


def test_accepting_and_removing(merchant: Browser, core: FakeCore) -> None:
    core.disputes = [dispute()]
    assert merchant.post(f"{PAGE}/preuves/{dispute()['evidence']['files'][0]['id']}/retirer").status_code == 303
    assert "Le fichier est retiré" in merchant.get(PAGE).text
    assert merchant.post(f"{PAGE}/accepter").status_code == 303
    assert "La contestation est acceptée" in merchant.get(PAGE).text
    core.dispute_error = (409, "illegal_transition", {})
    assert merchant.post(f"{PAGE}/accepter").status_code == 303


def test_a_test_payment_can_be_disputed_from_its_page(merchant: Browser, core: FakeCore) -> None:
    core.payments, core.disputes = [payment(live=False)], [dispute()]
    assert "Simuler une contestation" in merchant.get(f"/paiements/{payment()['id']}").text
    answer = merchant.post(f"/contestations/simuler/{payment()['id']}")
    assert answer.headers["Location"].endswith(PAGE)
    core.dispute_error = (409, "dispute_too_high", {"left": 0})
    merchant.post(f"/contestations/simuler/{payment()['id']}")


@pytest.mark.parametrize("status", ["accepted", "won", "lost", "out_of_time", "evidence_pending"])
def test_what_is_decided_offers_nothing_more(merchant: Browser, core: FakeCore, status: str) -> None:
    core.disputes = [dispute(status)]
    page = merchant.get(PAGE).text
    assert "/preuves" not in page
    assert "/accepter" not in page


def test_payouts_add_up_on_the_page_and_in_the_export(merchant: Browser, core: FakeCore) -> None:
    core.payouts = [payout("sent"), payout(), payout("failed")]
    listed = merchant.get("/reversements").text
    assert "Reversement prévu le" in listed
    assert "Le virement n’a pas abouti" in listed
    page = merchant.get(f"/reversements/{payout()['id']}").text
    for words in ("59,22", "90,00", "−0,78", "−5,00", "−10,00", "−15,00", "COMPTOIR-ABCDEFGHJK", "pain.001"):
        assert words in page, words
    export = merchant.get(f"/reversements/{payout()['id']}/export.csv").text
    rows = [line.split(";") for line in export.lstrip("\ufeff").splitlines()]
    assert rows[0][6:] == ["Net", "Montant d’origine", "Devise d’origine", "Taux de change"]
    assert [row[6:] for row in rows[1:]] == [[net, "", "", ""] for net in ("89,22", "-5,00", "-10,00", "-15,00")]
    assert merchant.get("/reversements/export.csv").text.count("COMPTOIR-") == 3


def test_stopped_payouts_say_why_and_resume(merchant: Browser, core: FakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    from . import fake_core

    monkeypatch.setitem(fake_core._BALANCE, "payouts_stopped", "iban_unconfirmed")
    assert "Vos reversements sont arrêtés" in merchant.get("/reversements").text
    assert merchant.post("/reversements/reprendre").status_code == 303
    assert len(core.calls_of("POST", "/payouts/resume")) == 1


def test_terminals_and_their_telecollections(merchant: Browser, core: FakeCore) -> None:
    core.terminals = [TERMINAL]
    page = merchant.get("/terminal").text
    for words in ("12345678", "Totaux concordants", "Totaux différents", "annonce 3 ventes pour 30,00"):
        assert words.replace(" ", "") in page.replace("\xa0", "").replace("\u202f", "").replace(" ", ""), words
    assert merchant.post(f"/terminal/{TERMINAL['id']}/nom", {"name": "Caisse 2"}).status_code == 303
    assert len(core.calls_of("PATCH", TERMINAL["id"])) == 1
    merchant.post(f"/terminal/{TERMINAL['id']}/nom", {"name": " "})
    assert len(core.calls_of("PATCH", TERMINAL["id"])) == 1
    assert "Choisissez un nom" in merchant.get("/terminal").text
