"""Clients written by others for the API, unmodified: PyPI's `stancer` 1.0.0 (v1) and 2.0.0 (v1 and v2), over HTTPS by name.

Each release has an environment of its own (requirements/stancer-*.txt), where pytest runs the drive of stancer_clients/ once per
version of the API. That drive says which members of the client sent which requests; the last test here holds it against what
the client's byte code says it can send, so that an operation nobody drives fails.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stack.bootstrap import ensure_environment
from stack.processes import REPOSITORY
from stack.state import State
from stack.story.platform import Platform
from stack.testing import CLIENTS, environment
from stack.web import Session
from tests.e2e.conftest import comptoir

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(600)]

FOLDER = Path(__file__).parent / "stancer_clients"
RUNS = [("stancer-1", 1), ("stancer-2", 1), ("stancer-2", 2)]
AREAS = sorted(path.stem for path in FOLDER.glob("drive_*.py"))
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2031, "cvc": "123"}
ACCOUNT = {"iban": "FR1420041010050500013M02606", "name": "Ada Martin", "mandate": "RUM-1", "date_mandate": 1767225600}


@dataclass
class Drive:
    """What one run of the drive left: outcomes by area and what was sent on behalf of which member."""

    outcomes: dict[str, list[str]]
    sent: list[dict[str, Any]]
    output: str


def _history(stack: State, web: Session) -> dict[str, Any]:
    """A new merchant whose payments and refunds have a past; {keys, ids by what became of them}."""
    merchant = _merchant(stack, "history")
    platform = Platform(stack)

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = web.post(f"{merchant['api']}{path}", json=body, auth=(merchant["keys"]["stest"], ""))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    bodies = {
        "settled": {"card": CARD},
        "refunded": {"card": CARD},
        "expired": {"card": CARD, "capture": False},
        "debited": {"sepa": ACCOUNT},
    }
    made = {
        name: post("/v1/checkout", {"amount": 2590, "currency": "eur", **body})["id"] for name, body in bodies.items()
    }
    platform.advance(merchant["merchant"], 5)
    made["refund"] = post("/v1/refunds", {"payment": made["refunded"], "amount": 1000})["id"]
    platform.advance(merchant["merchant"], 20)
    return {"keys": merchant["keys"], "ids": made}


def _merchant(stack: State, name: str) -> dict[str, Any]:
    email = f"{name}-{uuid.uuid4().hex[:8]}@example.com"
    done = comptoir("merchant", "create", "--email", email, "--json", "--state", str(stack.path))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="session")
def driven(stack: State, web: Session, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Drives a release in a version, once: call it with both."""

    @cache
    def drive(release: str, version: int) -> Drive:
        folder = tmp_path_factory.mktemp(f"{release}-v{version}")
        task = {
            "host": "api.localhost",
            "port": stack.port,
            "version": version,
            "keys": _merchant(stack, f"{release}-v{version}")["keys"],
            "history": _history(stack, web),
            "contested": _merchant(stack, f"contested-{release}-v{version}")["keys"],
            "report": str(folder / "sent.json"),
        }
        (folder / "task.json").write_text(json.dumps(task))
        return _run(release, folder, stack)

    return drive


def _run(release: str, folder: Path, stack: State) -> Drive:
    python = ensure_environment(REPOSITORY / "requirements" / f"{release}.txt")
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-c", FOLDER / "pytest.ini", f"--junitxml={folder / 'results.xml'}", FOLDER],
        env=_environment(STANCER_TASK=str(folder / "task.json"), REQUESTS_CA_BUNDLE=str(stack.ca)),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
    )
    output = done.stdout[-20_000:] + done.stderr[-2000:]
    assert done.returncode in (0, 1), output
    outcomes: dict[str, list[str]] = {area: [] for area in AREAS}
    for case in ElementTree.parse(folder / "results.xml").iter("testcase"):
        how = next((part.tag for part in case if part.tag in ("failure", "error", "skipped")), "passed")
        name = f"{case.get('classname')}.{case.get('name')}"  # a file that is skipped as a whole has no class name
        outcomes[next(area for area in AREAS if area in name)].append(how)
    return Drive(outcomes, json.loads((folder / "sent.json").read_text()), output)


def _environment(**more: str) -> dict[str, str]:
    """The tests' environment without proxies and without anything of our own on the path."""
    kept = {name: value for name, value in environment().items() if not name.lower().endswith("_proxy")}
    return {**{name: value for name, value in kept.items() if not name.startswith(("PYTHON", "PYTEST"))}, **more}


def test_every_release_of_the_requirements_is_driven() -> None:
    assert {release for release, _ in RUNS} == {path.stem for path in CLIENTS}


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize(("release", "version"), RUNS)
def test_the_client_works(driven: Any, release: str, version: int, area: str) -> None:
    drive = driven(release, version)
    outcomes = drive.outcomes[area]
    assert set(outcomes) <= {"passed", "skipped"}, drive.output
    if (area, release, version) not in [("drive_intents", "stancer-1", 1), ("drive_intents", "stancer-2", 1)]:
        assert "passed" in outcomes, drive.output


@pytest.mark.parametrize(("release", "version"), RUNS)
def test_every_operation_the_client_offers_was_driven(driven: Any, release: str, version: int) -> None:
    python = ensure_environment(REPOSITORY / "requirements" / f"{release}.txt")
    done = subprocess.run(
        [python, "-m", "tests.e2e.stancer_clients.surface", str(version)],
        env=_environment(PYTHONPATH=str(REPOSITORY)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    offered, never = ({tuple(pair) for pair in pairs} for pairs in json.loads(done.stdout))
    seen = {tuple(pair) for sent in driven(release, version).sent for pair in sent["members"]}
    assert len(offered) > 80
    assert offered - seen == set()
    assert never & seen == set()


@pytest.mark.parametrize(("release", "version"), RUNS)
def test_the_drive_spoke_its_own_version(driven: Any, release: str, version: int) -> None:
    sent = driven(release, version).sent
    assert {one["method"] for one in sent} == {"GET", "POST", "PATCH", "DELETE"}
    own = [one for one in sent if one["path"].startswith(f"/v{version}/")]
    assert len(own) > len(sent) - 5  # one test looks at a payment through the other version


def test_line_1_https_is_served_by_name_under_the_stacks_own_authority(stack: State, merchant: dict[str, Any]) -> None:
    answer, version, names = _ask(stack, ssl.create_default_context(cafile=str(stack.ca)), merchant["keys"]["stest"])
    assert answer.startswith("HTTP/1.1 200 OK\r\n")  # clients compare the reason phrase too
    assert json.loads(answer.partition("\r\n\r\n")[2]) == {"ping": "pong"}
    assert version in ("TLSv1.2", "TLSv1.3")
    assert ("DNS", "api.localhost") in names
    with pytest.raises(ssl.SSLCertVerificationError):
        _ask(stack, ssl.create_default_context(), merchant["keys"]["stest"])
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as plain:
        assert b"HTTP/1.0 400" in _exchange(plain, "")


def _ask(stack: State, context: ssl.SSLContext, key: str) -> tuple[str, str | None, tuple[Any, ...]]:
    """The answer to GET /v2/ping, the version of TLS, and the names of the certificate."""
    with (
        socket.create_connection(("127.0.0.1", stack.port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="api.localhost") as secured,
    ):
        names = (secured.getpeercert() or {}).get("subjectAltName", ())
        return _exchange(secured, key).decode(), secured.version(), tuple(names)


def _exchange(connection: socket.socket, key: str) -> bytes:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    head = f"GET /v2/ping HTTP/1.1\r\nHost: api.localhost\r\nAuthorization: Basic {basic}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode())
    return b"".join(iter(lambda: connection.recv(65536), b""))
