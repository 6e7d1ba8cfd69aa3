"""Brings a whole stack up and takes it down, step by step, each step safe to run again after an interruption."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from stack import authority, databases, edge, engine, health, settings, supervision
from stack.processes import REPOSITORY, all_processes, base_environment, migrations
from stack.progress import Progress
from stack.state import BASE_DOMAIN, State
from stack.users import let_through


class StartError(Exception):
    """The stack cannot start; the text is for the person at the keyboard."""


def bring_up(state: State, port: int | None, progress: Progress) -> None:
    """Everything of `up` but waiting in the foreground. Raises StartError or EngineError in words that say what to do."""
    if state.composed:
        raise StartError(
            f"This stack's services are containers: docker compose --env-file {state.composed['env_file']} up -d"
        )
    with progress.step("state folder, ports and secrets"):
        _reconfigure(state, port)
    with progress.step("Docker Engine"):
        engine.ensure(state.logs / "dockerd.log")
    with progress.step("images"):
        engine.ensure_base_image()
        provisioner_command(state, "images", "build")
    if not supervision.running(state):
        with progress.step("supervisor"):
            supervision.stop(state)
            supervision.start(state, supervision.write_configuration(state, all_processes(state)))
    with progress.step("PostgreSQL, databases and migrations"):
        _databases(state)
    with progress.step("edge and certificates"):
        _start(state, ("redis", "mail", "edge"))
        _hand_out_authority(state)
    with progress.step("services"):
        _start(state, [process.name for process in all_processes(state)])
        _wait_until_healthy(state)


def take_down(state: State, progress: Progress) -> None:
    """Stops every process and removes the engine objects of this state. Data stays."""
    with progress.step("processes"):
        supervision.stop(state)
    if state.exists and engine.answers():
        with progress.step("engine objects"):
            provisioner_command(state, "down")


def _reconfigure(state: State, port: int | None) -> None:
    if supervision.running(state):
        if port not in (None, state.port):
            raise StartError(f"This state already runs on port {state.port}. Run down first to change it.")
        return
    state.prepare(port)
    for path in (REPOSITORY / "bin", Path(sys.executable)):
        let_through(path)
    for number in (state.port, state.port + 1):
        check_port(number)
    settings.cluster(state).initialise()
    edge.place(state)


def check_port(port: int) -> None:
    """Raises StartError when somebody listens on the loopback port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartError(f"Port {port} is taken on 127.0.0.1. Choose another with --port.") from error


def _start(state: State, names: tuple[str, ...] | list[str]) -> None:
    control = supervision.control(state)
    known = {info["name"]: info["statename"] for info in control.getAllProcessInfo()}
    for name in names:
        if known.get(name) not in ("RUNNING", "STARTING"):
            control.startProcess(name, False)


def _databases(state: State) -> None:
    _start(state, ("postgres",))
    cluster = settings.cluster(state)
    cluster.wait(60)
    databases.prepare(cluster.url("postgres"), {role: state.secret(f"role-{role}") for role in databases.ROLES})
    for package, command, environment in migrations(state):
        done = subprocess.run(
            command, env={**base_environment(), **environment}, cwd=REPOSITORY, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise StartError(f"The migration of {package} failed:\n{done.stdout[-800:]}{done.stderr[-1500:]}")


def provisioner_command(state: State, *arguments: str, stdout: int | None = subprocess.PIPE) -> str:
    """Runs `shop_provisioner.cli` with this state's settings; returns its output. Raises StartError with its last words."""
    done = subprocess.run(
        [sys.executable, "-m", "shop_provisioner.cli", *arguments],
        env={**base_environment(), "HOME": os.environ.get("HOME", "/root"), **settings.provisioner(state)},
        cwd=REPOSITORY, stdout=stdout, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise StartError(f"provisioner {' '.join(arguments)}:\n{(done.stdout or '')[-500:]}{done.stderr[-1500:]}")
    return done.stdout or ""


def _hand_out_authority(state: State) -> None:
    try:
        authority.hand_out(state.root_certificate, state.ca_bundle, state.ca)
    except authority.NoAuthority as error:
        raise StartError(f"The edge did not start; see {state.logs}/edge.log") from error


def _wait_until_healthy(state: State, timeout_seconds: float = 90) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        unwell = [process for process in health.report(state) if process["state"] != health.HEALTHY]
        if not unwell:
            return
        if time.monotonic() > deadline:
            lines = "\n".join(f"  {process['name']}: {process['state']}" for process in unwell)
            raise StartError(f"Not healthy after {timeout_seconds:.0f} s (logs in {state.logs}):\n{lines}")
        time.sleep(0.2)


def addresses(state: State) -> dict[str, str]:
    """What a person opens next."""
    return {
        "portal": state.url("portal"),
        "api": state.url("api"),
        "payment_page": state.url("payment"),
        "mail": state.url("mail"),
        "http": f"http://portal.{BASE_DOMAIN}:{state.port + 1}",
    }


def prepare_template(state: State, progress: Progress, prestashop: str | None, language_packs: str | None) -> bool:
    """Builds the template of the given (or an earlier kept) release, or finds it made; False when no release is known."""
    if prestashop or language_packs:
        given = {"prestashop": prestashop, "language_packs": language_packs}
        absolute = {name: _absolute(value) for name, value in given.items() if value}
        if any(state.config.get(name) != value for name, value in absolute.items()):
            state.save_config(**absolute)
    if not template_status(state)["release"]:
        return False
    with progress.step("PrestaShop template"):
        provisioner_command(state, "template", "build")
    return True


def _absolute(value: str) -> str:
    """A path made absolute; an image name stays as it is."""
    return str(Path(value).resolve()) if Path(value).exists() else value


def template_status(state: State) -> dict[str, Any]:
    """{"release": version or null, "ready": bool, "missing": what is missing or null} as the provisioner sees it."""
    report = json.loads(provisioner_command(state, "template", "status", "--json"))
    return {
        "release": report.get("version") or next(iter(report["releases"]), None),
        "ready": report["available"],
        "missing": report.get("missing"),
    }


def set_pool_size(state: State, size: int) -> None:
    """Changes how many boutiques are prepared ahead and restarts the provisioner with it."""
    state.save_config(pool_size=size)
    supervision.write_configuration(state, all_processes(state))
    control = supervision.control(state)
    control.stopProcess("provisioner")
    control.startProcess("provisioner")
