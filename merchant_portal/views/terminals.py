"""Terminal: the counter's machines, their names, their telecollections."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import permissions, runtime
from merchant_portal.errors import PaymentsRefused
from merchant_portal.views.common import acting, merchant, merchant_now, requires

bp = Blueprint("terminals", __name__, url_prefix="/terminal")

LONGEST_NAME = 64


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Every terminal with its latest telecollections."""
    core, merchant_id = runtime.payments(), merchant()
    found = core.terminals(acting(), merchant_id, {"limit": 20})["terminals"]
    batches = {item["id"]: core.batches(acting(), merchant_id, item["id"]) for item in found}
    return render_template("terminals/index.html", terminals=found, batches=batches, now=merchant_now())


@bp.post("/<terminal_id>/nom")
@requires(permissions.BOUTIQUES)
def rename(terminal_id: str) -> ResponseReturnValue:
    """Another name; an empty or too long one is refused with a sentence."""
    name = request.form.get("name", "").strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        flash(gettext("Choisissez un nom de 1 à 64 caractères."), "danger")
        return redirect(url_for("terminals.index"), 303)
    try:
        runtime.payments().rename_terminal(acting(), merchant(), terminal_id, name)
    except PaymentsRefused:
        flash(gettext("Ce terminal n’existe pas ou plus."), "danger")
    else:
        flash(gettext("Le terminal s’appelle maintenant %(name)s.", name=name), "success")
    return redirect(url_for("terminals.index"), 303)
