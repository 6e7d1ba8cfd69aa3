"""The real edge, with its real configuration: files decide what a domain answers."""

from __future__ import annotations

import http.server
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice

import pytest

from stack.edge import PAGES, caddyfile
from stack.processes import venv_bin
from stack.state import State, free_ports


class Boutique(http.server.BaseHTTPRequestHandler):
    """Stands where a boutique's web server stands: answers with the path it was asked for."""

    def do_GET(self) -> None:
        body = f"boutique {self.headers['Host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """On ports that nobody else took in the meantime: other tests look for free ones at the same time."""
    ports = (port for port in free_ports() if _free(port + 1))
    for port in islice(ports, 5):
        state = State.at(tmp_path_factory.mktemp("edge") / "v")
        state.prepare(port)
        server = _start(state)
        deadline = time.monotonic() + 60
        while not _serves(state) and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if _serves(state):
            yield state
            server.terminate()
            server.wait(20)
            return
        server.kill()
        server.wait(20)
    pytest.fail((state.path / "edge.log").read_text())


def _start(state: State) -> subprocess.Popen[bytes]:
    (state.edge / "Caddyfile").write_text(caddyfile(state, str(PAGES)))
    command = [venv_bin("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    environment = {"HOME": str(state.edge), "PATH": "/usr/bin:/bin"}
    with (state.path / "edge.log").open("w") as log:
        return subprocess.Popen(command, cwd=state.edge, env=environment, stdout=log, stderr=log)


def _serves(state: State) -> bool:
    """Whether it is this edge that answers: its certificate is of its own authority."""
    if not state.root_certificate.exists():
        return False
    try:
        with _connected(state, "portal.localhost"):
            return True
    except OSError:  # also what TLS refuses
        return False


def _free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def boutique(edge: State) -> Iterator[str]:
    domain = "fleurs.localhost"
    folder, run = edge.hosts / domain, edge.path / "boutiques" / "b1"
    folder.mkdir(exist_ok=True)
    run.mkdir(parents=True, exist_ok=True)
    (folder / "app").symlink_to(run)
    server = socketserver.ThreadingUnixStreamServer(str(run / "web.sock"), Boutique)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield domain
    server.shutdown()
    server.server_close()
    (run / "web.sock").unlink()
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()


@contextmanager
def _connected(state: State, host: str) -> Iterator[ssl.SSLSocket]:
    """By name; the certificate must verify against the local authority."""
    context = ssl.create_default_context(cafile=str(state.root_certificate))
    with (
        closing(socket.create_connection(("127.0.0.1", state.port), 5)) as raw,
        context.wrap_socket(raw, server_hostname=host) as connection,
    ):
        yield connection


def get(state: State, host: str, path: str = "/") -> tuple[int, dict[str, str], str]:
    """One HTTPS request."""
    with _connected(state, host) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{state.port}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def test_a_running_boutique_answers_on_its_domain(edge: State, boutique: str) -> None:
    (edge.hosts / boutique / "running").touch()
    status, _, body = get(edge, boutique, "/2-accueil")
    assert (status, body) == (200, f"boutique {boutique}:{edge.port} /2-accueil")


def test_a_suspended_boutique_says_so_and_still_hears_of_payments(edge: State, boutique: str) -> None:
    (edge.hosts / boutique / "running").touch()
    (edge.hosts / boutique / "suspended").touch()
    status, headers, body = get(edge, boutique)
    assert status == 503
    assert int(headers["retry-after"]) > 0
    assert "momentanément fermée" in body
    assert get(edge, boutique, "/module/comptoir/webhook")[0] == 200
    (edge.hosts / boutique / "suspended").unlink()
    assert get(edge, boutique)[0] == 200


def test_a_boutique_whose_server_is_down_answers_503_and_asks_to_come_back(edge: State, boutique: str) -> None:
    (edge.hosts / boutique / "running").touch()
    (edge.hosts / boutique / "app").unlink()
    status, headers, body = get(edge, boutique)
    assert (status, "retry-after" in headers) == (503, True)
    assert "redémarre" in body


def test_a_placed_but_not_running_domain_is_not_found(edge: State, boutique: str) -> None:
    status, _, body = get(edge, boutique)
    assert status == 404
    assert "Aucune boutique" in body


@pytest.mark.parametrize("host", ["inconnu.localhost", "..localhost", "xn--a.localhost"])
def test_no_certificate_is_made_for_an_unknown_name(edge: State, host: str) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError, UnicodeError)):
        get(edge, host)


def test_http_redirects_to_https_and_keeps_the_path(edge: State) -> None:
    with closing(socket.create_connection(("127.0.0.1", edge.port + 1), 5)) as connection:
        connection.sendall(b"GET /a?b=c HTTP/1.1\r\nHost: portal.localhost\r\nConnection: close\r\n\r\n")
        answer = connection.recv(4096).decode()
    assert " 308 " in answer.splitlines()[0]
    assert f"Location: https://portal.localhost:{edge.port}/a?b=c" in answer
