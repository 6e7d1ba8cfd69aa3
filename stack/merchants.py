"""`merchant create`: an account in the portal, its merchant in the core, its four keys."""

from __future__ import annotations

import json
import uuid
from typing import Any

import requests

from stack import deployment, settings
from stack.state import State


class MerchantError(Exception):
    """No merchant was made; the text says why."""


def create(state: State, email: str) -> dict[str, Any]:
    """{merchant, keys {stest, ptest, sprod, pprod}, api, payment_page, portal, ca}. The same e-mail gives the same
    merchant with new keys. Raises MerchantError."""
    if not deployment.running(state):
        raise MerchantError(f"Nothing runs in {state.path}. Start it first: {deployment.how_to_start(state)}")
    merchant = _account(state, email)["merchant"]
    return {
        "merchant": merchant,
        "keys": {
            **_key_pair(state, merchant, live=False),
            **_key_pair(state, merchant, live=True),
        },
        "api": state.url("api"),
        "payment_page": state.url("payment"),
        "portal": state.url("portal"),
        "ca": str(state.ca),
    }


def _account(state: State, email: str) -> dict[str, Any]:
    done = deployment.run_for(state, "portal", "merchant_portal.cli", "create-account", "--email", email, "--json")
    if done.returncode != 0:
        raise MerchantError(done.stderr.strip()[-800:] or "the portal refused the account")
    return dict(json.loads(done.stdout))


def _key_pair(state: State, merchant: str, live: bool) -> dict[str, str]:
    answer = requests.post(
        f"{settings.platform_url(state)}/platform/v1/merchants/{merchant}/keys",
        json={"name": "merchant create", "live": live},
        headers={
            "Authorization": f"Bearer {state.secret('platform-stack')}",
            "Comptoir-Acting-Person": "comptoir merchant create",
            "Idempotency-Key": str(uuid.uuid4()),
        },
        timeout=20,
        verify=str(state.ca_bundle),
    )
    if answer.status_code != 201:
        raise MerchantError(f"The core refused to make keys: {answer.status_code} {answer.text[:300]}")
    pair = answer.json()
    return {pair[kind]["value"].split("_")[0]: pair[kind]["value"] for kind in ("secret", "public")}


def find(state: State, email: str) -> str:
    """The merchant id of an account that exists. Raises MerchantError."""
    return str(_account(state, email)["merchant"])
