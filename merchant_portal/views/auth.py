"""Sign-up, confirmation, sign-in and out, new password."""

from __future__ import annotations

import contextlib
import uuid

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user, login_user, logout_user

from merchant_portal import accounts, people, runtime, sessions
from merchant_portal.errors import PortalError, Throttled
from merchant_portal.forms.auth import ForgottenForm, NewPasswordForm, PlainForm, SignInForm, SignUpForm
from merchant_portal.models import Person
from merchant_portal.views.common import address, local_path
from merchant_portal.wordings import sentence

bp = Blueprint("auth", __name__)


@bp.route("/inscription", methods=["GET", "POST"])
def sign_up() -> ResponseReturnValue:
    """The form; sent and valid, it leads to "look into your mails" whether or not the address has an account."""
    form = SignUpForm()
    if form.validate_on_submit():
        application = people.Application(
            id=uuid.uuid4(),
            email=form.email.data,
            password=form.password.data,
            company=form.company.data,
            siren=form.siren.data,
            iban=form.iban.data,
            language=str(get_locale())[:2],
        )
        try:
            people.sign_up(runtime.settings(), application, address(), runtime.now())
        except Throttled as error:
            return _throttled("auth/sign_up.html", form, error)
        session["sign_up"] = {"id": str(application.id), "email": application.email}
        return redirect(url_for("auth.sent"), 303)
    return render_template("auth/sign_up.html", form=form), 422 if form.is_submitted() else 200


@bp.get("/inscription/envoyee")
def sent() -> ResponseReturnValue:
    """What to do next, and a way to have the mail again."""
    pending = session.get("sign_up")
    if not pending:
        return redirect(url_for("auth.sign_up"))
    return render_template("auth/sent.html", email=pending["email"], form=PlainForm())


@bp.post("/inscription/renvoyer")
def resend() -> ResponseReturnValue:
    """Another link for this browser's sign-up; the earlier one stops working."""
    pending = session.get("sign_up")
    if pending:
        people.resend(runtime.settings(), uuid.UUID(pending["id"]), runtime.now())
        flash(gettext("Si la confirmation est encore attendue, un nouveau lien est parti."), "success")
    return redirect(url_for("auth.sent"), 303)


@bp.get("/confirmation/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Opens the account. The browser that signed up is signed in at once; any other one is asked for the password."""
    now = runtime.now()
    try:
        membership, sign_up_id = people.confirm(token, now)
    except people.LinkError as error:
        if error.code == "link_used" and current_user.is_authenticated:
            return redirect(url_for("keys.index"))
        return render_template("auth/link.html", text=sentence(error.code), code=error.code), error.status
    with contextlib.suppress(PortalError):  # the next visit or sweep makes it
        accounts.ensure_merchant(runtime.payments(), membership.account, now)
    pending = session.pop("sign_up", None)
    if pending and pending["id"] == str(sign_up_id):
        _begin(membership.person)
        flash(gettext("Votre adresse est confirmée. Bienvenue !"), "success")
        return redirect(url_for("keys.index"))
    flash(gettext("Votre adresse est confirmée. Connectez-vous pour découvrir vos clés de test."), "success")
    return redirect(url_for("auth.sign_in", next=url_for("keys.index")))


@bp.route("/connexion", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """E-mail and password."""
    target = local_path(request.values.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target or url_for("dashboard.index"))
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("auth/sign_in.html", form=form, next=target), 422 if form.is_submitted() else 200
    try:
        person = people.sign_in(form.email.data, form.password.data, address(), runtime.now())
    except Throttled as error:
        return _throttled("auth/sign_in.html", form, error, next=target)
    except people.SignInError as error:
        return render_template("auth/sign_in.html", form=form, next=target, problem=sentence(error.code)), 422
    _begin(person)
    return redirect(target or url_for("dashboard.index"), 303)


@bp.post("/deconnexion")
def sign_out() -> ResponseReturnValue:
    """Ends the session on the server, then in the browser."""
    sessions.end(current_user.token)
    logout_user()
    session.clear()
    flash(gettext("Vous êtes déconnecté."), "info")
    return redirect(url_for("auth.sign_in"), 303)


@bp.route("/mot-de-passe", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Asks for a link; the answer is the same for every address."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("auth/forgotten.html", form=form), 422 if form.is_submitted() else 200
    try:
        people.ask_new_password(runtime.settings(), form.email.data, address(), runtime.now())
    except Throttled as error:
        return _throttled("auth/forgotten.html", form, error)
    return render_template("auth/forgotten.html", form=form, sent_to=form.email.data)


@bp.route("/mot-de-passe/<token>", methods=["GET", "POST"])
def new_password(token: str) -> ResponseReturnValue:
    """Looking spends nothing; only the sent form does."""
    form = NewPasswordForm()
    try:
        if not form.validate_on_submit():
            people.reset_of(token, runtime.now())
            status = 422 if form.is_submitted() else 200
            return render_template("auth/new_password.html", form=form, token=token), status
        people.set_new_password(token, form.password.data, runtime.now())
    except people.LinkError as error:
        return render_template("auth/link.html", text=sentence(error.code), code=error.code), error.status
    flash(gettext("Votre nouveau mot de passe est enregistré. Connectez-vous."), "success")
    return redirect(url_for("auth.sign_in"), 303)


def _begin(person: Person) -> None:
    """A fresh cookie: nothing a stranger may have put into the old one survives."""
    session.clear()
    session.permanent = True
    login_user(sessions.begin(person, runtime.now(), address()))


def _throttled(template: str, form: object, error: Throttled, **values: object) -> ResponseReturnValue:
    page = render_template(template, form=form, problem=sentence(error.code, **error.params), **values)
    return page, 429, {"Retry-After": str(error.params["seconds"])}
