"""Docker Engine on this machine: installed and started where there is none, with the base image our images are built from.

Where no service manager runs, the launcher starts dockerd itself and leaves it up after `down`: other states and
other users of the machine may have containers in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import docker
import docker.errors

# Chromium, letters, and a library that Playwright's own driver is linked with.
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core", "libatomic1")
BASE_IMAGE = "debian:bookworm-slim"
_PID_FILE = Path("/var/run/docker.pid")


class EngineError(Exception):
    """The engine or its base image cannot be had; the text says what to do."""


def client(timeout_seconds: int = 60) -> docker.DockerClient:
    """A client of the local engine. Raises docker.errors.DockerException when nothing answers."""
    return docker.from_env(timeout=timeout_seconds)


def answers() -> bool:
    """Whether an engine answers on the configured address."""
    try:
        client(5).ping()
    except (docker.errors.DockerException, OSError):
        return False
    return True


def ensure(log: Path) -> None:
    """An engine that answers: the running one, else the installed one started, else Debian's installed and started."""
    if answers():
        return
    if os.geteuid() != 0:
        raise EngineError("No Docker Engine answers. Start it, or run this command as root so that it can.")
    if shutil.which("dockerd") is None:
        apt_install("docker.io", "iptables")
    _start(log)


def _start(log: Path) -> None:
    """Starts dockerd by the service manager if one runs, else as a process of its own session.

    Raises EngineError with dockerd's last words when it ends instead of answering.
    """
    dockerd: subprocess.Popen[bytes] | None = None
    if Path("/run/systemd/system").is_dir():
        subprocess.run(["systemctl", "start", "docker"], check=False)  # whether it runs is asked below
    else:
        _remove_stale_pid()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            dockerd = subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/"
            )
    deadline = time.monotonic() + 60
    while not answers():
        if dockerd is not None and dockerd.poll() is not None:
            last = log.read_text(errors="replace").strip().rpartition("\n")[2]
            raise EngineError(f"dockerd ended at once: {last} (more in {log})")
        if time.monotonic() > deadline:
            raise EngineError(
                "dockerd was started but does not answer after 60 s" + (f"; see {log}" if dockerd else "")
            )
        time.sleep(0.2)


def _remove_stale_pid() -> None:
    """A killed dockerd leaves its pid file, and the next one refuses to start while any process has that number."""
    if not _PID_FILE.exists():
        return
    number = _PID_FILE.read_text().strip()
    command = Path(f"/proc/{number}/comm")
    if not command.exists() or command.read_text().strip() != "dockerd":
        _PID_FILE.unlink(missing_ok=True)


def ensure_base_image() -> None:
    """`debian:bookworm-slim`: pulled, or where no registry answers made from Debian's packages with mmdebstrap."""
    engine = client(600)
    repository, tag = BASE_IMAGE.split(":")
    try:
        engine.images.get(BASE_IMAGE)
        return
    except docker.errors.ImageNotFound:
        pass
    try:
        engine.images.pull(repository, tag)
        return
    except docker.errors.DockerException:
        pass
    if shutil.which("mmdebstrap") is None:
        apt_install("mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="comptoir-base-") as folder:
        archive = Path(folder) / "base.tar"
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", "bookworm", str(archive)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise EngineError(f"No registry gave {BASE_IMAGE}, and mmdebstrap could not make it:\n{done.stderr[-600:]}")
        try:
            with archive.open("rb") as stream:
                engine.api.import_image_from_data(stream, repository=repository, tag=tag)
        except docker.errors.DockerException as error:
            raise EngineError(f"The Docker Engine does not take {BASE_IMAGE} made by mmdebstrap: {error}") from error


def ensure_packages(*packages: str) -> None:
    """Installs those of these Debian packages that are absent. Raises EngineError where that is impossible."""
    command = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages]
    listed = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    missing = [package for package in packages if f"{package} installed" not in listed]
    if missing:
        apt_install(*missing)


def apt_install(*packages: str) -> None:
    """Installs Debian packages without questions, after an interrupted earlier try too. Raises EngineError with apt's last lines."""
    if os.geteuid() != 0:
        raise EngineError(
            f"Debian packages are missing: {' '.join(packages)}. Install them, or run this command as root."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "update", "-q"]
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    for command in (["dpkg", "--configure", "-a"], update, install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0 and command is install:
            raise EngineError(f"apt-get could not install {' '.join(packages)}:\n{done.stderr[-600:]}")
