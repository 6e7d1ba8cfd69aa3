"""The documentation's addresses: /openapi.json, and pages under /docs that need neither key nor script."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from payments_core import dispute_reasons, responses, sepa_reasons
from payments_core.body_limits import DEFAULT_BYTES
from payments_core.config import Config
from payments_core.docs import test_data, webhook_events
from payments_core.docs.content import Content, content_of, transitions
from payments_core.docs.error_table import ENTRIES
from payments_core.docs.plain_answers import PLAIN
from payments_core.docs.samples import samples
from payments_core.key_scopes import SCOPES
from payments_core.money import CURRENCIES
from payments_core.payment_page.headers import STATIC as DESIGN
from payments_core.runtime import runtime

# The first word puts it on the API host (application.py).
bp = Blueprint("api_docs", __name__, template_folder="templates")

_STATIC = Path(__file__).parent / "static"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_FIVE_MINUTES = "public, max-age=300"
_ONE_YEAR = "public, max-age=31536000, immutable"
_VERSIONS = {"v2": 2, "v1": 1}
PAGES = {
    "overview": "Overview",
    "quick_start": "Quick start",
    "errors": "Errors",
    "test_cards": "Test data",
    "webhooks": "Webhooks",
    "status_tables": "Transitions",
}


@bp.after_request
def add_headers(response: Response) -> Response:
    """Pages may be kept for a while, files for good as their address changes with them."""
    is_file = request.endpoint in ("api_docs.stylesheet", "api_docs.mark")
    if response.status_code == 200:
        response.headers["Cache-Control"] = _ONE_YEAR if is_file and request.args.get("v") else _FIVE_MINUTES
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/openapi.json")
def openapi() -> Response:
    """The document. Any page may read it, as it holds nothing of anybody's."""
    response = Response(_content().encoded, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/docs")
def overview() -> str:
    live, test = (rate.replace("/", " requests a ") for rate in (_config().rate_limit_live, _config().rate_limit_test))
    rates = live if live == test else f"{live} in live mode, {test} in test mode"
    return _page("overview", currencies=CURRENCIES, scopes=SCOPES, longest_body_kb=DEFAULT_BYTES // 1024, rates=rates)


@bp.get("/docs/quick-start")
def quick_start() -> str:
    return _page("quick_start", samples=samples("quick_start", ("curl", "python", "php"), _config().api_url))


@bp.get("/docs/reference")
def reference() -> AnyResponse:
    """The reference begins with its first group."""
    first = _content().reference.groups(2)[0]
    return redirect(url_for("api_docs.reference_of", name="v2", slug=first.slug))


@bp.get("/docs/reference/<name>/<slug>")
def reference_of(name: str, slug: str) -> str:
    """One kind of object in one version."""
    version, known = _VERSIONS.get(name), _content().reference
    group = next((one for one in known.groups(version or 2) if one.slug == slug), None)
    if version is None or group is None:
        abort(404)
    return _page(
        "reference",
        version=version,
        group=group,
        others=[other for other in _VERSIONS.values() if other != version and group in known.groups(other)],
        operations=known.operations(group, version),
        objects=known.objects(group, version),
        reference=known,
    )


@bp.get("/docs/errors")
def errors() -> str:
    return _page("errors", entries=ENTRIES, plain=PLAIN, meanings=_meanings())


@bp.get("/docs/test-data")
def test_cards() -> str:
    return _page(
        "test_cards",
        groups=test_data.cards(),
        accounts=list(test_data.accounts()),
        rates=test_data.rates(),
        in_fours=test_data.in_fours,
    )


@bp.get("/docs/webhooks")
def webhooks() -> str:
    shown = samples("verify", ("python", "php", "javascript"), _config().api_url)
    return _page("webhooks", subjects=webhook_events.SUBJECTS, samples=shown)


@bp.get("/docs/transitions")
def status_tables() -> str:
    return _page("status_tables", tables=list(transitions()))


@bp.get("/docs/assets/docs.css")
def stylesheet() -> Response:
    """The payment page's tokens and ours: one design, both themes."""
    return Response(_stylesheet(), mimetype="text/css")


@bp.get("/docs/assets/mark.svg")
def mark() -> Response:
    return Response((DESIGN / "mark.svg").read_bytes(), mimetype="image/svg+xml")


@bp.app_template_filter("ticked")
def ticked(text: str) -> Markup:
    """Escaped text in which `words between backticks` are code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


def _page(page: str, **values: Any) -> str:
    shown = _content().reference
    return render_template(
        f"docs/{page}.html",
        page=page,
        pages=PAGES,
        api_url=_config().api_url,
        payment_url=_config().payment_url,
        portal_url=_config().portal_url,
        navigation=[(name, version, shown.groups(version)) for name, version in _VERSIONS.items()],
        stylesheet=url_for("api_docs.stylesheet", v=_digest()),
        **values,
    )


def _content() -> Content:
    return content_of(current_app, _config())


def _config() -> Config:
    return runtime().config


def _meanings() -> dict[str, str]:
    """Response codes of cards and direct debits and reason codes of disputes, in English."""
    cards = {code: responses.meaning(code, "en") for code in (*responses.MEANINGS, *sepa_reasons.MEANINGS)}
    return cards | {code: dispute_reasons.meaning(code, "en") for code in dispute_reasons.MEANINGS}


@cache
def _stylesheet() -> str:
    """The tokens are the first part of the payment page's own file, up to its first empty line."""
    tokens = (DESIGN / "page.css").read_text(encoding="utf-8").split("\n\n", 1)[0]
    return tokens + "\n\n" + (_STATIC / "docs.css").read_text(encoding="utf-8")


@cache
def _digest() -> str:
    return hashlib.sha256(_stylesheet().encode()).hexdigest()[:12]
