"""One stack's state folder: where everything lies, its ports and its secrets.

Everything a stack keeps is under `--state DIR`; deleting the folder deletes everything. Sockets are the one exception:
Unix socket paths end at 107 bytes, so a state with a long path puts its sockets under /run.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stack.users import let_through, own, service_user

DEFAULT_PORT = 8443
BASE_DOMAIN = "localhost"
_LONGEST_SOCKET_FOLDER = 70
_LOOPBACK_LISTENERS = ("core", "platform", "portal", "inbox", "smtp", "ask", "terminal")


def cache_dir() -> Path:
    """The user's cache folder of Comptoir: virtual environments, releases and templates shared by all states."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "comptoir"


@dataclass(frozen=True)
class State:
    """A state folder. `path` is absolute."""

    path: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> State:
        """The state at `path` (relative paths count from the working directory)."""
        return cls(Path(path).resolve())

    @cached_property
    def instance(self) -> str:
        """8 hex digits that tell this state's engine objects and processes from those of other states."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:8]

    @cached_property
    def run(self) -> Path:
        """The folder of sockets and pid files."""
        inside = self.path / "run"
        return inside if len(str(inside)) <= _LONGEST_SOCKET_FOLDER else Path("/run/comptoir") / self.instance

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.path / "logs"

    @property
    def edge(self) -> Path:
        """The edge's working folder: configuration, certificates, `hosts/`."""
        return self.path / "edge"

    @property
    def edge_socket(self) -> Path:
        """The edge's door for boutiques; alone in its folder, because that folder is mounted into every boutique."""
        return self.run / "edge" / "edge.sock"

    @property
    def mail_socket(self) -> Path:
        """The mail relay's door for boutiques; alone in its folder likewise."""
        return self.run / "mail" / "mail.sock"

    @property
    def hosts(self) -> Path:
        """One folder a boutique's domain, written by the provisioner and read by the edge."""
        return self.edge / "hosts"

    @property
    def root_certificate(self) -> Path:
        """The local certificate authority's certificate, made by the edge at its first start."""
        return self.edge / "storage" / "pki" / "authorities" / "local" / "root.crt"

    def certificate(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of a platform name such as "terminal", made and renewed by the edge."""
        folder = self.edge / "storage" / "certificates" / "local" / f"{name}.{BASE_DOMAIN}"
        return folder / f"{name}.{BASE_DOMAIN}.crt", folder / f"{name}.{BASE_DOMAIN}.key"

    @property
    def ca_bundle(self) -> Path:
        """The system's authorities plus the local one, in one PEM file."""
        return self.path / "authority" / "ca-bundle.pem"

    @property
    def ca(self) -> Path:
        """The local authority's certificate alone, for clients."""
        return self.path / "ca.pem"

    @property
    def composed(self) -> dict[str, Any]:
        """What `compose setup` chose, for a stack whose services are containers: `project`, `file`, `env_file`; else empty."""
        return dict(self.config.get("compose", {}))

    @property
    def exists(self) -> bool:
        """Whether `up` ever ran here."""
        return self._config_file.exists()

    @property
    def _config_file(self) -> Path:
        return self.path / "config.json"

    @property
    def config(self) -> dict[str, Any]:
        """What was chosen at `up`: `port`, the loopback ports, `prestashop`, `language_packs`."""
        return dict(json.loads(self._config_file.read_text())) if self.exists else {}

    def save_config(self, **changes: Any) -> None:
        """Writes changed settings atomically."""
        write_private(self._config_file, json.dumps({**self.config, **changes}, indent=1), 0o644)

    def listener(self, name: str) -> int:
        """The loopback port of an inner listener (core, platform, portal, inbox, smtp, ask, terminal)."""
        return int(self.config["listeners"][name])

    @property
    def port(self) -> int:
        """The https port; the next one is http."""
        return int(self.config.get("port", DEFAULT_PORT))

    def url(self, name: str) -> str:
        """The public base address of a service: portal, api, payment, 3ds or mail."""
        return f"https://{name}.{BASE_DOMAIN}:{self.port}"

    def secret(self, name: str) -> str:
        """A secret of 32 random bytes in hex, minted at its first use and kept in a file only the launcher's user reads."""
        file = self.path / "secrets.json"
        known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if name not in known:
            known[name] = secrets.token_hex(32)
            write_private(file, json.dumps(known, indent=1))
        return known[name]

    def prepare(self, port: int | None = None) -> None:
        """Makes the folders and chooses ports. Running it again keeps what is there, `port` may change."""
        account = service_user()
        self.path.mkdir(parents=True, exist_ok=True)
        let_through(self.path / "x")
        self.path.chmod(0o755)
        self.run.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.run, self.edge_socket.parent, self.mail_socket.parent):
            own(folder, account, 0o755)
        for folder in (self.logs, self.path / "redis", self.path / "mail", self.edge, self.edge / "storage"):
            own(folder, account, 0o755 if folder == self.edge else 0o700)
        for folder in (self.hosts, self.path / "boutiques"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        # A state made by an earlier release keeps its ports and gets those that are new.
        listeners = {**dict(zip(_LOOPBACK_LISTENERS, free_ports(), strict=True)), **self.config.get("listeners", {})}
        self.save_config(port=port or self.config.get("port") or DEFAULT_PORT, listeners=listeners)


def free_ports(count: int = len(_LOOPBACK_LISTENERS)) -> list[int]:
    """Loopback ports nobody listens on right now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]
    finally:
        for listener in sockets:
            listener.close()


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file so that a reader sees the old or the new text, never half of one; `mode` from its first byte on."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(mode)
    temporary.rename(path)
