"""The servers' images, pulled or made here: what docker-compose.yml relies on must hold of either."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stack import engine
from stack.compose import images
from stack.progress import Progress

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("e2e-compose"), pytest.mark.timeout(900)]

PASSWORD = "it's «secret» & long"


@pytest.fixture(scope="module")
def servers() -> dict[str, str]:
    if not engine.answers():
        pytest.skip("no Docker Engine answers")
    images.ensure(Progress(quiet=True), offline=True)
    return images.servers()


@pytest.fixture
def run() -> Iterator[Callable[..., Any]]:
    """Runs an image under a name of this test's own; its containers and their volumes are removed at the end."""
    made: list[Any] = []

    def start(image: str, command: list[str] | None = None, **options: Any) -> Any:
        name = f"comptoir-test-{secrets.token_hex(4)}"
        made.append(
            engine.client().containers.run(image, command, name=name, detach=True, network_mode="none", **options)
        )
        return made[-1]

    yield start
    for container in made:
        container.remove(force=True, v=True)


def wait_for(container: Any, command: list[str], **options: Any) -> str:
    """The output of a command once it succeeds in the container."""
    deadline = time.monotonic() + 60
    while True:
        code, output = container.exec_run(command, **options)
        if code == 0:
            return str(output.decode().strip())
        assert time.monotonic() < deadline, output.decode() + container.logs(tail=30).decode()
        time.sleep(0.1)


def query(container: Any, sql: str) -> str:
    command = ["psql", "-h", "127.0.0.1", "-U", "boss", "-d", "shop", "-Atc", sql]
    return wait_for(container, command, environment={"PGPASSWORD": PASSWORD})


def test_postgres_makes_its_cluster_once_and_asks_for_the_password(servers: dict[str, str], run: Any) -> None:
    server = run(
        servers["POSTGRES"],
        ["postgres", "-c", "max_connections=37"],
        environment={
            "POSTGRES_USER": "boss", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "shop",
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256",
        },
    )  # fmt: skip
    assert query(server, "SHOW server_version").startswith("15.")
    assert query(server, "SELECT current_user || ' ' || current_database()") == "boss shop"
    assert query(server, "SELECT datcollate || pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == "C.UTF-8UTF8"
    assert query(server, "SHOW max_connections") == "37"
    assert query(server, "SELECT rolsuper FROM pg_roles WHERE rolname = 'boss'") == "t"
    code, _ = server.exec_run(["psql", "-h", "127.0.0.1", "-U", "boss", "-d", "shop", "-wc", "SELECT 1"])
    assert code != 0
    query(server, "CREATE TABLE kept AS SELECT 42 AS n")
    server.restart()
    assert query(server, "SELECT n FROM kept") == "42"
    assert server.exec_run(["sh", "-c", "stat -c %u $PGDATA/PG_VERSION"]).output.strip() == b"999"


def test_postgres_without_a_password_does_not_start(servers: dict[str, str], run: Any) -> None:
    server = run(servers["POSTGRES"])
    assert server.wait(timeout=30)["StatusCode"] != 0
    assert b"POSTGRES_PASSWORD" in server.logs()


def test_redis_keeps_its_data_and_runs_as_its_own_account(servers: dict[str, str], run: Any) -> None:
    server = run(servers["REDIS"], ["--appendonly", "yes", "--requirepass", PASSWORD])
    inside = {"environment": {"REDISCLI_AUTH": PASSWORD}}
    assert wait_for(server, ["redis-cli", "set", "a", "1"], **inside) == "OK"
    assert wait_for(server, ["redis-cli", "info", "server"], **inside).partition("redis_version:")[2].startswith("7.")
    assert "NOAUTH" in wait_for(server, ["redis-cli", "--no-auth-warning", "get", "a"])
    assert server.exec_run(["sh", "-c", "stat -c %u /proc/$(pidof redis-server)"]).output.strip() == b"999"
    server.restart()
    assert wait_for(server, ["redis-cli", "get", "a"], **inside) == "1"


def test_mariadb_gives_root_its_password_and_makes_the_named_database(servers: dict[str, str], run: Any) -> None:
    password = secrets.token_hex(8)
    server = run(
        servers["MARIADB"],
        environment={
            "MARIADB_ROOT_PASSWORD": password, "MARIADB_DATABASE": "shop", "MARIADB_USER": "clerk",
            "MARIADB_PASSWORD": "clerks",
        },
    )  # fmt: skip
    ask = ["mariadb", "--user=root", f"--password={password}", "-Ne"]
    assert wait_for(server, [*ask, "SELECT VERSION()"]).startswith("10.11.")
    assert (
        wait_for(server, ["mariadb", "--user=clerk", "--password=clerks", "-Ne", "SHOW DATABASES"]).split()[-1]
        == "shop"
    )
    code, _ = server.exec_run(["mariadb", "--user=root", "--password=wrong", "-e", "SELECT 1"])
    assert code != 0


def test_caddy_is_of_the_major_that_its_name_says(servers: dict[str, str], run: Any) -> None:
    server = run(servers["CADDY"], ["caddy", "respond", "--listen", ":8080", "--body", "well"])
    assert server.exec_run(["caddy", "version"]).output.startswith(b"v2.")
    assert wait_for(server, ["wget", "-q", "-O", "-", "http://127.0.0.1:8080/"]) == "well"
