"""The way out: only public addresses, names pinned to the address that was checked, TLS verified, no redirects."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from payments_core import outbound
from payments_core.config import Config
from payments_core.outbound_targets import Refused, is_public, locate, target
from tests.payments_core.conftest import config_for

NAME = "atelier.localhost"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.17.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:5db8:d80e::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "::7f00:1",
        "fec0::1",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "203.0.113.9",
    ],
)
def test_addresses_that_are_not_public_are_never_called(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """DNS answers once with each list; returns the names that were asked for."""
    asked: list[str] = []
    left = iter(answers)

    def getaddrinfo(name: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(name)
        return [(2, 1, 6, "", (address, port)) for address in next(left)]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    return asked


def where(url: str, config: Config | None = None) -> tuple[str, int]:
    """Where a call to the address would connect to. Raises Refused."""
    config = config or config_for("")
    return locate(config, target(config, url), 5)


def test_a_name_is_checked_with_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["93.184.215.14"], ["93.184.215.14", "10.0.0.1"], ["10.0.0.1", "93.184.215.14"], [])
    assert where("https://shop.example/hook") == ("93.184.215.14", 443)
    for problem in ("address_refused", "address_refused", "dns"):
        with pytest.raises(Refused) as refused:
            where("https://shop.example/hook")
        assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://shop.example/", "bad_address"),
        ("ftp://shop.example/", "bad_address"),
        ("https://", "bad_address"),
        ("https://user:secret@shop.example/", "bad_address"),
        ("https://user@shop.example/", "bad_address"),
        ("https://:@shop.example/", "bad_address"),
        ("https://shop.example:99999/", "bad_address"),
        ("https://shop.example\\@10.0.0.1/", "bad_address"),
        ("https://[::1/", "bad_address"),
        ("https://127.0.0.1/", "address_refused"),
        ("https://[::1]:8443/", "address_refused"),
        ("https://[::ffff:169.254.169.254]/latest/meta-data", "address_refused"),
        ("https://[fe80::1%25eth0]/", "address_refused"),
        ("https://169.254.169.254/latest/meta-data", "address_refused"),
        ("https://0.0.0.0/", "address_refused"),
        ("https://127。0。0。1/", "address_refused"),
        ("https://2130706433/", "address_refused"),
        ("https://0x7f.1/", "address_refused"),
        ("https://017700000001/", "address_refused"),
        ("https://api.localhost:8443/v2/payments", "own_host"),
        ("https://payment.localhost/", "own_host"),
        ("https://3ds.localhost/", "own_host"),
        ("https://portal.localhost:8443/", "own_host"),
        ("https://PORTAL.localhost./", "own_host"),
        ("https://ⓟortal.localhost/", "own_host"),
        ("https://portal。localhost/", "own_host"),
        ("https://mail.localhost/", "own_host"),
        ("https://terminal.localhost:8583/", "own_host"),
        ("https://localhost:5432/", "own_host"),
    ],
)
def test_other_addresses_are_refused(url: str, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        where(url)
    assert refused.value.problem == problem


def test_the_platforms_own_names_are_refused_where_they_have_a_domain_of_their_own() -> None:
    config = config_for(
        "",
        api_url="https://api.comptoir.example",
        portal_url="https://portal.comptoir.example",
        payment_url="https://pay.comptoir.example",
        boutiques_domain="boutiques.example",
    )
    for name in ("api.comptoir.example", "pay.comptoir.example", "mail.comptoir.example", "boutiques.example"):
        with pytest.raises(Refused) as refused:
            target(config, f"https://{name}/")
        assert refused.value.problem == "own_host"
    assert target(config, "https://atelier.boutiques.example/x").boutique
    assert not target(config, "https://atelier.boutiques.example.evil.example/x").boutique
    assert not target(config, "https://atelierboutiques.example/x").boutique


def test_names_of_boutiques_lead_to_the_edge_and_nowhere_else() -> None:
    config = config_for("", edge_address=("127.0.0.1", 9443))
    for url in (f"https://{NAME}/x", f"https://{NAME}:8443/x", f"https://{NAME}:5432/x", f"https://{NAME.upper()}./x"):
        assert where(url, config) == ("127.0.0.1", 9443)


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    connected: list[tuple[str, int]] = []

    def create_connection(address: tuple[str, int], *_: object, **__: object) -> None:
        connected.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    answer = outbound.post(config_for(""), "https://shop.example/hook", b"{}", {})
    assert (answer.status, answer.problem) == (None, "connection")
    assert asked == ["shop.example"]
    assert connected == [("93.184.215.14", 443)]


def test_a_silent_resolver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: over.wait(30) and [])
    answer = outbound.post(config_for(""), "https://shop.example/hook", b"{}", {})
    over.set()
    assert (answer.status, answer.problem) == (None, "timeout")
    assert 200 <= answer.milliseconds < 5000


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status in the path and remembers what it saw."""

    seen: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Host"], body))
        if self.path == "/drip":
            self.do_drip()
            return
        self.send_response(int(self.path.removeprefix("/")))
        self.send_header("Location", "/200")
        self.end_headers()

    def do_drip(self) -> None:
        """One byte now and then, never a whole line: each read succeeds, the answer never ends."""
        while not self.server.stop.wait(0.02):  # type: ignore[attr-defined]
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for the boutique's name and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


@pytest.fixture
def receiver(certificate: tuple[Path, Path]) -> Iterator[tuple[Config, type[Receiver]]]:
    """A real TLS server where the edge would be."""
    handler = type("Handler", (Receiver,), {"seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    server.stop = threading.Event()  # type: ignore[attr-defined]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    config = config_for("", edge_address=("127.0.0.1", server.server_address[1]), ca_bundle=str(certificate[0]))
    yield config, handler
    server.stop.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_boutique_is_called_by_its_name_over_verified_tls(receiver: tuple[Config, type[Receiver]]) -> None:
    config, handler = receiver
    answer = outbound.post(config, f"https://{NAME}:8443/204", b"{}", {"Content-Type": "application/json"})
    assert (answer.status, answer.problem, answer.accepted) == (204, None, True)
    assert handler.seen == [("/204", f"{NAME}:8443", b"{}")]


def test_redirects_are_not_followed(receiver: tuple[Config, type[Receiver]]) -> None:
    config, handler = receiver
    answer = outbound.post(config, f"https://{NAME}:8443/302", b"{}", {})
    assert (answer.status, answer.problem, answer.accepted) == (302, "redirect", False)
    assert len(handler.seen) == 1


def test_an_answer_that_is_no_success_says_so(receiver: tuple[Config, type[Receiver]]) -> None:
    config, _ = receiver
    answer = outbound.post(config, f"https://{NAME}:8443/503", b"{}", {})
    assert (answer.status, answer.problem, answer.accepted) == (503, "status", False)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_certificate_for_another_name_or_from_an_unknown_authority_is_refused(
    receiver: tuple[Config, type[Receiver]], certificate: tuple[Path, Path]
) -> None:
    config, handler = receiver
    other = outbound.post(config, "https://other.localhost:8443/200", b"{}", {})
    assert (other.status, other.problem) == (None, "tls")
    assert "other.localhost" in (other.detail or "")
    system_only = outbound.post(replace(config, ca_bundle=""), f"https://{NAME}:8443/200", b"{}", {})
    assert (system_only.status, system_only.problem) == (None, "tls")
    assert "self" in (system_only.detail or "")
    assert handler.seen == []


def test_an_answer_that_drips_in_is_cut_off(
    receiver: tuple[Config, type[Receiver]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.5)
    config, _ = receiver
    answer = outbound.post(config, f"https://{NAME}:8443/drip", b"{}", {})
    assert (answer.status, answer.problem) == (None, "timeout")


def test_a_server_that_never_finishes_its_handshake_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte of a TLS record now and then: every read succeeds, the handshake never ends."""
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"\x16\x03\x03\x40\x00")
                while not over.wait(0.02):
                    connection.sendall(b"\x02")

        thread = threading.Thread(target=drip)
        thread.start()
        config = config_for("", edge_address=listener.getsockname())
        answer = outbound.post(config, f"https://{NAME}/x", b"{}", {})
        over.set()
        thread.join()
    assert (answer.status, answer.problem) == (None, "timeout")
    assert answer.milliseconds < 5000


def test_nobody_listening_is_an_answer_not_an_exception() -> None:
    config = config_for("", edge_address=("127.0.0.1", 9))
    answer = outbound.post(config, f"https://{NAME}/x", b"{}", {})
    assert (answer.status, answer.problem) == (None, "connection")
