"""SEPA mandates of v2 (wire contract 2.5): create, read, change, revoke, list, the document to sign."""

from __future__ import annotations

from typing import Any

from flask import Response

from payments_core import mandate_document, mandates, sepa_accounts
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery
from payments_core.api.schemas.sepa import MandateChanges, NewMandate
from payments_core.api.versions import v2
from payments_core.payment_page.languages import texts


@v2.post("/mandates")
def create_mandate() -> dict[str, Any]:
    """Without `signed_at` the payer is sent to `sign_url`."""
    fields, scope = load_body(NewMandate), current_scope()
    account = sepa_accounts.get(scope, fields["sepa"])
    mandate = mandates.create(
        scope,
        account,
        rum=fields.get("rum"),
        signed_at=fields.get("signed_at"),
        recurrent=fields.get("recurrent") is not False,
        suffix=suffix(),
    )
    return objects.mandate(mandate)


@v2.get("/mandates/<mandate_id>")
def read_mandate(mandate_id: str) -> dict[str, Any]:
    return objects.mandate(mandates.get(current_scope(), mandate_id))


@v2.get("/mandates/<mandate_id>.pdf")
def mandate_pdf(mandate_id: str) -> Response:
    """The mandate as a document, to be signed by hand or kept."""
    scope = current_scope()
    mandate = mandates.get(scope, mandate_id)
    words = texts(mandate_document.language_of(scope))
    return Response(mandate_document.pdf(scope, mandate, words), mimetype="application/pdf")


@v2.patch("/mandates/<mandate_id>")
def change_mandate(mandate_id: str) -> dict[str, Any]:
    mandates.get(current_scope(), mandate_id)
    return objects.mandate(mandates.update(current_scope(), mandate_id, load_body(MandateChanges)))


@v2.delete("/mandates/<mandate_id>")
def revoke_mandate(mandate_id: str) -> dict[str, Any]:
    return objects.mandate(mandates.revoke(current_scope(), mandate_id))


@v2.get("/mandates")
def list_mandates() -> dict[str, Any]:
    query = load_query(ListQuery)
    page = mandates.page(current_scope(), start=query["start"], limit=query["limit"])
    return envelope("mandates", [objects.mandate(mandate) for mandate in page.items], page, query)
