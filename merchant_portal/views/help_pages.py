"""Aide and the terms."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from merchant_portal.people import TERMS_VERSION

bp = Blueprint("help", __name__)

# The wire contract's test cards that a new merchant tries first; what each does is worded in the template.
TEST_CARDS = (
    ("4242 4242 4242 4242", "accepted"),
    ("4000 0000 0000 3220", "challenge"),
    ("4000 0000 0000 0077", "captured"),
    ("4000 0000 0000 0002", "declined"),
    ("4000 0000 0000 9995", "funds"),
)


@bp.get("/aide")
def index() -> ResponseReturnValue:
    """How things work, and what to try."""
    return render_template("help/index.html", cards=TEST_CARDS)


@bp.get("/conditions")
def terms() -> ResponseReturnValue:
    """Conditions Particulières and Conditions Tarifaires, with version and date."""
    return render_template("help/terms.html", version=TERMS_VERSION)
