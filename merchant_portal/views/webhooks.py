"""Webhooks: where the merchant's own programs hear of events, what was sent, and sending it again.

A secret is shown in the answer that made it, and nowhere else. A boutique's webhook is shown and can be tried, but its own
provisioning looks after it.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import audit, formats, permissions, runtime
from merchant_portal.db import db
from merchant_portal.errors import NotFound, PaymentsRefused
from merchant_portal.forms.auth import PlainForm
from merchant_portal.forms.webhooks import ActForm, RotationForm, WebhookForm, form_of
from merchant_portal.views.common import acting, address, merchant, requires, visitor
from merchant_portal.wordings import SENTENCES, delivery_problem, sentence

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")

STATES = ("pending", "delivered", "abandoned")
DELIVERIES = 25


@bp.get("")
@requires(permissions.KEYS)
def index() -> ResponseReturnValue:
    """Every webhook, and the form for one more."""
    return _list()


@bp.post("")
@requires(permissions.KEYS)
def create() -> ResponseReturnValue:
    """A new webhook; its secret is shown in this very answer."""
    form = WebhookForm()
    if not form.validate():
        return _list(form), 422
    body = {"url": form.url.data, "events": form.chosen()}
    try:
        made = runtime.payments().create_webhook(acting(), merchant(), body, form.key.data)
    except PaymentsRefused as error:
        form.refuse(error.code, _sentence(error))
        return _list(form), error.status
    _record("webhooks.created", made)
    return _page(made["id"], made=made), 201


@bp.get("/<webhook_id>")
@requires(permissions.KEYS)
def show(webhook_id: str) -> ResponseReturnValue:
    """One webhook and what was sent to it, newest first."""
    return _page(webhook_id)


@bp.post("/<webhook_id>")
@requires(permissions.KEYS)
def change(webhook_id: str) -> ResponseReturnValue:
    """Another address, other events, on or off."""
    form = WebhookForm()
    if not form.validate():
        return _page(webhook_id, form), 422
    body = {"url": form.url.data, "events": form.chosen(), "enabled": form.enabled.data}
    try:
        changed = runtime.payments().change_webhook(acting(), merchant(), webhook_id, body)
    except PaymentsRefused as error:
        if error.code == "not_found":
            raise NotFound() from error
        form.refuse(error.code, _sentence(error))
        return _page(webhook_id, form), error.status
    _record("webhooks.changed", changed)
    flash(gettext("Le webhook est enregistré."), "success")
    return _back(webhook_id)


@bp.post("/<webhook_id>/renouveler")
@requires(permissions.KEYS)
def rotate(webhook_id: str) -> ResponseReturnValue:
    """A new secret, shown in this very answer; both sign for the chosen time."""
    form = RotationForm()
    if not form.validate():
        return _back(webhook_id)
    try:
        made = runtime.payments().rotate_webhook(
            acting(), merchant(), webhook_id, int(form.overlap.data), form.key.data
        )
    except PaymentsRefused as error:
        flash(_sentence(error), "danger")
        return _back(webhook_id)
    _record("webhooks.rotated", made)
    return _page(webhook_id, made=made), 201


@bp.post("/<webhook_id>/supprimer")
@requires(permissions.KEYS)
def delete(webhook_id: str) -> ResponseReturnValue:
    """Nothing more is sent to it."""
    webhook = _found(webhook_id)
    if not PlainForm().validate() or webhook["managed"]:
        return _back(webhook_id)
    runtime.payments().delete_webhook(acting(), merchant(), webhook_id)
    _record("webhooks.deleted", webhook)
    flash(gettext("Le webhook %(url)s est supprimé.", url=webhook["url"]), "success")
    return redirect(url_for("webhooks.index"), 303)


@bp.post("/<webhook_id>/essayer")
@requires(permissions.KEYS)
def try_out(webhook_id: str) -> ResponseReturnValue:
    """Sends a test event and says what came back."""
    form, webhook = ActForm(), _found(webhook_id)
    if not form.validate():
        return _back(webhook_id)
    try:
        answer = runtime.payments().test_webhook(acting(), merchant(), webhook_id, form.key.data)
    except PaymentsRefused as error:  # the first click's answer is still awaited
        flash(_sentence(error), "danger")
    else:
        _record("webhooks.tested", webhook)
        flash(_outcome(answer), "success" if answer["accepted"] else "danger")
    return _back(webhook_id)


@bp.post("/<webhook_id>/evenements/<event_id>/renvoyer")
@requires(permissions.KEYS)
def redeliver(webhook_id: str, event_id: str) -> ResponseReturnValue:
    """The same event under the same id once more."""
    form, webhook = ActForm(), _found(webhook_id)
    if form.validate():
        key = f"{form.key.data}:{event_id}"
        try:
            runtime.payments().redeliver(acting(), merchant(), webhook_id, event_id, key)
        except PaymentsRefused as error:
            flash(_sentence(error), "danger")
        else:
            _record("webhooks.redelivered", webhook)
            flash(gettext("L’événement est renvoyé. Rechargez la page pour voir la réponse."), "success")
    return _back(webhook_id)


@bp.get("/<webhook_id>/evenements/<event_id>")
@requires(permissions.KEYS)
def event(webhook_id: str, event_id: str) -> ResponseReturnValue:
    """The body of an event, as it is sent."""
    found = runtime.payments().event(acting(), merchant(), event_id)
    body = json.dumps(found, indent=2, ensure_ascii=False)
    act = ActForm(formdata=None)
    act.key.data = str(uuid.uuid4())
    return render_template("webhooks/event.html", webhook=_found(webhook_id), event=found, body=body, act=act)


def _found(webhook_id: str) -> dict[str, Any]:
    return runtime.payments().webhook(acting(), merchant(), webhook_id)


def _back(webhook_id: str) -> ResponseReturnValue:
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


def _list(form: WebhookForm | None = None) -> str:
    known = runtime.payments().webhooks(acting(), merchant())
    form = form or WebhookForm(formdata=None)
    form.key.data = str(uuid.uuid4())
    return render_template("webhooks/index.html", webhooks=known["webhooks"], types=known["types"], form=form)


def _page(webhook_id: str, form: WebhookForm | None = None, made: dict[str, Any] | None = None) -> str:
    """`made` holds a secret that was just made."""
    core, merchant_id = runtime.payments(), merchant()
    webhook = _found(webhook_id)
    form = form or form_of(webhook)
    rotation, act = RotationForm(formdata=None), ActForm(formdata=None)
    for fresh in (form, rotation, act):
        fresh.key.data = str(uuid.uuid4())
    state = request.args.get("etat", "")
    query = {"state": state if state in STATES else "", "cursor": request.args.get("suite"), "limit": DELIVERIES}
    try:
        page = core.deliveries(acting(), merchant_id, webhook_id, query)
    except PaymentsRefused:  # a cursor of another time: start anew
        page = core.deliveries(acting(), merchant_id, webhook_id, {"limit": DELIVERIES})
    return render_template(
        "webhooks/show.html",
        webhook=webhook,
        types=webhook["types"],
        made=made,
        form=form,
        rotation=rotation,
        act=act,
        plain=PlainForm(formdata=None),
        page=page,
        state=query["state"],
        states=STATES,
        paged=bool(request.args.get("suite")),
    )


def _outcome(answer: dict[str, Any]) -> str:
    seconds = formats.number(round(answer["duration_ms"] / 1000, 2))
    if answer["accepted"]:
        return gettext(
            "Votre serveur a accepté l’événement de test : statut %(status)s en %(seconds)s s.",
            status=answer["status"],
            seconds=seconds,
        )
    return gettext(
        "L’événement de test n’est pas passé : %(problem)s, après %(seconds)s s.",
        problem=delivery_problem(answer["problem"], answer["status"], answer["detail"]),
        seconds=seconds,
    )


def _sentence(error: PaymentsRefused) -> str:
    """The closest wording of a refusal: an address says why it is refused."""
    why = str(error.params.get("why"))
    return sentence(why if why in SENTENCES else error.code, **error.params)


def _record(action: str, webhook: dict[str, Any]) -> None:
    who = visitor()
    audit.record(
        who.account.id,
        who.person.email,
        action,
        runtime.now(),
        person_id=who.person_id,
        target=webhook["url"][:120],
        address=address(),
    )
    db.session.commit()
