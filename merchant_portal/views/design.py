"""/design: every component on one page, in every state, to look at and to test."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from merchant_portal.forms.design import SampleForm

bp = Blueprint("design", __name__, url_prefix="/design")


@bp.get("")
def index() -> ResponseReturnValue:
    """Public: it shows nothing of anybody."""
    form = SampleForm(formdata=None)
    form.wrong.errors = [form.wrong_message]
    return render_template("design/index.html", form=form, sales=[3, 5, 2, 8, 6, 9, 12, 7, 11, 14, 9, 13])
