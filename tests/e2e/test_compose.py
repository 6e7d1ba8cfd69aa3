"""The same stack as containers: images as made without a registry, `compose up`, and the whole story on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from stack import deployment, engine
from stack.bench import free_pair
from stack.compose import images, running
from stack.health import HEALTHY
from stack.lifecycle import StartError
from stack.processes import all_processes
from stack.state import State
from stack.story.browser import open_browser
from stack.story.script import STEPS, Story
from stack.web import Session
from tests.e2e.conftest import comptoir

pytestmark = [
    pytest.mark.e2e, pytest.mark.docker, pytest.mark.browser, pytest.mark.xdist_group("e2e-compose"),
    pytest.mark.timeout(900),
]  # fmt: skip

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2031, "cvc": "123"}


def wait_until_healthy(state: State, timeout_seconds: float = 120) -> None:
    """Until the engine calls every service healthy."""
    deadline = time.monotonic() + timeout_seconds
    while unwell := [service for service in deployment.report(state) if service["state"] != HEALTHY]:
        assert time.monotonic() < deadline, f"{unwell}\n{running.compose(state, 'logs', '--tail=20').stdout[-6000:]}"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def composed() -> Iterator[State]:
    """A healthy stack of containers in a folder of its own; nothing of it is left behind."""
    if not engine.answers():
        pytest.skip("no Docker Engine answers")
    try:
        running.program()
    except StartError as error:
        pytest.skip(str(error))
    folder = Path(tempfile.mkdtemp(prefix="cpt-compose-", dir="/tmp"))
    folder.chmod(0o755)
    state, env_file = State.at(folder / "var"), folder / "env"
    try:
        arguments = ("--state", str(state.path), "--env-file", str(env_file), "--port", str(free_pair()))
        for words in (("images", "build", "--offline"), ("compose", "setup", *arguments)):
            done = comptoir(*words, timeout_seconds=900)
            assert done.returncode == 0, done.stderr[-4000:]
        up = running.compose(state, "up", "--detach")
        assert up.returncode == 0, up.stderr[-4000:] + running.compose(state, "logs", "--tail=20").stdout[-6000:]
        wait_until_healthy(state)
        yield state
    finally:
        _remove(state)
        shutil.rmtree(folder)


def _remove(state: State) -> None:
    """`down`, then what `down` keeps on purpose: this stack's volumes."""
    if not state.composed:
        return
    down = comptoir("down", "--state", str(state.path))
    project = state.composed["project"]
    volumes = running.compose(state, "down", "--volumes")
    assert (down.returncode, volumes.returncode) == (0, 0), down.stderr + volumes.stderr
    left = [
        container.name for container in engine.client().containers.list(all=True) if state.instance in container.name
    ]
    left += [volume.name for volume in engine.client().volumes.list() if state.instance in volume.name]
    left += [network.name for network in engine.client().networks.list(names=[project])]
    assert left == []


def test_status_says_that_every_service_is_healthy(composed: State) -> None:
    done = comptoir("status", "--json", "--state", str(composed.path))
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert {service["state"] for service in report["processes"]} == {HEALTHY}
    assert len(report["processes"]) == len(all_processes(composed))


def test_the_env_file_is_its_owners_alone_and_a_second_setup_changes_nothing(composed: State) -> None:
    env_file = Path(composed.composed["env_file"])
    before = env_file.read_text()
    assert env_file.stat().st_mode & 0o777 == 0o600
    done = comptoir("compose", "setup", "--state", str(composed.path), "--env-file", str(env_file))
    assert done.returncode == 0, done.stderr
    assert env_file.read_text() == before


def test_nothing_is_published_beyond_loopback(composed: State) -> None:
    bindings = [
        binding["HostIp"]
        for container in running.containers(composed).values()
        for published in (container.attrs["NetworkSettings"]["Ports"] or {}).values()
        for binding in published or []
    ]
    assert len(bindings) == 4  # https, http, the platform API for bin/comptoir, the acquirer host
    assert set(bindings) == {"127.0.0.1"}


def test_only_the_provisioner_is_root_and_holds_the_engine(composed: State) -> None:
    services = {name: container.attrs for name, container in running.containers(composed).items()}
    holders = {name for name, about in services.items() if "/var/run/docker.sock" in str(about["HostConfig"]["Binds"])}
    roots = {name for name, about in services.items() if about["Config"]["User"] in ("", "0:0")}
    assert holders == {"provisioner", "boutique-images"}
    assert roots == {
        *holders,
        "postgres",
    }  # whose image begins as root, to own its volume, and goes on as its own account


def test_a_merchants_key_takes_a_payment(composed: State) -> None:
    done = comptoir("merchant", "create", "--email", "compose@example.com", "--json", "--state", str(composed.path))
    assert done.returncode == 0, done.stderr
    merchant = json.loads(done.stdout)
    body = {"amount": 2590, "currency": "eur", "card": CARD}
    paid = Session(composed).post(f"{merchant['api']}/v1/checkout", json=body, auth=(merchant["keys"]["stest"], ""))
    assert (paid.status_code, paid.json()["status"]) == (200, "to_capture"), paid.text


@pytest.mark.parametrize("service", ["core", "edge", "provisioner", "redis", "postgres"])
def test_a_killed_service_comes_back_healthy(composed: State, service: str) -> None:
    container = running.containers(composed)[service]
    os.kill(container.attrs["State"]["Pid"], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not _started_again(composed, service, container.attrs["State"]["StartedAt"]):
        assert time.monotonic() < deadline, f"{service} was not started again"
        time.sleep(0.2)
    wait_until_healthy(composed)


def _started_again(state: State, service: str, before: str) -> bool:
    try:
        now = running.containers(state)[service].attrs["State"]
    except (docker.errors.APIError, KeyError):
        return False
    return bool(now["Running"] and now["StartedAt"] != before)


@pytest.mark.prestashop
def test_the_story_of_the_first_sale(composed: State, tmp_path: Path) -> None:
    status = json.loads(comptoir("status", "--json", "--state", str(composed.path)).stdout)["prestashop"]
    if not status["release"]:
        pytest.skip(f"no PrestaShop release: {status['missing']}")
    done = comptoir("template", "build", "--state", str(composed.path), timeout_seconds=600)
    assert done.returncode == 0, done.stderr
    with open_browser(composed) as browser:
        story: Any = Story(composed, browser, pictures=tmp_path / "pictures")
        for _title, step in STEPS:
            assert step(story).startswith("https://")
    assert len(story.orders) == 2
    assert story.platform.check_ledger() > 0
    assert engine.client().containers.get(story.shop.container_name).attrs["HostConfig"]["NetworkMode"] == "none"


def test_the_images_are_found_made_the_second_time(composed: State) -> None:
    began = time.monotonic()
    done = comptoir("images", "build", "--offline")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 20
    assert engine.client().images.get(images.application_image())


def test_compose_reads_the_file_without_a_warning(composed: State) -> None:
    done = running.compose(composed, "config", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


def test_without_settings_compose_says_what_to_run(tmp_path: Path) -> None:
    try:
        program = running.program()
    except StartError as error:
        pytest.skip(str(error))
    empty = tmp_path / "env"
    empty.touch()
    done = subprocess.run(
        [*program, "--file", str(images.COMPOSE_FILE), "--env-file", str(empty), "config"],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "compose setup" in done.stderr
