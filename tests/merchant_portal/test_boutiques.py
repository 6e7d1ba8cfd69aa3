"""Boutique en ligne: names, wishes, progress, actions."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from merchant_portal import commands
from merchant_portal.boutique_views import BoutiqueViews
from merchant_portal.db import db
from merchant_portal.models import AuditEntry, BoutiqueCommand

from .conftest import START, Browser

MERCHANT = f"mrch_{1:024d}"
Place = Callable[..., None]


@pytest.fixture
def place(app: Flask, views_engine: Engine) -> Place:
    """Puts a boutique into the provisioner's view."""

    def insert(state: str = "live", identifier: str = "btq_1", merchant: str = MERCHANT, **values: Any) -> None:
        row = {
            "id": identifier,
            "merchant_id": merchant,
            "domain": "savons.localhost",
            "url": "https://savons.localhost:8443/",
            "admin_url": "https://savons.localhost:8443/gestion/",
            "wanted": "live",
            "state": state,
            "steps": "[]",
            "error_code": None,
            "error_params": None,
            "prestashop_version": "8.2.1",
            "created_at": START,
            "live_at": None,
            "archived_at": None,
            "archive_expires_at": None,
            **values,
        }
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        with views_engine.begin() as connection:
            connection.execute(text("DELETE FROM portal_boutiques WHERE id = :id"), {"id": identifier})
            connection.execute(text(f"INSERT INTO portal_boutiques ({names}) VALUES ({marks})"), row)

    return insert


def show_command(engine: Engine, command_id: uuid.UUID, status: str = "accepted", **values: Any) -> None:
    row = {"c": command_id, "s": status, "b": None, "r": None, "p": None, **values}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO portal_commands (command_id, status, boutique_id, action, reason_code, reason_params)"
                " VALUES (:c, :s, :b, 'create', :r, :p)"
            ),
            row,
        )


def create(merchant: Browser, name: str = "savons", command: str | None = None, **more: str) -> Any:
    return merchant.post("/boutiques/creer", {"name": name, "command": command or str(uuid.uuid4()), **more})


def rows(app: Flask) -> list[BoutiqueCommand]:
    with app.app_context():
        return list(db.session.query(BoutiqueCommand).order_by(BoutiqueCommand.created_at))


def test_creating_is_a_row_and_a_page_to_wait_on(app: Flask, merchant: Browser) -> None:
    answer = create(merchant, "Chez-Léa")
    assert answer.status_code == 303
    assert re.fullmatch(r"/boutiques/commandes/[0-9a-f-]{36}", answer.location)
    page = merchant.get(answer.location)
    assert page.status_code == 200
    assert "xn--chez-la-gya.localhost" in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    (row,) = rows(app)
    assert (row.action, row.domain, row.sends) == ("create", "xn--chez-la-gya.localhost", 1)
    assert "Demande envoyée" in merchant.get("/boutiques").text
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(action="boutique.create").count() == 1


def test_a_double_click_is_one_command(app: Flask, merchant: Browser) -> None:
    command = str(uuid.uuid4())
    assert create(merchant, command=command).location == create(merchant, command=command).location
    assert len(rows(app)) == 1


def test_another_accounts_command_is_not_found(app: Flask, merchant: Browser, other_browser: Browser) -> None:
    from .conftest import sign_in_as

    location = create(merchant).location
    sign_in_as(app, other_browser, "owner", "it")
    assert other_browser.get(location).status_code == 404


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("", 422, "Indiquez un nom"),
        ("ab", 422, "au moins 3"),
        ("a b c", 422, "pas d’espace"),
        ("-savon", 422, "tiret"),
        ("a.b", 422, "un seul mot"),
        ("x" * 64, 422, "trop long"),
        ("pаypal", 422, "alphabet latin"),
        ("portal", 409, "réservé"),
        ("p0rtal", 409, "réservé"),
        ("pris", 409, "déjà pris"),
        ("mienne", 409, "une de vos boutiques"),
    ],
)
def test_a_name_that_cannot_be_had_is_explained_and_nothing_is_asked(
    app: Flask, merchant: Browser, views_engine: Engine, name: str, status: int, expected: str
) -> None:
    merchant.get("/cles")
    with views_engine.begin() as connection:
        connection.execute(text("INSERT INTO portal_domains VALUES ('pris.localhost', 'b', 'mrch_other', NULL)"))
        connection.execute(
            text("INSERT INTO portal_domains VALUES ('mienne.localhost', 'b', :m, NULL)"), {"m": MERCHANT}
        )
    answer = create(merchant, name)
    assert answer.status_code == status
    assert expected in answer.text
    assert rows(app) == []
    live = merchant.get("/boutiques/disponibilite.json", query_string={"name": name}).json
    assert live["free"] is False
    assert expected in live["problem"]


def test_a_free_name_can_be_checked_with_and_without_scripts(app: Flask, merchant: Browser) -> None:
    live = merchant.get("/boutiques/disponibilite.json?name=savons").json
    assert live == {"free": True, "address": "https://savons.localhost:8443/", "problem": None}
    checked = create(merchant, "savons", check="1")
    assert checked.status_code == 200
    assert "https://savons.localhost:8443/" in checked.text
    assert rows(app) == []


def test_a_platform_without_prestashop_says_exactly_what_is_missing(
    app: Flask, merchant: Browser, views_engine: Engine
) -> None:
    with views_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE portal_provisioning SET available = false, missing_code = 'prestashop_missing', missing_params = :p"
            ),
            {"p": json.dumps({"what": "release", "how": "bin/comptoir template build --prestashop PATH"})},
        )
    for answer in (merchant.get("/boutiques"), merchant.get("/boutiques/creer"), create(merchant)):
        assert "PrestaShop 8.2 ou 9 officiel" in answer.text
        assert "bin/comptoir template build --prestashop PATH" in answer.text
    assert create(merchant).status_code == 409
    assert rows(app) == []


def test_a_command_leads_to_its_boutique_once_accepted(
    app: Flask, merchant: Browser, views_engine: Engine, place: Place
) -> None:
    location = create(merchant).location
    place("creating")
    show_command(views_engine, rows(app)[0].id, b="btq_1")
    assert merchant.get(location + "/etat.json").json == {"moving": False}
    assert merchant.get(location).location == "/boutiques/btq_1"


def test_a_refused_command_says_why(app: Flask, merchant: Browser, views_engine: Engine) -> None:
    location = create(merchant).location
    show_command(
        views_engine, rows(app)[0].id, "refused", r="domain_taken", p=json.dumps({"domain": "savons.localhost"})
    )
    answer = merchant.get(location)
    assert answer.status_code == 409
    assert "déjà pris" in answer.text
    assert "/boutiques/creer?name=savons" in answer.text


def test_progress_shows_steps_times_and_goes_on_without_scripts(merchant: Browser, place: Place) -> None:
    begun = (START - timedelta(seconds=4)).isoformat()
    done = (START - timedelta(seconds=3)).isoformat()
    steps = [
        {"name": "folders", "started_at": begun, "finished_at": done, "seconds": 1.0},
        {"name": "database", "started_at": done},
    ]
    place("creating", steps=json.dumps(steps), created_at=START - timedelta(seconds=5))
    page = merchant.get("/boutiques/btq_1").text
    assert '<noscript><meta http-equiv="refresh"' in page
    for words in ("Espace de stockage", "Base de données", "Envoi de vos identifiants", "5 s", "1 / 8"):
        assert words in page, words
    state = merchant.get("/boutiques/btq_1/etat.json").json
    assert state["moving"] is True
    assert "Base de données" in state["html"]


def test_a_failed_creation_says_what_went_wrong_and_offers_another_try(
    app: Flask, merchant: Browser, place: Place
) -> None:
    place("failed", error_code="database_failed", error_params=json.dumps({"code": 2002, "reason": "gone"}))
    page = merchant.get("/boutiques/btq_1").text
    assert "Le serveur de base de données n’a pas pu" in page
    assert "Réessayer maintenant" in page
    assert merchant.post("/boutiques/btq_1/relancer", {"command": str(uuid.uuid4())}).status_code == 303
    assert [row.action for row in rows(app)] == ["retry"]


@pytest.mark.parametrize(
    ("state", "verb", "action"),
    [("live", "suspendre", "suspend"), ("suspended", "reprendre", "resume"), ("archived", "restaurer", "restore")],
)
def test_a_boutique_is_suspended_resumed_and_restored(
    app: Flask, merchant: Browser, place: Place, state: str, verb: str, action: str
) -> None:
    place(state, archive_expires_at=START + timedelta(days=30), archived_at=START)
    page = merchant.get("/boutiques/btq_1").text
    assert f'action="/boutiques/btq_1/{verb}"' in page
    assert merchant.post(f"/boutiques/btq_1/{verb}", {"command": str(uuid.uuid4())}).status_code == 303
    assert [(row.action, row.boutique_id) for row in rows(app)] == [(action, "btq_1")]
    assert "elle va être traitée" in merchant.get("/boutiques/btq_1").text


def test_deleting_asks_for_the_name(app: Flask, merchant: Browser, place: Place) -> None:
    place("live")
    wrong = merchant.post("/boutiques/btq_1/supprimer", {"command": str(uuid.uuid4()), "typed": "savon"})
    assert wrong.status_code == 422
    assert "Tapez exactement savons.localhost" in wrong.text
    assert rows(app) == []
    for typed in ("savons.localhost", " Savons "):
        assert (
            merchant.post("/boutiques/btq_1/supprimer", {"command": str(uuid.uuid4()), "typed": typed}).status_code
            == 303
        )
    assert [row.action for row in rows(app)] == ["delete", "delete"]


def test_another_merchants_boutique_does_not_exist(app: Flask, merchant: Browser, place: Place) -> None:
    place("live", merchant="mrch_other")
    assert merchant.get("/boutiques/btq_1").status_code == 404
    assert merchant.post("/boutiques/btq_1/suspendre", {"command": str(uuid.uuid4())}).status_code == 404
    assert rows(app) == []


class RecordingHints:
    """Takes what would go to the broker."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def command(self, arguments: dict[str, Any]) -> bool:
        self.sent.append(arguments)
        return True


def resend(app: Flask, hints: RecordingHints, now: datetime) -> int:
    with app.app_context():
        views: BoutiqueViews = app.extensions["boutique_views"]
        return commands.resend_unseen(hints, views, now)  # type: ignore[arg-type]


def test_a_command_is_sent_again_until_the_provisioner_shows_it(
    app: Flask, merchant: Browser, views_engine: Engine
) -> None:
    create(merchant)
    hints = RecordingHints()
    assert resend(app, hints, START + timedelta(seconds=1)) == 0, "just sent"
    assert resend(app, hints, START + timedelta(seconds=5)) == 1
    assert resend(app, hints, START + timedelta(seconds=10)) == 1
    (row,) = rows(app)
    assert hints.sent[0] == {
        "command_id": str(row.id),
        "action": "create",
        "merchant_id": MERCHANT,
        "boutique_id": None,
        "domain": "savons.localhost",
        "person": "owner.fr@example.com",
    }
    show_command(views_engine, row.id, b="btq_1")
    assert resend(app, hints, START + timedelta(seconds=15)) == 0
    (row,) = rows(app)
    assert (row.seen_at is not None, row.boutique_id, row.sends) == (True, "btq_1", 3)
    assert resend(app, hints, START + timedelta(hours=1)) == 0


def test_a_broker_that_is_away_does_not_stop_a_click(app: Flask, merchant: Browser) -> None:
    from merchant_portal.hints import Hints

    before, app.extensions["hints"] = app.extensions["hints"], Hints("redis://127.0.0.1:1/0")
    try:
        assert create(merchant).status_code == 303
    finally:
        app.extensions["hints"] = before
    assert len(rows(app)) == 1


def test_an_absent_provisioner_is_said(app: Flask, merchant: Browser) -> None:
    before = app.extensions["boutique_views"]
    app.extensions["boutique_views"] = BoutiqueViews("postgresql+psycopg://nobody@127.0.0.1:1/none")
    try:
        answer = merchant.get("/boutiques")
        assert merchant.get("/").status_code == 200, "the dashboard goes on without it"
    finally:
        app.extensions["boutique_views"] = before
    assert answer.status_code == 503
    assert "service des boutiques ne répond pas" in answer.text
