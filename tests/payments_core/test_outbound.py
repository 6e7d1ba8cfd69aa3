"""The way out: only public addresses, names pinned to the address that was checked, TLS verified, no redirects."""

from __future__ import annotations

import datetime
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
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public_are_never_called(address: str) -> None:
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are(address: str) -> None:
    assert outbound.is_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(2, 1, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_args, **_kwargs: found)


def test_a_name_is_checked_with_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_for("")
    resolving(monkeypatch, "93.184.215.14")
    assert outbound.check_url(config, "https://shop.example/hook") == ("shop.example", 443, "93.184.215.14", 443)
    resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(outbound.Refused, match="not public"):
        outbound.check_url(config, "https://shop.example/hook")


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://shop.example/", "only https"),
        ("ftp://shop.example/", "only https"),
        ("https://", "only https"),
        ("https://user:secret@shop.example/", "credentials"),
        ("https://shop.example:99999/", "port"),
        ("https://127.0.0.1/", "not public"),
        ("https://[::1]:8443/", "not public"),
        ("https://2130706433/", "not public"),
        ("https://0x7f.1/", "not public"),
    ],
)
def test_other_addresses_are_refused(url: str, rule: str) -> None:
    with pytest.raises(outbound.Refused, match=rule):
        outbound.check_url(config_for(""), url)


def test_names_of_boutiques_lead_to_the_edge_and_nowhere_else() -> None:
    config = config_for("", edge_address=("127.0.0.1", 9443))
    for url in (
        f"https://{NAME}/x",
        f"https://{NAME}:8443/x",
        f"https://{NAME.upper()}./x",
        "https://localhost:5432/x",
    ):
        assert outbound.check_url(config, url)[2:] == ("127.0.0.1", 9443)


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
    assert answer == outbound.Answer(204)
    assert handler.seen == [("/204", f"{NAME}:8443", b"{}")]


def test_redirects_are_not_followed(receiver: tuple[Config, type[Receiver]]) -> None:
    config, handler = receiver
    assert outbound.post(config, f"https://{NAME}:8443/302", b"{}", {}).status == 302
    assert len(handler.seen) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_certificate_for_another_name_or_from_an_unknown_authority_is_refused(
    receiver: tuple[Config, type[Receiver]], certificate: tuple[Path, Path]
) -> None:
    config, handler = receiver
    other = outbound.post(config, "https://other.localhost:8443/200", b"{}", {})
    assert (other.status, other.error) == (None, "SSLError")
    system_only = outbound.post(replace(config, ca_bundle=""), f"https://{NAME}:8443/200", b"{}", {})
    assert (system_only.status, system_only.error) == (None, "SSLError")
    assert handler.seen == []


def test_an_answer_that_drips_in_is_cut_off(
    receiver: tuple[Config, type[Receiver]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.5)
    config, _ = receiver
    answer = outbound.post(config, f"https://{NAME}:8443/drip", b"{}", {})
    assert (answer.status, answer.error) == (None, "ConnectionError")


def test_nobody_listening_is_an_answer_not_an_exception() -> None:
    config = config_for("", edge_address=("127.0.0.1", 9))
    assert outbound.post(config, f"https://{NAME}/x", b"{}", {}) == outbound.Answer(None, "ConnectionError")
