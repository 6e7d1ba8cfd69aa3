"""Blueprints, what every template knows, and the one table from errors to pages."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from flask_babel import get_locale, gettext, ngettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from merchant_portal import charts, i18n, navigation, permissions, responses, runtime, statuses, wordings
from merchant_portal.errors import NotFound, PortalError
from merchant_portal.views import (
    auth,
    boutiques,
    common,
    dashboard,
    design,
    disputes,
    health,
    help_pages,
    journal,
    keys,
    payments,
    payouts,
    refunds,
    settings,
    statistics,
    terminals,
    test_clock,
    webhooks,
)

log = logging.getLogger(__name__)

_BLUEPRINTS = (
    auth.bp,
    boutiques.bp,
    dashboard.bp,
    design.bp,
    disputes.bp,
    health.bp,
    help_pages.bp,
    journal.bp,
    keys.bp,
    payments.bp,
    payments.links,
    payouts.bp,
    refunds.bp,
    settings.bp,
    statistics.bp,
    terminals.bp,
    test_clock.bp,
    webhooks.bp,
)
RETRY_SECONDS = 5


def init_app(app: Flask) -> None:
    """Registers everything a browser can see."""
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        statuses=statuses,
        wordings=wordings,
        charts=charts,
        responses=responses,
        P=permissions,
        LANGUAGES=i18n.LANGUAGES,
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]

    @app.context_processor
    def _known() -> dict[str, Any]:
        return {
            "me": current_user if current_user and current_user.is_authenticated else None,
            "may": lambda permission: bool(current_user.is_authenticated and current_user.may(permission)),
            "nav_main": navigation.MAIN,
            "nav_second": navigation.SECOND,
            "test_clock": common.test_clock,
            "settings": runtime.settings(),
            "now": runtime.now(),
            "language": str(get_locale() or i18n.DEFAULT)[:2],
        }

    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failure)


def _page(status: int, title: str, text: str, retry: bool = False) -> Response:
    if request.path.endswith(".json"):
        response = make_response({"error": text}, status)
    else:
        response = make_response(
            render_template("errors/error.html", status=status, title=title, text=text, retry=retry), status
        )
    if retry:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _portal_error(error: PortalError) -> Response:
    text = wordings.sentence(error.code, **error.params)
    if error.status == 503:
        return _page(503, gettext("Un instant, s’il vous plaît"), text, retry=True)
    if error.status == 404:
        return _page(
            404,
            gettext("Page introuvable"),
            gettext("Rien ne se trouve à cette adresse, ou ce n’est pas à votre compte."),
        )
    titles = {403: gettext("Action réservée"), 429: gettext("Trop d’essais"), 410: gettext("Lien non valable")}
    return _page(error.status, titles.get(error.status, gettext("Demande refusée")), text)


def _stale_form(_: CSRFError) -> Response:
    text = gettext("Ce formulaire n’est plus valable. Revenez en arrière, rechargez la page et envoyez-le à nouveau.")
    return _page(400, gettext("Formulaire périmé"), text)


def _http_error(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    if code == 404:
        return _portal_error(NotFound())
    if code == 405:
        return _page(405, gettext("Adresse réservée aux formulaires"), gettext("Ouvrez la page depuis le menu."))
    return _page(code, gettext("Demande refusée"), gettext("La demande n’a pas la forme attendue."))


def _failure(error: Exception) -> Response:
    log.exception("unexpected failure on %s", request.path, exc_info=error)
    return _page(
        500,
        gettext("Une erreur est survenue"),
        gettext("Nous en sommes informés. Ce que vous aviez enregistré est intact."),
    )
