"""A thousand merchants with a secret test key each, made through the platform API as the portal makes them."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stack.state import State, write_private
from stack.story import identities
from stack.story.platform import Platform

REFERENCE = "bench-"  # how the references of these merchants begin; the core fills up no others with stored payments
_AT_ONCE = 4


def create(state: State, count: int) -> Path:
    """A private file with one Authorization header a line: the keys of merchants `bench-0000` and so on."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        keys = list(pool.map(lambda number: _one(state, f"{REFERENCE}{number:04}"), range(count)))
    callers = state.path / "bench-callers"
    write_private(callers, "".join(f"{authorization(key)}\n" for key in keys))
    return callers


def authorization(key: str) -> str:
    """The header by which an API key is presented."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


def _one(state: State, reference: str) -> str:
    details = {
        "reference": reference,
        "name": f"Atelier {reference}",
        "email": f"{reference}@example.com",
        "siren": identities.siren(reference),
        "iban": identities.iban(reference),
    }
    platform = Platform(state)
    merchant = platform.call("POST", "/merchants", details)
    pair = platform.call("POST", f"/merchants/{merchant['id']}/keys", {"name": "bench", "live": False})
    return str(pair["secret"]["value"])
