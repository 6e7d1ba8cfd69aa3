"""Clés d’API: the first page of a new account. A secret key is shown in the answer that made it, and nowhere else."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from merchant_portal import audit, key_access, permissions, runtime
from merchant_portal.db import db
from merchant_portal.errors import NotFound, PaymentsRefused
from merchant_portal.formats import moment
from merchant_portal.forms.auth import PlainForm
from merchant_portal.forms.keys import KeyForm
from merchant_portal.views.common import acting, address, merchant, requires, visitor
from merchant_portal.wordings import sentence

bp = Blueprint("keys", __name__, url_prefix="/cles")


@bp.get("")
@requires(permissions.KEYS)
def index() -> ResponseReturnValue:
    """The keys. An account that never had one gets its first pair here, so that the first visit shows something to use."""
    merchant_id = merchant()
    keys = runtime.payments().keys(acting(), merchant_id)
    pair = None
    if not keys and not _prefetched():
        try:
            first = f"first-keys-{visitor().account.id}"
            pair = _create(merchant_id, gettext("Première paire"), None, first, "keys.created")
        except PaymentsRefused as error:
            if error.code != "idempotency_in_progress":
                raise
        keys = runtime.payments().keys(acting(), merchant_id)
    return _page(keys, pair)


@bp.post("")
@requires(permissions.KEYS)
def create() -> ResponseReturnValue:
    """A new pair, shown in this very answer."""
    form = KeyForm()
    merchant_id = merchant()
    if not form.validate():
        return _page(runtime.payments().keys(acting(), merchant_id), None, form), 422
    scopes = key_access.words(form.access.data)
    pair = _create(merchant_id, form.name.data, scopes, form.key.data, "keys.created")
    return _page(runtime.payments().keys(acting(), merchant_id), pair), 201


@bp.post("/<key_id>/renouveler")
@requires(permissions.KEYS)
def rotate(key_id: str) -> ResponseReturnValue:
    """A new pair of the same name and rights. The old one goes on for a day, so that nothing stops in between."""
    merchant_id = merchant()
    old = _own(merchant_id, key_id)
    form = KeyForm(name=old["name"])
    form.name.data = old["name"]
    if not form.validate():
        return redirect(url_for("keys.index"), 303)
    try:
        pair = runtime.payments().rotate_key(acting(), merchant_id, key_id, form.key.data)
    except PaymentsRefused as error:
        flash(sentence(error.code, **error.params), "danger")
        return redirect(url_for("keys.index"), 303)
    _record("keys.rotated", pair["secret"])
    return _page(runtime.payments().keys(acting(), merchant_id), pair, replaced=_own(merchant_id, key_id)), 201


@bp.post("/<key_id>/revoquer")
@requires(permissions.KEYS)
def revoke(key_id: str) -> ResponseReturnValue:
    """The key stops working at once."""
    merchant_id = merchant()
    old = _own(merchant_id, key_id)
    if PlainForm().validate() and not old["revoked_at"]:
        runtime.payments().revoke_key(acting(), merchant_id, key_id)
        _record("keys.revoked", old)
        flash(gettext("La clé %(name)s est révoquée : elle n’ouvre plus rien.", name=_shown(old)), "success")
    return redirect(url_for("keys.index"), 303)


def _create(merchant_id: str, name: str, scopes: list[str] | None, key: str, action: str) -> dict[str, Any]:
    pair = runtime.payments().create_keys(acting(), merchant_id, name, scopes, key)
    _record(action, pair["secret"])
    return pair


def _record(action: str, key: dict[str, Any]) -> None:
    who = visitor()
    audit.record(
        who.account.id,
        who.person.email,
        action,
        runtime.now(),
        person_id=who.person_id,
        target=_shown(key),
        address=address(),
    )
    db.session.commit()


def _shown(key: dict[str, Any]) -> str:
    """Enough to recognise a key, too little to use it."""
    return f"{key['name']} · {key['prefix']}…{key['last4']}"


def _own(merchant_id: str, key_id: str) -> dict[str, Any]:
    """A key the merchant handles itself; a boutique's keys are the provisioner's business. Raises NotFound."""
    for key in runtime.payments().keys(acting(), merchant_id):
        if key["id"] == key_id and not key["label"]:
            return key
    raise NotFound()


def _page(
    keys: list[dict[str, Any]],
    pair: dict[str, Any] | None,
    form: KeyForm | None = None,
    replaced: dict[str, Any] | None = None,
) -> str:
    used = [key for key in keys if _in_force(key)]
    form = form or KeyForm(formdata=None)
    form.key.data = str(uuid.uuid4())
    public = (
        pair["public"] if pair else next((key for key in used if key["kind"] == "public" and not key["label"]), None)
    )
    return render_template(
        "keys/index.html",
        keys=used,
        over=[key for key in keys if not _in_force(key)],
        access=key_access.label,
        pair=pair,
        public=public,
        form=form,
        replaced=replaced,
        plain=PlainForm(formdata=None),
        first=len(keys) <= 2 and pair is not None,
    )


def _in_force(key: dict[str, Any]) -> bool:
    """Neither revoked nor replaced and past its last day."""
    ends = moment(key["expires_at"])
    return not key["revoked_at"] and (ends is None or runtime.now() < ends)


def _prefetched() -> bool:
    """A browser that looks ahead shows nothing yet: a secret made for it would be lost."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return request.method == "HEAD" or "prefetch" in purpose
