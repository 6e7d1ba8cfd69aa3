"""Paramètres: language, the account's data, the person's role."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh
from flask_login import current_user

from merchant_portal import audit, permissions, runtime
from merchant_portal.db import db
from merchant_portal.errors import PortalError
from merchant_portal.forms.auth import PlainForm
from merchant_portal.forms.settings import StatementForm
from merchant_portal.i18n import LANGUAGES
from merchant_portal.models import Person
from merchant_portal.views.common import acting, local_path, merchant, requires, visitor

NETWORKS = ("national", "brand")

bp = Blueprint("settings", __name__, url_prefix="/parametres")


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Works without the core: then only what the portal knows is shown."""
    return _page()


def _page(form: StatementForm | None = None) -> str:
    try:
        known = runtime.payments().merchant(acting(), merchant())
    except PortalError:
        known = None
    form = form or StatementForm(formdata=None, label=known.get("statement_label_chosen") if known else None)
    may_choose = permissions.allows(visitor().role, permissions.PAGE)
    plain = PlainForm(formdata=None)
    return render_template(
        "settings/index.html", merchant=known, may_choose=may_choose, networks=NETWORKS, label=form, plain=plain
    )


@bp.post("/langue")
def language() -> ResponseReturnValue:
    """The person's language, or this browser's when nobody is signed in."""
    chosen = request.form.get("language", "")
    if PlainForm().validate() and chosen in LANGUAGES:
        if current_user.is_authenticated:
            _keep(chosen)
        else:
            session["language"] = chosen
        refresh()
        flash(gettext("La langue est réglée."), "success")
    return redirect(local_path(request.form.get("next")) or url_for("settings.index"), 303)


@bp.post("/reseau")
@requires(permissions.PAGE)
def network() -> ResponseReturnValue:
    """Which network the payment page marks beforehand on a co-badged card."""
    chosen = request.form.get("network", "")
    if PlainForm().validate() and chosen in NETWORKS:
        runtime.payments().prefer_network(acting(), merchant(), chosen)
        who = visitor()
        audit.record(
            who.account.id, who.person.email, "network.changed", runtime.now(), person_id=who.person_id, target=chosen
        )
        db.session.commit()
        flash(gettext("Le réseau est réglé."), "success")
    return redirect(url_for("settings.index", _anchor="network"), 303)


@bp.post("/libelle")
@requires(permissions.PAGE)
def label() -> ResponseReturnValue:
    """What payers read on their bank statement."""
    form = StatementForm()
    if not form.validate():
        return _page(form), 422
    chosen = form.label.data or None
    runtime.payments().label_statements(acting(), merchant(), chosen)
    who = visitor()
    audit.record(
        who.account.id, who.person.email, "label.changed", runtime.now(), person_id=who.person_id, target=chosen or "—"
    )
    db.session.commit()
    flash(gettext("Le libellé est réglé."), "success")
    return redirect(url_for("settings.index", _anchor="statement"), 303)


def _keep(chosen: str) -> None:
    who = visitor()
    person = db.session.get(Person, who.person_id)
    assert person is not None
    person.language = who.person.language = chosen
    audit.record(who.account.id, person.email, "language.changed", runtime.now(), person_id=person.id, target=chosen)
    db.session.commit()
