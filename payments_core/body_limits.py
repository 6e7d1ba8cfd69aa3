"""How large a request's body may be, in bytes: one limit for everything, and the few routes that differ."""

from __future__ import annotations

DEFAULT_BYTES = 256 * 1024

BY_ENDPOINT = {
    # A piece of proof comes whole (evidence.py), with room to refuse one that is too large by its own rule.
    "platform.add_evidence_file": 12 * 1024 * 1024,
    "api_v2.add_evidence_file": 12 * 1024 * 1024,
    # The same for the words beside it: escaped, a character may take twelve bytes.
    "platform.write_evidence": 1024 * 1024,
    "api_v2.write_evidence": 1024 * 1024,
}


def limit_of(endpoint: str | None) -> int:
    """The limit of a route; an address that nothing matches has the common one."""
    return BY_ENDPOINT.get(endpoint or "", DEFAULT_BYTES)
