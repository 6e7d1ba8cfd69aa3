"""`up`, `status`, `merchant create` and the wire, over HTTPS by name."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from stack import supervision
from stack.health import HEALTHY, report
from stack.processes import all_processes
from stack.state import State
from stack.web import Session
from tests.e2e.conftest import comptoir

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2031, "cvc": "123"}


def test_every_process_is_healthy_and_status_says_so(stack: State) -> None:
    _wait_until_healthy(stack)  # an earlier test may have killed something a moment ago
    done = comptoir("status", "--json", "--state", str(stack.path))
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert {process["state"] for process in report["processes"]} == {HEALTHY}
    assert {process["name"] for process in report["processes"]} >= {
        "postgres",
        "redis",
        "edge",
        "core",
        "portal",
        "provisioner",
    }
    assert report["addresses"]["api"] == f"https://api.localhost:{stack.port}"


def test_up_again_changes_nothing_and_returns_quickly(stack: State) -> None:
    before = {info["name"]: info["pid"] for info in supervision.control(stack).getAllProcessInfo()}
    done = comptoir("up", "--detach", "--state", str(stack.path))
    assert done.returncode == 0, done.stderr
    assert {info["name"]: info["pid"] for info in supervision.control(stack).getAllProcessInfo()} == before


def test_nothing_listens_beyond_loopback(stack: State) -> None:
    import psutil

    ours = {process.pid for process in supervision.leftovers(stack.instance)}
    listening = [
        connection.laddr.ip
        for connection in psutil.net_connections("inet")
        if connection.pid in ours and connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) <= {"127.0.0.1"}


def test_a_merchants_four_keys_open_their_own_mode_only(stack: State, web: Session, merchant: dict[str, Any]) -> None:
    assert set(merchant["keys"]) == {"stest", "ptest", "sprod", "pprod"}
    assert all(key.startswith(f"{kind}_") and len(key) == 30 for kind, key in merchant["keys"].items())
    assert Path(merchant["ca"]).is_absolute()
    body = {"amount": 2590, "currency": "eur", "order_id": "basket-1", "card": CARD}
    made = web.post(f"{merchant['api']}/v1/checkout", json=body, auth=(merchant["keys"]["stest"], ""))
    assert made.status_code == 200, made.text
    payment = made.json()
    assert (payment["status"], payment["response"], payment["live_mode"]) == ("to_capture", "00", False)
    address = f"{merchant['api']}/v2/payments/{payment['id']}"
    assert web.get(address, auth=(merchant["keys"]["stest"], "")).json()["amount"] == 2590
    assert web.get(address, auth=(merchant["keys"]["sprod"], "")).status_code == 404
    assert web.get(address, auth=(merchant["keys"]["ptest"], "")).status_code == 401
    assert web.get(address, auth=("stest_" + "a" * 24, "")).status_code == 401


def test_the_same_e_mail_is_the_same_merchant(stack: State, merchant: dict[str, Any]) -> None:
    again = comptoir("merchant", "create", "--email", "no-at-sign", "--json", "--state", str(stack.path))
    assert again.returncode == 1
    assert again.stdout == ""
    assert "Traceback" not in again.stderr


def _wait_until_healthy(state: State) -> list[dict[str, str]]:
    deadline = time.monotonic() + 60
    found = report(state)
    while any(process["state"] != HEALTHY for process in found):
        assert time.monotonic() < deadline, found
        found = report(state)
    return found


def _kill(state: State, name: str) -> None:
    """kill -9 of a program and all it started."""
    for process in supervision.leftovers(state.instance, name):
        os.kill(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "name", ["core", "core-worker", "edge", "portal", "provisioner", "redis", "postgres", "beat", "terminal-host"]
)
def test_a_killed_process_comes_back_healthy(stack: State, name: str) -> None:
    _kill(stack, name)
    assert len(_wait_until_healthy(stack)) == len(all_processes(stack))
