"""What the payer's browser says of itself: the device of a payment, and the proof of a signature."""

from __future__ import annotations

import ipaddress
from typing import Any

from flask import request

from payments_core.payment_page.languages import Language
from payments_core.runtime import runtime


def device() -> dict[str, Any]:
    """As the wire contract describes a device."""
    headers = request.headers
    found = {
        "ip": _address(),
        "user_agent": headers.get("User-Agent", "")[:256],
        "http_accept": headers.get("Accept", "")[:2048],
        "languages": headers.get("Accept-Language", "")[:32],
    }
    return {name: value for name, value in found.items() if value}


def proof(language: Language) -> dict[str, Any]:
    """How a mandate was agreed to: from where, and which words were shown in whose name."""
    browser = device()
    return {
        "ip": browser.get("ip"),
        "user_agent": browser.get("user_agent"),
        "language": language.code,
        "creditor_id": runtime().config.sepa_creditor_id,
    }


def _address() -> str | None:
    """The payer's address: the edge appends the one it saw to X-Forwarded-For, whatever the payer wrote before it."""
    candidate = request.access_route[-1] if request.access_route else None
    try:
        return str(ipaddress.ip_address(candidate or ""))
    except ValueError:
        return None
