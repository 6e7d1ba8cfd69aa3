"""The acquirer host on a real TLS listener, and an enrolled terminal that calls it."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from payments_core import create_app, terminals
from payments_core.db import db
from payments_core.models import Terminal as Row
from payments_core.terminal_host.server import Host
from terminal_sim import config
from terminal_sim.journal import Journal
from terminal_sim.terminal import Terminal
from tests.payments_core.conftest import FrozenClock, Shop, config_for

HOST_NAME = "terminal.localhost"


def make_certificate(folder: Path, name: str = HOST_NAME) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)  # noqa: TID251  certificates are checked against the real clock
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("host"))


@pytest.fixture
def host(core_app: Flask, core_database: str, clock: FrozenClock, certificate: tuple[Path, Path]) -> Iterator[Host]:
    """A listener on an application of its own, as its process has."""
    app = create_app(config_for(core_database), clock, doors=())
    with Host(app, ("127.0.0.1", 0), *certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def new_terminal(
    host: Host, shop: Shop, certificate: tuple[Path, Path], tmp_path: Path
) -> Iterator[Callable[[], Terminal]]:
    """Enrolled terminals of the shop."""
    made: list[Terminal] = []

    def make() -> Terminal:
        row, enrolment = terminals.enrol(shop.scope, "Comptoir", "12 rue des Lilas, Paris")
        enrolment |= {"address": "127.0.0.1", "port": host.server_address[1], "ca": str(certificate[0])}
        folder = tmp_path / row.code
        known = config.enrol(folder, enrolment)
        drawer = {card["name"]: card["pin"] for card in enrolment["cards"]}
        terminal = Terminal(known, Journal(folder), lambda: shop.clock.now, timeout_seconds=10)
        terminal.pins = drawer  # type: ignore[attr-defined]
        made.append(terminal)
        return terminal

    yield make
    for terminal in made:
        terminal.journal.close()


@pytest.fixture
def terminal(new_terminal: Callable[[], Terminal]) -> Terminal:
    return new_terminal()


def row_of(terminal: Terminal) -> Row:
    found = terminals.by_code(terminal.enrolment.terminal)
    assert found is not None
    return found
