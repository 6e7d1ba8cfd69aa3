"""`comptoir images build`: every image of docker-compose.yml, from a registry or, where none answers, made on this machine.

Third-party servers are pulled; where that fails they are made of Debian's packages under the same names (`deploy/servers/`).
The application is always built here. What is made carries the hash of what it was made from, so a second run does nothing.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import docker.errors

from stack import engine
from stack.processes import REPOSITORY, base_environment, venv_bin
from stack.progress import Progress
from stack.state import cache_dir

COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
DOCKERFILE = "deploy/application.Dockerfile"
# What the application is made of, from the top of the repository. The last one is optional and never ours.
APPLICATION = (
    DOCKERFILE, "requirements/runtime.txt", "payments_core", "merchant_portal", "shop_provisioner", "stack",
    "prestashop_module/comptoir", "deploy/extra/extra-ca.crt",
)  # fmt: skip
IMAGE_PYTHON = "3.11"  # Debian bookworm's
RECIPE_LABEL = "comptoir.recipe"
_SERVERS = REPOSITORY / "deploy" / "servers"
_FOLDERS = {
    "POSTGRES": _SERVERS / "postgres",
    "REDIS": _SERVERS / "redis",
    "CADDY": _SERVERS / "caddy",
    "MARIADB": REPOSITORY / "shop_provisioner" / "image" / "mariadb",
}


def servers() -> dict[str, str]:
    """Each third-party server's image as docker-compose.yml names it: {"POSTGRES": "postgres:…", …}."""
    found = dict(re.findall(r"\$\{COMPTOIR_(\w+)_IMAGE:-([^}]+)\}", COMPOSE_FILE.read_text()))
    return {kind: found[kind] for kind in _FOLDERS}


def ensure(progress: Progress, offline: bool = False) -> None:
    """Makes what is absent or outdated; `offline` asks no registry. Raises EngineError."""
    with progress.step("base image"):
        engine.ensure_base_image()
    for kind, name in servers().items():
        with progress.step(name):
            _ensure_server(kind, name, offline)
    name = application_image()
    with progress.step(name):
        if _labels(name) is None:
            _build_application(name)
    with progress.step("boutique image"):
        _ensure_boutique_image()


def application_image() -> str:
    """The application's image, named by the hash of its sources: another version is another image."""
    digest = hashlib.sha256()
    for path in _sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(REPOSITORY)}\0{len(content)}\0".encode() + content)
    return f"comptoir/application:{digest.hexdigest()[:12]}"


def _sources() -> Iterator[Path]:
    """Every file of the application's build context but the wheels, always in the same order."""
    for name in APPLICATION:
        top = REPOSITORY / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".mo"):
                yield path


def _labels(name: str) -> dict[str, str] | None:
    """An image's labels; None where there is no such image."""
    try:
        return dict(engine.client().images.get(name).labels or {})
    except docker.errors.ImageNotFound:
        return None


def _ensure_server(kind: str, name: str, offline: bool) -> None:
    """An official image that is here stays, one of our making stays while its recipe is the same."""
    files = [path for path in sorted(_FOLDERS[kind].iterdir()) if path.is_file()]
    if kind == "CADDY":
        files.append(Path(venv_bin("caddy")))
    recipe = hashlib.sha256(b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)).hexdigest()[:12]
    labels = _labels(name)
    if labels is not None and labels.get(RECIPE_LABEL, recipe) == recipe:
        return
    if labels is None and not offline and _pulled(name):
        return
    with tempfile.TemporaryFile() as context:
        with tarfile.open(fileobj=context, mode="w") as archive:
            for path in files:
                _add(archive, path, path.name)
        _build(context, "Dockerfile", name, {RECIPE_LABEL: recipe})


def _pulled(name: str) -> bool:
    """Whether a registry gave the image. A machine without one is told so at once, by name resolution."""
    repository, _, tag = name.rpartition(":")
    try:
        engine.client(600).images.pull(repository, tag)
    except docker.errors.DockerException:
        return False
    return True


def _build_application(name: str) -> None:
    wheels = _wheels()
    with tempfile.TemporaryFile() as context:
        with tarfile.open(fileobj=context, mode="w") as archive:
            for path in _sources():
                _add(archive, path, str(path.relative_to(REPOSITORY)))
            for path in sorted(wheels.glob("*.whl")):
                _add(archive, path, f"deploy/extra/wheels/{path.name}")
        _build(context, DOCKERFILE, name, {})


def _ensure_boutique_image() -> None:
    """By the provisioner's own command, which names it."""
    environment = {
        **base_environment(),
        "HOME": str(Path.home()),
        "PROVISIONER_MARIADB_IMAGE": servers()["MARIADB"],
    }
    command = [sys.executable, "-m", "shop_provisioner.cli", "images", "build"]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode != 0:
        raise engine.EngineError(f"The boutique image could not be built:\n{done.stderr[-1500:]}")


def _wheels() -> Path:
    """The locked packages, fetched once with this machine's own pip configuration, which a build does not have."""
    locked = REPOSITORY / "requirements" / "runtime.txt"
    folder = cache_dir() / "wheels" / hashlib.sha256(locked.read_bytes() + IMAGE_PYTHON.encode()).hexdigest()[:16]
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as new:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes",
            "--only-binary", ":all:", "--python-version", IMAGE_PYTHON, "--dest", f"{new}/wheels", "-r", str(locked),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise engine.EngineError(f"The locked packages could not be fetched:\n{done.stderr[-1500:]}")
        if not folder.exists():
            shutil.move(f"{new}/wheels", folder)
    return folder


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """With nothing of this machine in it: the engine's build cache compares contents and these."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = path.stat().st_size, 0o644, int(path.stat().st_mtime)
    with path.open("rb") as file:
        archive.addfile(info, file)


def _build(context: IO[bytes], dockerfile: str, tag: str, labels: dict[str, str]) -> None:
    context.seek(0)
    said = ""
    try:
        for line in engine.client(1800).api.build(
            fileobj=context, custom_context=True, dockerfile=dockerfile, tag=tag, labels=labels, rm=True, forcerm=True,
            decode=True,
        ):  # fmt: skip
            said = (said + str(line.get("stream", "")))[-1500:]
            if "error" in line:
                raise engine.EngineError(f"{tag} could not be built: {line['error']}\n{said}")
    except docker.errors.DockerException as error:
        raise engine.EngineError(f"{tag} could not be built: {error}") from error
