"""Fixtures of every test: one real PostgreSQL and one real MariaDB server per test process, for whoever asks."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from _pytest.nodeid import NodeId
from psycopg import sql

from shop_provisioner import images
from shop_provisioner.config import BuildSettings
from shop_provisioner.database import Server
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import EngineError
from stack.postgres import Cluster
from stack.users import drop_to, own, service_user


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Makes `xdist_group` hold: pytest-xdist 3.8 tells its scheduler a test's group by a suffix it writes into a field that
    pytest 9.2 no longer reads (pytest-xdist issue 1386), so every group would silently run on both workers at once.
    To be removed with the first release of pytest-xdist that closes the issue."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
        suffix = "@" + "_".join(groups)
        if groups and not item.nodeid.endswith(suffix):
            item._id = NodeId.parse(item.nodeid + suffix)  # type: ignore[attr-defined]


class TestServer:
    """A running server; `create_database` gives a new empty database of its own."""

    __test__ = False

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def create_database(self, name: str = "test") -> str:
        """A new empty database whose name starts with `name`; returns its SQLAlchemy address (psycopg 3)."""
        database = f"{name}_{uuid.uuid4().hex[:10]}"
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.cluster.url(database, driver="postgresql+psycopg")


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestServer]:
    """A real PostgreSQL server for this test process, without fsync because nothing outlives the run."""
    folder = Path(tempfile.mkdtemp(prefix="cpt-pg-", dir="/tmp"))
    folder.chmod(0o755)
    cluster = Cluster(folder / "data", own(folder / "run", service_user(), 0o755), secrets.token_hex(8))
    cluster.initialise()
    command = [*cluster.command(), "-c", "fsync=off", "-c", "shared_buffers=64MB", "-c", "full_page_writes=off"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, cwd="/", preexec_fn=drop_to(service_user()), start_new_session=True
        )
    try:
        cluster.wait()
        yield TestServer(cluster)
    finally:
        os.kill(server.pid, signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def docker_host() -> Iterator[DockerHost]:
    """The engine, under an instance of its own; everything made is removed at the end."""
    try:
        host = DockerHost(secrets.token_hex(4))
        host.has_image("debian:bookworm-slim")
    except EngineError as error:
        pytest.skip(f"no Docker Engine: {error}")
    yield host
    host.remove_everything()
    host.close()


@pytest.fixture(scope="session")
def mariadb(docker_host: DockerHost) -> Iterator[Server]:
    """A MariaDB container of the boutiques' kind; root's password is `rootpassword`."""
    folder = Path(tempfile.mkdtemp(prefix="cvdb", dir="/tmp"))
    settings = BuildSettings(instance=docker_host.instance)
    images.ensure(settings, docker_host)
    made = Server(
        docker_host,
        f"comptoir-{docker_host.instance}-mariadb-test",
        images.mariadb_image(settings),
        folder / "data",
        folder / "sockets",
        folder / "exchange",
        "rootpassword",
    )
    made.ensure()
    yield made
    docker_host.remove_container(made.name)
    shutil.rmtree(folder)
