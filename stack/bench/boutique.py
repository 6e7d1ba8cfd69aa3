"""`bench boutique`: from the merchant's click to the first HTTP 200 on the boutique's domain, beside PrestaShop's installer.

The click is the portal's own form, posted by a signed-in session; the first 200 is asked for through the edge by name, every
20 ms. Cold means that no boutique was prepared ahead: database, files, container and configuration are all made after
the click. The installer is the release's own command line, in the same image and against the same database server.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import requests

from stack import lifecycle
from stack.progress import Progress
from stack.state import BASE_DOMAIN, State
from stack.story.portal_session import PortalSession

COLD_RUNS, COLD_RUNS_FULL = 12, 40
WARM_RUNS = 10
POLL_SECONDS = 0.02
LIMIT_SECONDS = 120


def measure(state: State, progress: Progress, full: bool) -> Iterator[dict[str, Any]]:
    """Rows boutique.create.{cold,warm}.{p50,p95}_s, installer.s and the ratio of the installer to the cold p95."""
    from stack.bench import percentile

    portal = PortalSession.signed_up(state, f"bench-{secrets.token_hex(4)}@example.com")
    runs = COLD_RUNS_FULL if full else COLD_RUNS
    with progress.step(f"{runs} cold creations"):
        cold = [create_once(state, portal) for _ in range(runs)]
    yield from _rows("cold", cold)
    with progress.step("installer"):
        installer = float(json.loads(lifecycle.provisioner_command(state, "template", "time-installer"))["seconds"])
    yield {"name": "installer.s", "value": installer, "unit": "s"}
    ratio = installer / percentile(cold, 0.95)
    yield {"name": "boutique.create.cold.installer_ratio", "value": ratio, "unit": "x"}
    with progress.step(f"{WARM_RUNS} creations from the pool"):
        lifecycle.set_pool_size(state, 1)
        warm = [create_once(state, portal, wait_for_pool=True) for _ in range(WARM_RUNS)]
    yield from _rows("warm", warm)


def _rows(kind: str, seconds: list[float]) -> Iterator[dict[str, Any]]:
    from stack.bench import percentile

    for name, share in (("p50_s", 0.5), ("p95_s", 0.95)):
        value = percentile(seconds, share)
        yield {"name": f"boutique.create.{kind}.{name}", "value": value, "unit": "s", "runs": len(seconds)}


def create_once(state: State, portal: PortalSession, wait_for_pool: bool = False) -> float:
    """Seconds from the click to the first 200. Raises TimeoutError after two minutes."""
    if wait_for_pool:
        _wait_for_pool(state)
    name = f"b{secrets.token_hex(5)}"
    form = portal.boutique_form()
    began = time.monotonic()
    portal.create_boutique(form, name)
    address = f"https://{name}.{BASE_DOMAIN}:{state.port}/"
    while time.monotonic() - began < LIMIT_SECONDS:
        try:
            if portal.web.get(address, timeout=10).status_code == 200:
                return time.monotonic() - began
        except requests.ConnectionError:
            pass  # no certificate is made for a domain that is not placed yet
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{address} did not answer 200 within {LIMIT_SECONDS} s")


def _wait_for_pool(state: State) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while json.loads(lifecycle.provisioner_command(state, "pool", "status", "--json"))["ready"] < 1:
        if time.monotonic() > deadline:
            raise TimeoutError("no pool member became ready")
        time.sleep(0.2)
