"""Boutique en ligne: list, creation with live progress, suspend, resume, delete, restore, retry.

The boutique itself is the provisioner's. Here are wishes (rows of boutique_command) and what its views show.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from merchant_portal import boutique_pages, commands, permissions, runtime, wordings
from merchant_portal.boutique_views import Boutique, boutique_views
from merchant_portal.errors import Forbidden, NotFound
from merchant_portal.forms.boutiques import CommandForm, CreateForm, DeleteForm
from merchant_portal.hints import hints
from merchant_portal.views.common import address, merchant, requires, visitor

bp = Blueprint("boutiques", __name__, url_prefix="/boutiques")

ACTIONS = {
    "suspendre": "suspend",
    "reprendre": "resume",
    "supprimer": "delete",
    "restaurer": "restore",
    "relancer": "retry",
}


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Boutiques, archived ones apart, and wishes the provisioner has not taken up yet."""
    views = boutique_views()
    found = views.boutiques(merchant())
    waiting = [row for row in commands.unseen(visitor().account.id) if row.action == "create"]
    known = views.commands([row.id for row in waiting]) if waiting else {}
    return render_template(
        "boutiques/index.html",
        boutiques=[row for row in found if row.state != "archived"],
        archived=[row for row in found if row.state == "archived"],
        waiting=[row for row in waiting if row.id not in known],
        provisioning=views.provisioning(),
        pages=boutique_pages,
        form=_fresh(CommandForm(formdata=None)),
    )


@bp.route("/creer", methods=["GET", "POST"])
@requires(permissions.BOUTIQUES)
def create() -> ResponseReturnValue:
    """Choose a name. The check button looks without creating, for browsers without scripts."""
    form, views, merchant_id = CreateForm(), boutique_views(), merchant()
    provisioning = views.provisioning()
    if request.method == "GET":
        form.name.data = request.args.get("name", "")
        return _create_page(_fresh(form), provisioning, None)
    if not form.validate():
        return _create_page(form, provisioning, None), 422
    known = commands.known(visitor().account.id, uuid.UUID(form.command.data))
    if known is not None:  # the second click of a double click: the name is ours by now
        return redirect(url_for("boutiques.command", command_id=known.id), 303)
    found = boutique_pages.availability(runtime.settings(), views, merchant_id, form.name.data)
    if not found.free:
        form.name.errors = [found.problem]
        return _create_page(form, provisioning, found), found.status
    if "check" in request.form:
        return _create_page(form, provisioning, found)
    if not provisioning.available:
        return _create_page(form, provisioning, found), 409
    assert found.domain is not None
    wish = commands.Wish(uuid.UUID(form.command.data), "create", domain=found.domain)
    return redirect(_ask(merchant_id, wish, found.domain), 303)


@bp.get("/disponibilite.json")
@requires(permissions.BOUTIQUES)
def availability() -> ResponseReturnValue:
    """For the form's script: the same answer the form would give."""
    found = boutique_pages.availability(runtime.settings(), boutique_views(), merchant(), request.args.get("name", ""))
    shown = boutique_pages.address(runtime.settings(), found.domain) if found.domain else None
    return {"free": found.free, "address": shown, "problem": found.problem}


@bp.get("/commandes/<uuid:command_id>")
@requires(permissions.READ)
def command(command_id: uuid.UUID) -> ResponseReturnValue:
    """A wish on its way: leads to its boutique once accepted, says why when it was refused."""
    row = commands.of_account(visitor().account.id, command_id)
    view = boutique_views().commands([command_id]).get(command_id)
    boutique_id = (view.boutique_id if view else None) or row.boutique_id
    if view is not None and view.status == "refused":
        problem = wordings.sentence(view.reason_code or "unknown", **view.reason_params)
        return render_template("boutiques/refused.html", row=row, problem=problem, boutique_id=boutique_id), 409
    if view is not None and boutique_id:
        boutique = boutique_views().boutique(merchant(), boutique_id)
        if boutique is not None:
            return redirect(url_for("boutiques.show", boutique_id=boutique.id), 303)
    return render_template("boutiques/waiting.html", row=row, address=_address_of(row.domain))


@bp.get("/<boutique_id>")
@requires(permissions.READ)
def show(boutique_id: str) -> ResponseReturnValue:
    """Address, state, progress, actions."""
    return _show(_own(boutique_id))


@bp.get("/<boutique_id>/etat.json")
@requires(permissions.READ)
def state(boutique_id: str) -> ResponseReturnValue:
    """For the progress script: the same block the page has, and whether to look again."""
    boutique = _own(boutique_id)
    html = render_template("boutiques/_progress.html", boutique=boutique, pages=boutique_pages)
    return {
        "state": boutique.state,
        "moving": boutique.moving,
        "headline": boutique_pages.headline(boutique),
        "html": html,
    }


@bp.get("/commandes/<uuid:command_id>/etat.json")
@requires(permissions.READ)
def command_state(command_id: uuid.UUID) -> ResponseReturnValue:
    """Whether the provisioner has taken the wish up, one way or the other."""
    commands.of_account(visitor().account.id, command_id)
    return {"moving": command_id not in boutique_views().commands([command_id])}


@bp.post("/<boutique_id>/<any(suspendre,reprendre,supprimer,restaurer,relancer):verb>")
@requires(permissions.READ)
def change(boutique_id: str, verb: str) -> ResponseReturnValue:
    """One of the actions. The provisioner decides whether the state allows it; we only spare it what cannot be."""
    action = ACTIONS[verb]
    needed = permissions.DELETE_BOUTIQUE if action == "delete" else permissions.BOUTIQUES
    if not visitor().may(needed):
        raise Forbidden(permission=needed)
    boutique = _own(boutique_id)
    form = DeleteForm() if action == "delete" else CommandForm()
    if not form.validate():
        return redirect(url_for("boutiques.show", boutique_id=boutique_id), 303)
    if isinstance(form, DeleteForm) and form.typed.data not in (boutique.domain, boutique.name):
        form.typed.errors = [wordings.sentence("name_not_typed", name=boutique.domain)]
        return _show(boutique, form), 422
    wish = commands.Wish(uuid.UUID(form.command.data), action, boutique_id=boutique_id)
    _ask(merchant(), wish, boutique.domain)
    return redirect(url_for("boutiques.show", boutique_id=boutique_id), 303)


def _ask(merchant_id: str, wish: commands.Wish, label: str) -> str:
    """Writes and sends the wish; returns its page."""
    row = commands.request(visitor(), merchant_id, wish, label, address(), runtime.now())
    sent = row.seen_at is None and commands.send(hints(), row, runtime.now())
    boutique_id = commands.wait_for_boutique(boutique_views(), row.id) if sent and wish.action == "create" else None
    if boutique_id:
        return url_for("boutiques.show", boutique_id=boutique_id)
    return url_for("boutiques.command", command_id=row.id)


def _show(boutique: Boutique, delete_form: DeleteForm | None = None) -> str:
    sent = [row for row in commands.unseen(visitor().account.id) if row.boutique_id == boutique.id]
    shown = boutique_views().commands([row.id for row in sent]) if sent else {}
    waiting = any(row.id not in shown for row in sent)
    refusal = None if boutique.moving or waiting else boutique_views().last_refusal(boutique.id)
    return render_template(
        "boutiques/show.html",
        boutique=boutique,
        waiting=waiting,
        refusal=wordings.sentence(refusal.reason_code or "unknown", **refusal.reason_params) if refusal else None,
        pages=boutique_pages,
        form=_fresh(CommandForm(formdata=None)),
        delete_form=delete_form or _fresh(DeleteForm(formdata=None)),
    )


def _create_page(form: CreateForm, provisioning: object, found: boutique_pages.Availability | None) -> str:
    shown = _address_of(found.domain) if found and found.free else None
    return render_template("boutiques/create.html", form=form, provisioning=provisioning, free_address=shown)


def _own(boutique_id: str) -> Boutique:
    boutique = boutique_views().boutique(merchant(), boutique_id)
    if boutique is None:
        raise NotFound()
    return boutique


def _address_of(domain: str | None) -> str | None:
    return boutique_pages.address(runtime.settings(), domain) if domain else None


def _fresh(form: CommandForm) -> CommandForm:
    form.command.data = str(uuid.uuid4())
    return form
