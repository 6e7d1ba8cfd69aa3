"""Payment links: create, read, list, close, and the code to scan (our extension)."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Response

from payments_core import links
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query
from payments_core.api.idempotency import suffix
from payments_core.api.lists import envelope
from payments_core.api.schemas.lists import ListQuery, moment
from payments_core.api.schemas.payment_links import NewLinkBody
from payments_core.api.versions import v2
from payments_core.links import NewLink
from payments_core.representation_intents import page_url


@v2.post("/payment_links")
def create_link() -> dict[str, Any]:
    """An amount anybody with the address may pay; `retry_of` asks for a failed payment again."""
    given = {name: value for name, value in load_body(NewLinkBody).items() if value is not None}
    if "retry_of" in given:
        return objects.payment_link(links.retry(current_scope(), given["retry_of"], suffix=suffix()))
    return objects.payment_link(links.create(current_scope(), NewLink(**given), suffix=suffix()))


@v2.get("/payment_links/<payment_link_id>")
def read_link(payment_link_id: str) -> dict[str, Any]:
    return objects.payment_link(links.get(current_scope(), payment_link_id))


@v2.get("/payment_links/<payment_link_id>/qr_code.svg")
def link_qr_code(payment_link_id: str) -> Response:
    """The link's address as a QR code (ISO/IEC 18004), SVG."""
    link = links.get(current_scope(), payment_link_id)
    drawing = io.BytesIO()
    segno.make(page_url(link.id, link.live), error="m", micro=False).save(drawing, kind="svg", scale=8, border=4)
    return Response(drawing.getvalue(), mimetype="image/svg+xml")


@v2.delete("/payment_links/<payment_link_id>")
def disable_link(payment_link_id: str) -> dict[str, Any]:
    """Closes it; it stays readable."""
    return objects.payment_link(links.disable(current_scope(), payment_link_id))


@v2.get("/payment_links")
def list_links() -> dict[str, Any]:
    query = load_query(ListQuery)
    found = links.page(current_scope(), moment(query.get("created")), start=query["start"], limit=query["limit"])
    return envelope("payment_links", [objects.payment_link(link) for link in found.items], found, query)
