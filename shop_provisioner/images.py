"""Our two images, named by the hash of what they are made from, so that they are built once and again after a change."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

from shop_provisioner.config import BuildSettings
from shop_provisioner.docker_host import DockerHost

FOLDER = Path(__file__).parent / "image"
EXTRA_CA = "extra-ca.crt"  # optional, trusted by the boutique image when it lies in its build context


def _files(kind: str) -> list[Path]:
    return sorted(path for path in (FOLDER / kind).iterdir() if path.is_file())


def tag(kind: str) -> str:
    """``comptoir/boutique:<hash12>`` or ``comptoir/mariadb:<hash12>``."""
    digest = hashlib.sha256()
    for path in _files(kind):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return f"comptoir/{kind}:{digest.hexdigest()[:12]}"


def boutique_image(settings: BuildSettings) -> str:
    return settings.boutique_image or tag("boutique")


def mariadb_image(settings: BuildSettings) -> str:
    return settings.mariadb_image or tag("mariadb")


def ensure(settings: BuildSettings, docker: DockerHost, progress: Callable[[str], None] = lambda line: None) -> None:
    """Builds what is absent; a named image that is absent is pulled. Raises EngineError."""
    for kind, given in (("boutique", settings.boutique_image), ("mariadb", settings.mariadb_image)):
        name = given or tag(kind)
        if docker.has_image(name):
            continue
        progress(f"image {name}")
        if given:
            docker.pull(given)
            continue
        for line in docker.build_image(name, _context(kind)):
            progress(line)


def _context(kind: str) -> bytes:
    """The build context as a tar whose bytes depend on contents only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in _files(kind):
            info = tarfile.TarInfo(path.name)
            info.size, info.mode = path.stat().st_size, 0o644
            with path.open("rb") as file:
                archive.addfile(info, file)
    return buffer.getvalue()
