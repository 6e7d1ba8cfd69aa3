"""PrestaShop releases: taken from a folder, a zip or an image, and kept in the user's cache under their digest.

Nothing of PrestaShop is part of this product; a release is given once and found again by later runs, benches and tests.
"""

import hashlib
import json
import re
import secrets
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from shop_provisioner.config import BuildSettings
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import EngineError, ReleaseError

IMAGE_TREE = "/tmp/data-ps"  # noqa: S108 - where the official image keeps the tree it installs from
VERSION_FILE = "install/install_version.php"
LOCALES = {"fr": "fr-FR", "en": "en-US"}
HOW = "bin/comptoir template build --prestashop PATH|IMAGE"


@dataclass(frozen=True)
class Release:
    """One kept release."""

    folder: Path
    digest: str
    version: str

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def packs(self) -> Path:
        return self.folder / "language-packs"

    def pack_digest(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self.packs.glob("*.zip")):
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def missing_packs(self) -> list[str]:
        return [f"sf-{loc}.zip" for loc in LOCALES.values() if not (self.packs / f"sf-{loc}.zip").exists()]


def kept(settings: BuildSettings) -> list[Release]:
    """Releases in the cache, the newest version first, then the last one given."""
    found = []
    for path in (settings.cache_dir / "prestashop").glob("*/release.json"):
        try:
            about = json.loads(path.read_text())
        except (OSError, ValueError):
            continue  # a folder being replaced at this moment
        key = tuple(int(n) for n in re.findall(r"\d+", about["version"]))
        found.append((key, path.stat().st_mtime, Release(path.parent, about["digest"], about["version"])))
    return [release for _, _, release in sorted(found, key=lambda item: item[:2], reverse=True)]


def ensure(settings: BuildSettings, docker: DockerHost | None) -> Release:
    """The release to build from: the one given by the settings, kept now if it was not; else the best one kept.

    Raises ReleaseError saying what is missing and how to give it.
    """
    release = keep(settings, settings.prestashop, docker) if settings.prestashop else resolve(settings)
    if settings.language_packs:
        _keep_packs(release, Path(settings.language_packs))
    return release


def resolve(settings: BuildSettings) -> Release:
    """The release in use, without reading the one given again. Raises ReleaseError."""
    releases = kept(settings)
    if settings.prestashop:
        digest = _sources(settings).get(_source_key(settings.prestashop))
        releases = [release for release in releases if release.digest == digest]
    if not releases:
        raise ReleaseError(what="release", how=HOW)
    return releases[0]


def _source_key(source: str) -> str:
    return str(Path(source).resolve()) if Path(source).exists() else source


def _sources(settings: BuildSettings) -> dict[str, str]:
    """Which kept release a path or image name stood for when it was given last."""
    try:
        found: dict[str, str] = json.loads((settings.cache_dir / "prestashop" / "sources.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def _remember(settings: BuildSettings, source: str, release: Release) -> None:
    path = settings.cache_dir / "prestashop" / "sources.json"
    temporary = path.with_name(f".sources-{secrets.token_hex(4)}")
    temporary.write_text(json.dumps(_sources(settings) | {_source_key(source): release.digest}))
    temporary.replace(path)


def keep(settings: BuildSettings, source: str, docker: DockerHost | None) -> Release:
    """Copies a release into the cache, atomically, and returns it. The same content is kept once."""
    shelf = settings.cache_dir / "prestashop"
    shelf.mkdir(parents=True, exist_ok=True)
    path = Path(source)
    if path.is_dir():
        release = _shelve(shelf, _root(path, source), copy=True)
    else:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=shelf) as work:
            unpacked = Path(work) / "unpacked"
            unpacked.mkdir()
            if path.is_file():
                _unzip(path, unpacked)
            else:
                _from_image(docker, source, unpacked)
            release = _shelve(shelf, _root(unpacked, source), copy=False)
    _remember(settings, source, release)
    return release


def _root(folder: Path, source: str) -> Path:
    """The folder that holds the shop: the release itself, up to two levels down, or the inner prestashop.zip unpacked."""
    inner = folder / "prestashop.zip"
    if inner.exists() and not (folder / VERSION_FILE).exists():
        unpacked = folder / "prestashop"
        _unzip(inner, unpacked)
        return unpacked
    for pattern in (VERSION_FILE, f"*/{VERSION_FILE}", f"*/*/{VERSION_FILE}"):
        for found in sorted(folder.glob(pattern)):
            return found.parents[1]
    raise ReleaseError(what="not_a_release", source=source, expected=VERSION_FILE, how=HOW)


def _unzip(path: Path, destination: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(destination)
    except zipfile.BadZipFile:
        raise ReleaseError(what="not_a_release", source=str(path), expected="zip", how=HOW) from None


def _from_image(docker: DockerHost | None, image: str, destination: Path) -> None:
    if docker is None or image.startswith((".", "/")):
        raise ReleaseError(what="not_found", source=image, how=HOW)
    try:
        if not docker.has_image(image):
            docker.pull(image)
        docker.extract(image, IMAGE_TREE, destination)
    except EngineError as error:
        raise ReleaseError(what="not_found", source=image, reason=error.params.get("reason"), how=HOW) from error


def _shelve(shelf: Path, tree: Path, copy: bool) -> Release:
    digest, version = tree_digest(tree), _version(tree)
    folder = shelf / digest
    if not (folder / "release.json").exists():
        with tempfile.TemporaryDirectory(prefix=".new-", dir=shelf) as work:
            new = Path(work) / digest
            (new / "language-packs").mkdir(parents=True)
            if copy:
                shutil.copytree(tree, new / "tree", symlinks=True)
            else:
                shutil.move(tree, new / "tree")
            (new / "release.json").write_text(json.dumps({"digest": digest, "version": version}))
            shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)
    else:
        (folder / "release.json").touch()  # the last one given is preferred among equal versions
    release = Release(folder, digest, version)
    _keep_packs(release, release.tree / "translations", required=False)
    return release


def _keep_packs(release: Release, source: Path, required: bool = True) -> None:
    if required and not source.is_dir():
        raise ReleaseError(what="language_packs", source=str(source), how="--language-packs DIR")
    release.packs.mkdir(exist_ok=True)
    for locale in LOCALES.values():
        pack, target = source / f"sf-{locale}.zip", release.packs / f"sf-{locale}.zip"
        if pack.exists() and pack.stat().st_size and not (target.exists() and not required):
            temporary = target.with_suffix(".new")
            shutil.copyfile(pack, temporary)
            temporary.replace(target)


def _version(tree: Path) -> str:
    found = re.search(r"_PS_INSTALL_VERSION_'\s*,\s*'([\d.]+)'", (tree / VERSION_FILE).read_text())
    if not found:
        raise ReleaseError(what="not_a_release", expected="_PS_INSTALL_VERSION_", how=HOW)
    return found.group(1)


def tree_digest(tree: Path) -> str:
    """24 hex digits over the names and contents of every file of a folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in tree.rglob("*") if p.is_file() and not p.is_symlink()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(tree)}\0{content}\n".encode())
    return digest.hexdigest()[:24]
