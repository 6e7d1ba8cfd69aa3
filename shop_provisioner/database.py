"""MariaDB: the server's container, and one database with its own user per boutique.

The provisioner talks to the server through its socket as root, with a password derived from SECRET_KEY: PHP's processes
see the same socket, so being uid 0 in a container must not be enough to be the database's root.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CLIENT

from shop_provisioner import containers
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import DatabaseError

# Live data is durable (every commit is flushed, pages are written twice); nothing is offered that reads or writes files.
SERVER_OPTIONS = (
    "--skip-networking",
    "--skip-name-resolve",
    "--local-infile=0",
    "--secure-file-priv=/tmp",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    "--max-connections=500",
    "--max-allowed-packet=64M",
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=128M",
    "--innodb-autoextend-increment=8",
    "--table-open-cache=4000",
    "--performance-schema=0",
    "--sql-mode=NO_ENGINE_SUBSTITUTION",  # PrestaShop sets its own per session
)
# A scratch server holds nothing that could not be made again.
SCRATCH_OPTIONS = (
    *(o for o in SERVER_OPTIONS if "flush-log" not in o and "max-connections" not in o),
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--sync-frm=0",
    "--max-connections=50",
)
SESSION = (
    "SET SESSION unique_checks=0, foreign_key_checks=0, sql_log_bin=0, time_zone='+00:00',"
    " sql_mode='NO_AUTO_VALUE_ON_ZERO', autocommit=0, sql_notes=0"
)


@dataclass(frozen=True)
class Server:
    """One MariaDB container and its folders."""

    docker: DockerHost
    name: str
    image: str
    data: Path
    sockets: Path
    exchange: Path  # folder both sides can write, for dumps too large to hold in memory
    root_password: str
    options: Sequence[str] = SERVER_OPTIONS

    @property
    def socket(self) -> Path:
        return self.sockets / "mysqld.sock"

    def ensure(self, timeout_seconds: float = 60) -> None:
        """Starts the server when it does not run and waits until it answers. Raises DatabaseError, EngineError."""
        for folder in (self.data, self.sockets, self.exchange):
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, containers.MYSQL_UID, containers.MYSQL_UID)
            folder.chmod(0o755 if folder == self.sockets else 0o700)
        password_file = self.data.parent / f"{self.data.name}-root-password"
        if not password_file.exists():
            password_file.touch(mode=0o400)
            password_file.write_text(self.root_password)
        os.chown(password_file, containers.MYSQL_UID, 0)
        spec = containers.mariadb(
            self.name, self.image, self.data, self.sockets, password_file, self.exchange, tuple(self.options)
        )
        if self.docker.ensure_container(spec) or not self.answers():
            self._wait(timeout_seconds)

    def answers(self) -> bool:
        try:
            with self.connect():
                return True
        except DatabaseError:
            return False

    def _wait(self, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if time.monotonic() > deadline:
                raise DatabaseError(verb="start", reason=self.docker.logs(self.name)[-500:])
            time.sleep(0.05)

    @contextmanager
    def connect(self, database: str | None = None) -> Iterator[Any]:
        """A cursor of a root session, committed at the end. Raises DatabaseError."""
        try:
            connection = pymysql.connect(
                unix_socket=str(self.socket),
                user="root",
                password=self.root_password,
                database=database,
                charset="utf8mb4",
                client_flag=CLIENT.MULTI_STATEMENTS,
                connect_timeout=5,
                autocommit=True,
            )
            with contextlib.closing(connection), connection.cursor() as cursor:
                yield cursor
                connection.commit()
        except (pymysql.MySQLError, OSError) as error:
            raise DatabaseError(verb="query", reason=str(error)[:500]) from error

    # Databases. Names and passwords are our own hexadecimal, so they need no quoting.

    def create(self, name: str, password: str) -> None:
        """An empty database and its user, who may do anything in it and nothing elsewhere."""
        with self.connect() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
            cursor.execute(f"CREATE OR REPLACE USER `{name}`@localhost IDENTIFIED BY '{password}'")
            cursor.execute(f"GRANT ALL PRIVILEGES ON `{name}`.* TO `{name}`@localhost WITH MAX_USER_CONNECTIONS 30")

    def drop(self, name: str) -> None:
        with self.connect() as cursor:
            cursor.execute(f"DROP USER IF EXISTS `{name}`@localhost")
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def databases(self) -> set[str]:
        """Boutiques' and scratch databases, by the prefixes we give them."""
        with self.connect() as cursor:
            cursor.execute("SELECT schema_name FROM information_schema.schemata")
            return {row[0] for row in cursor.fetchall() if row[0].startswith(("b_", "scratch_"))}

    def restore_text(self, name: str, sql: str) -> None:
        """Runs a template's dump, some 300 statements, in one session and one round trip.

        Several sessions are not faster (the data dictionary is one lock). Each new table's definition file would be
        flushed one by one, which is half the time: that is off meanwhile, and ``flush_definitions`` does it afterwards.
        """
        with self.connect(name) as cursor:
            cursor.execute("SET GLOBAL sync_frm=0")
            try:
                cursor.execute(f"{SESSION};{sql.rstrip().rstrip(';')};COMMIT")
                while cursor.nextset():
                    pass
            finally:
                cursor.execute("SET GLOBAL sync_frm=1")

    def flush_definitions(self, name: str) -> None:
        """Makes the table definition files of one database survive a power cut."""
        folder = self.data / name
        for path in [*folder.glob("*.frm"), folder]:
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def row_counts(self, name: str) -> dict[str, int]:
        """Exact rows per table."""
        with self.connect(name) as cursor:
            cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
            tables = sorted(row[0] for row in cursor.fetchall())
            if not tables:
                return {}
            counts = (f"SELECT '{table}', COUNT(*) FROM `{table}`" for table in tables)  # noqa: S608 - names from the server
            cursor.execute(" UNION ALL ".join(counts))
            return {table: int(count) for table, count in cursor.fetchall()}

    # Dumps of any size, made and read by the server's own client in its container.

    def dump(self, name: str, destination: Path) -> None:
        """Writes a consistent dump of one database to ``destination``."""
        inside = self._passing(f"dump-{secrets.token_hex(8)}.sql")
        command = ["mariadb-dump", "--single-transaction", "--quick", "--routines", "--triggers", "--hex-blob"]
        try:
            self._client([*command, f"--result-file=/exchange/{inside.name}", name])
            os.replace(inside, destination)
            os.chown(destination, 0, 0)
        finally:
            inside.unlink(missing_ok=True)

    def load(self, name: str, source: Path) -> None:
        """Reads a dump made by ``dump`` into an existing database."""
        inside = self._passing(f"load-{secrets.token_hex(8)}.sql")
        try:
            shutil.copyfile(source, inside)
            os.chown(inside, containers.MYSQL_UID, containers.MYSQL_UID)
            session = f"--init-command={SESSION.replace(', autocommit=0', '')}"
            self._client(
                ["mariadb", "--default-character-set=utf8mb4", session, name], stdin=f"/exchange/{inside.name}"
            )
        finally:
            inside.unlink(missing_ok=True)

    def _passing(self, name: str) -> Path:
        return self.exchange / name

    def _client(self, command: list[str], stdin: str = "/dev/null") -> None:
        program, *rest = command
        options = '"$0" --user=root --socket=/run/mysqld/mysqld.sock "$@"'
        shell = f"MYSQL_PWD=$(cat /run/secrets/mariadb-root) exec {options} < {stdin}"
        code, output = self.docker.execute(self.name, ["sh", "-c", shell, program, *rest])
        if code != 0:
            raise DatabaseError(verb=program, reason=output.decode(errors="replace")[-500:])
