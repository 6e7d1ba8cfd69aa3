"""The few questions whose answer depends on how a stack runs: as processes of this machine or as containers of Compose.

Everything else that acts on a stack asks its state folder alone.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from stack import health, lifecycle, settings, supervision
from stack.compose import running as composed
from stack.processes import REPOSITORY, base_environment
from stack.progress import Progress
from stack.state import State

_SETTINGS: dict[str, Callable[[State], dict[str, str]]] = {"portal": settings.portal, "core": settings.core}


def running(state: State) -> bool:
    """Whether the stack is up; its services may still be starting."""
    return composed.running(state) if state.composed else supervision.running(state)


def report(state: State) -> list[dict[str, str]]:
    """[{"name", "state"}] for every service: "healthy", or in a few words why not."""
    return composed.report(state) if state.composed else health.report(state)


def how_to_start(state: State) -> str:
    """The command a person types."""
    if state.composed:
        return f"docker compose --env-file {state.composed['env_file']} up -d"
    return f"bin/comptoir up --state {state.path}"


def run_for(state: State, service: str, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of a service (core, portal) with that service's settings, where it can reach what the service reaches."""
    if state.composed:
        return composed.execute(state, service, ["python", "-m", module, *arguments])
    environment = {**base_environment(), **_SETTINGS[service](state)}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True)


def take_down(state: State, progress: Progress) -> None:
    """Stops everything of the stack. Data stays."""
    (composed.take_down if state.composed else lifecycle.take_down)(state, progress)
