"""Real surroundings of the provisioner on one machine: an edge, a mail catcher, a platform that speaks the contract.

The platform is the other side of an HTTP contract owned by payments_core: it answers the five routes the provisioner uses, and
remembers what it was asked. Everything else is the real thing.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller, UnixSocketController

from shop_provisioner.config import Settings
from shop_provisioner.db.migrate import upgrade
from shop_provisioner.provisioner import Provisioner, connect

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "comptoir"
MERCHANT = "mrch_" + "A" * 24

CADDYFILE = """
{{
  admin off
  persist_config off
  skip_install_trust
  auto_https disable_redirects
  storage file_system {folder}/storage
  https_port {port}
  on_demand_tls {{
    ask http://127.0.0.1:{ask}/
  }}
  log {{
    level ERROR
  }}
}}
http://127.0.0.1:{ask} {{
  bind 127.0.0.1
  root * {hosts}
  @placed file /{{query.domain}}/
  respond @placed 200
  respond 404
}}
https:// {{
  bind 127.0.0.1 unix/{folder}/edge/edge.sock|0666
  tls internal {{
    on_demand
  }}
  root * {hosts}
  @suspended {{
    not path /module/comptoir/webhook
    file /{{host}}/suspended
  }}
  handle @suspended {{
    header Retry-After 120
    respond "suspended" 503
  }}
  @webhook {{
    path /module/comptoir/webhook
    file /{{host}}/suspended
  }}
  @running file /{{host}}/running
  handle @running {{
    reverse_proxy unix/hosts/{{http.request.host}}/app/web.sock
  }}
  handle @webhook {{
    reverse_proxy unix/hosts/{{http.request.host}}/app/web.sock
  }}
  handle {{
    respond "unknown" 404
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Any, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds} s"
        time.sleep(0.02)


class Platform(ThreadingHTTPServer):
    """The platform API's side of the contract, as far as the provisioner may use it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = secrets.token_hex(16)
        self.merchants = {MERCHANT: {"id": MERCHANT, "name": "Chez Léa", "email": "lea@example.fr", "language": "fr"}}
        self.keys: dict[str, dict[str, str]] = {}  # label: pair that works
        self.webhooks: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, str]] = []
        self.failing = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Platform
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        parts = urlsplit(self.path)
        self.server.calls.append((self.command, parts.path))
        if self.server.failing:
            return self._answer(500, {"error": {"code": "internal", "message": "", "params": {}}})
        if self.headers["Authorization"] != f"Bearer {self.server.token}" or not self.headers["Comptoir-Acting-Person"]:
            return self._answer(401, {"error": {"code": "unauthorized", "message": "", "params": {}}})
        found = re.fullmatch(r"/platform/v1/merchants/([^/]+)(/keys|/webhook_endpoints/([^/]+))?", parts.path)
        if not found or found[1] not in self.server.merchants:
            return self._answer(404, {"error": {"code": "not_found", "message": "", "params": {}}})
        return self._route(found[2] or "", found[3], parse_qs(parts.query), body)

    def _route(self, kind: str, label: str | None, query: dict[str, list[str]], body: dict[str, Any]) -> None:
        server = self.server
        if kind == "" and self.command == "GET":
            return self._answer(200, server.merchants[MERCHANT])
        if kind == "/keys" and self.command == "POST":
            assert self.headers["Idempotency-Key"]
            pair = {"secret": "stest_" + secrets.token_hex(12), "public": "ptest_" + secrets.token_hex(12)}
            server.keys[body["label"]] = pair
            return self._answer(201, {name: {"value": value} for name, value in pair.items()})
        if kind == "/keys" and self.command == "DELETE":
            server.keys.pop(query["label"][0], None)
            return self._answer(200, {})
        assert label
        if self.command == "PUT":
            endpoint = server.webhooks.setdefault(label, {"id": "we_1", "secret": secrets.token_hex(32)})
            endpoint["url"] = body["url"]
            return self._answer(200, endpoint)
        server.webhooks.pop(label, None)
        return self._answer(200, {})

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def log_message(self, *args: object) -> None:
        pass


class Catcher:
    """Keeps what arrives by SMTP."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(envelope.content)
        return "250 kept"


class Lab:
    """Folders, servers and one provisioner."""

    def __init__(self, database_url: str, cache: Path, pool_size: int = 0, with_engine: bool = True) -> None:
        self.run = Path(tempfile.mkdtemp(prefix="cv", dir="/tmp"))
        self.run.chmod(0o755)
        self.state = Path(tempfile.mkdtemp(prefix="comptoir-state-", dir="/var/tmp"))
        self.state.chmod(0o755)
        for name in ("edge", "mail", "hosts", "r"):
            (self.run / name).mkdir(mode=0o755)
        self.port = free_port()
        self.platform = Platform()
        self.inbox = Catcher()
        smtp_port = free_port()
        ca = self.state / "ca-bundle.pem"
        ca.write_text("")
        base = f"localhost:{self.port}"
        self.settings = Settings(
            cache_dir=cache,
            instance=secrets.token_hex(4),
            database_url=database_url,
            redis_url="redis://127.0.0.1:1",
            secret_key=secrets.token_hex(32),
            platform_url=self.platform.url,
            platform_token=self.platform.token,
            state_dir=self.state,
            run_dir=self.run / "r",
            boutiques_domain="localhost",
            boutiques_port=self.port,
            api_url=f"https://api.{base}",
            payment_url=f"https://payment.{base}",
            portal_url=f"https://portal.{base}",
            edge_socket=self.run / "edge" / "edge.sock",
            edge_hosts_dir=self.run / "hosts",
            mail_socket=self.run / "mail" / "smtp.sock",
            ca_bundle=ca,
            smtp_url=f"smtp://127.0.0.1:{smtp_port}",
            mail_from="Comptoir <bonjour@localhost>",
            pool_size=pool_size,
        )
        self._smtp_port = smtp_port
        self._stop: list[Any] = []
        self.caddy: subprocess.Popen[bytes] | None = None
        self.p: Provisioner

    def start(self) -> None:
        threading.Thread(target=self.platform.serve_forever, daemon=True).start()
        by_port = Controller(self.inbox, hostname="127.0.0.1", port=self._smtp_port)
        by_socket = UnixSocketController(self.inbox, unix_socket=str(self.settings.mail_socket))
        by_port.start()
        by_socket.start()
        self.settings.mail_socket.chmod(0o666)
        self._stop += [by_port.stop, by_socket.stop]
        self.start_caddy()
        root = self.run / "storage" / "pki" / "authorities" / "local" / "root.crt"
        wait_for(lambda: root.exists() and self.settings.edge_socket.exists(), 20, "the edge")
        system = Path("/etc/ssl/certs/ca-certificates.crt")
        self.settings.ca_bundle.write_text((system.read_text() if system.exists() else "") + root.read_text())
        self.p = connect(self.settings)
        upgrade(self.p.engine)

    def start_caddy(self) -> None:
        text = CADDYFILE.format(folder=self.run, port=self.port, ask=free_port(), hosts=self.settings.edge_hosts_dir)
        (self.run / "Caddyfile").write_text(text)
        caddy = Path(sys.executable).parent / "caddy"
        command = [str(caddy), "run", "--config", str(self.run / "Caddyfile"), "--adapter", "caddyfile"]
        environment = {"HOME": str(self.run), "PATH": "/usr/bin:/bin"}
        with (self.run / "caddy.log").open("ab") as log:
            self.caddy = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.run)

    def stop(self) -> None:
        self.p.docker.remove_everything()
        self.p.docker.close()
        self.p.payments.close()
        self.p.engine.dispose()
        assert self.caddy is not None
        self.caddy.terminate()
        self.caddy.wait(10)
        for stop in self._stop:
            stop()
        self.platform.shutdown()
        self.platform.server_close()
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)


@contextmanager
def running(database_url: str, cache: Path = CACHE, pool_size: int = 0) -> Iterator[Lab]:
    lab = Lab(database_url, cache, pool_size)
    lab.start()
    try:
        yield lab
    finally:
        lab.stop()
