"""A stack whose services are containers: is it up, is each well, run a command in one, take everything down."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import docker.errors

from stack import engine
from stack.compose import setup
from stack.health import HEALTHY
from stack.lifecycle import StartError, provisioner_command
from stack.processes import REPOSITORY, all_processes
from stack.progress import Progress
from stack.state import State

_PROJECT, _SERVICE, _ONE_OFF = (f"com.docker.compose.{name}" for name in ("project", "service", "oneoff"))


def containers(state: State) -> dict[str, Any]:
    """The project's containers by service, the finished ones included, those of `compose run` not."""
    of_project: dict[str, str | list[str] | bool] = {"label": f"{_PROJECT}={state.composed['project']}"}
    found = engine.client().containers.list(all=True, filters=of_project, ignore_removed=True)
    return {one.labels[_SERVICE]: one for one in found if one.labels.get(_ONE_OFF) != "True"}


def running(state: State) -> bool:
    """Whether the door to everything, the edge, runs."""
    try:
        edge = containers(state).get("edge")
    except (docker.errors.DockerException, OSError):
        return False
    return edge is not None and edge.status == "running"


def report(state: State) -> list[dict[str, str]]:
    """[{"name", "state"}] as `health.report` gives it: the services have the processes' names."""
    try:
        known = containers(state)
    except (docker.errors.DockerException, OSError):
        known = {}
    return [{"name": process.name, "state": _state(known.get(process.name))} for process in all_processes(state)]


def _state(container: Any | None) -> str:
    if container is None:
        return "no container"
    state = container.attrs["State"]
    if state["Status"] != "running":
        return f"{state['Status']}, exit code {state['ExitCode']}"
    health = state.get("Health", {})
    if health.get("Status") == "healthy":
        return HEALTHY
    said = [entry["Output"].strip() for entry in health.get("Log") or [] if entry["Output"].strip()]
    return " ".join([health.get("Status", "no health check"), *said[-1:]])[:200]


def execute(state: State, service: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command in a service's container, with that service's settings."""
    container = containers(state).get(service)
    if container is None:
        return subprocess.CompletedProcess(command, 1, "", f"There is no container of {service}.")
    code, (stdout, stderr) = container.exec_run(command, demux=True)
    return subprocess.CompletedProcess(command, code, (stdout or b"").decode(), (stderr or b"").decode())


def program() -> list[str]:
    """Compose 2 as Docker's plugin, else Compose 1. Raises StartError where neither is installed."""
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True)
        if plugin.returncode == 0:
            return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise StartError("Compose is missing. Install it (Debian 12: apt-get install docker-compose).")


def compose(state: State, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Compose on this stack; never raises for its exit code."""
    env_file = Path(state.composed["env_file"])
    command = [*program(), "--file", state.composed["file"], "--env-file", str(env_file), *arguments]
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env=setup.environment(env_file),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def take_down(state: State, progress: Progress) -> None:
    """Removes the services' containers and networks, then those of boutiques. Data stays: volumes and folder."""
    with progress.step("services"):
        done = compose(state, "down", "--remove-orphans")
        if done.returncode != 0:
            raise StartError(f"compose down failed:\n{done.stderr[-1500:]}")
    with progress.step("boutiques"):
        provisioner_command(state, "down")
