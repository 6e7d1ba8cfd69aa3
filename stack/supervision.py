"""Runs the processes under supervisor: its configuration, its start and stop, and what it says of them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from stack.processes import Process, base_environment
from stack.state import State, write_private
from stack.users import service_user

MARK = "COMPTOIR_PROCESS"  # environment variable by which a stack finds its own processes again


class _UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.host)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(str(self.path))


def control(state: State) -> Any:
    """Supervisor's XML-RPC interface (`.supervisor`). Calls raise OSError while no supervisor runs."""
    return xmlrpc.client.ServerProxy(
        "http://supervisor", transport=_UnixTransport(state.run / "supervisor.sock")
    ).supervisor


def running(state: State) -> bool:
    """Whether this state's supervisor answers."""
    try:
        return bool(control(state).getState()["statename"] == "RUNNING")
    except (OSError, xmlrpc.client.Error, http.client.HTTPException):
        return False


def _section(state: State, process: Process) -> str:
    own_file = program_file(state, process.name)
    write_private(own_file, json.dumps({"command": process.command, "environment": process.environment}))
    if os.geteuid() == 0 and not process.root:
        os.chown(own_file, service_user().pw_uid, service_user().pw_gid)
    environment = {**base_environment(), MARK: f"{state.instance}:{process.name}"}
    user = f"user={service_user().pw_name}\n" if os.geteuid() == 0 and not process.root else ""
    command = [sys.executable, "-m", "stack.guard", str(own_file)]
    listed = ",".join(f'{name}="{value}"' for name, value in sorted(environment.items()))
    return (
        f"[program:{process.name}]\n"
        f"command={' '.join(command).replace('%', '%%')}\n"
        f"directory={process.directory}\n"
        f"environment={listed}\n{user}"
        "autostart=false\nautorestart=true\nstartsecs=0\nstopwaitsecs=15\nstopasgroup=true\nkillasgroup=true\n"
        f"stopsignal={'INT' if process.name == 'postgres' else 'TERM'}\n"
        f"redirect_stderr=true\nstdout_logfile={state.logs / process.name}.log\n"
        "stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2\n"
    )


def program_file(state: State, name: str) -> Path:
    """Where a program's command and settings wait for `stack.guard`; only the account it runs under reads them."""
    return state.run / f"{name}.program.json"


def write_configuration(state: State, processes: Iterable[Process]) -> Path:
    """Writes supervisor's configuration, and beside it each program's own file."""
    sections = "\n".join(_section(state, process) for process in processes)
    # supervisor reads "user" of its own section: without one it warns on every start as root
    own_user = "user=root\n" if os.geteuid() == 0 else ""
    text = (
        f"[unix_http_server]\nfile={state.run}/supervisor.sock\nchmod=0700\n\n"
        f"[supervisord]\nlogfile={state.logs}/supervisor.log\npidfile={state.run}/supervisor.pid\nchildlogdir={state.logs}\n"
        f"nodaemon=true\nsilent=true\nminfds=4096\n{own_user}\n"
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\n"
        f"{sections}"
    )
    path = state.path / "supervisor.conf"
    write_private(path, text)
    return path


def start(state: State, configuration: Path) -> subprocess.Popen[bytes]:
    """Starts the supervisor in its own session and waits until it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(configuration)],
        cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**base_environment(), "PYTHONWARNINGS": "ignore", MARK: f"{state.instance}:supervisor"},
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not running(state):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the supervisor did not start; see {state.logs}/supervisor.log")
        time.sleep(0.05)
    return server


def leftovers(instance: str, name: str = "") -> list[psutil.Process]:
    """Processes that carry this state's mark: of one program, or of all when `name` is empty. Never the caller's own line."""
    mark, mine = f"{instance}:{name}", {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            carried = process.environ().get(MARK, "")
        except (psutil.Error, OSError):
            continue
        if process.pid not in mine and (carried == mark if name else carried.startswith(mark)):
            found.append(process)
    return found


def stop(state: State) -> None:
    """Stops the supervisor and everything it started, then whatever an earlier kill left behind."""
    for process in leftovers(state.instance, "supervisor"):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except psutil.TimeoutExpired:
            process.kill()
    rest = leftovers(state.instance)
    for process in rest:
        process.terminate()
    for process in psutil.wait_procs(rest, timeout=10)[1]:
        process.kill()
