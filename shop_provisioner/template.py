"""The template: one installed PrestaShop per release, module and image, from which every boutique is made.

A folder of its own in the cache: ``tree/`` (immutable, shown below each boutique's overlay), ``dump.sql`` (one statement
list) and ``template.json``. ``template_build`` makes it; here it is found and placed.
"""

import hashlib
import json
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shop_provisioner import images, installer, release
from shop_provisioner.boutique import ADMIN_FOLDER
from shop_provisioner.config import BuildSettings
from shop_provisioner.errors import ReleaseError, TemplateError
from shop_provisioner.release import Release, tree_digest

CACHE = "var/cache/prod"
# Caches that hold the shop's address or depend on what is in the database: emptied when a boutique gets its domain.
ADDRESS_CACHES = (f"{CACHE}/smarty/cache", f"{CACHE}/ps_mainmenu")
FORMAT = 2  # of template.json; an older one serves the boutiques made from it, but no new ones
COMPILE_PATH = "/-/compile"  # see image/boutique/compile.php


@dataclass(frozen=True)
class Template:
    """One built template and what template.json says of it."""

    folder: Path
    about: dict[str, Any]

    @property
    def digest(self) -> str:
        return str(self.about["digest"])

    @property
    def version(self) -> str:
        return str(self.about["version"])

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    def dump(self) -> str:
        return (self.folder / "dump.sql").read_text(encoding="utf-8")


def key(settings: BuildSettings, kept: Release) -> str:
    """The digest of everything a template is made from."""
    digest = hashlib.sha256()
    recipe = [
        Path(__file__).parent / f"{name}.py" for name in ("installer", "template_build", "template_sql", "warmup")
    ]
    parts = [kept.digest, kept.pack_digest(), images.boutique_image(settings), ADMIN_FOLDER]
    parts += [hashlib.sha256(path.read_bytes()).hexdigest() for path in recipe]
    if (installer.MODULE / "comptoir.php").exists():
        parts.append(tree_digest(installer.MODULE))
    digest.update("\0".join(parts).encode())
    return digest.hexdigest()[:24]


def load(folder: Path) -> Template | None:
    """The template in a folder, when it is whole."""
    try:
        return Template(folder, json.loads((folder / "template.json").read_text()))
    except (OSError, ValueError):
        return None


def find(settings: BuildSettings) -> Template:
    """The built template for the release in use; an older one of the same release until ``build`` was run again.

    Raises ReleaseError: ``what`` is release or template, ``how`` the command that gives it.
    """
    kept = release.resolve(settings)
    shelf = settings.cache_dir / "templates"
    template = load(shelf / key(settings, kept)) or _newest_of(shelf, kept)
    if template is None:
        raise ReleaseError(what="template", version=kept.version, how="bin/comptoir template build")
    return template


def _newest_of(shelf: Path, kept: Release) -> Template | None:
    """The last template built from this release by another version of module, image or recipe."""
    paths = sorted(shelf.glob("*/template.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = (load(path.parent) for path in paths)
    wanted = {"release": kept.digest, "format": FORMAT}.items()
    return next(
        (template for template in found if template and all(template.about.get(k) == v for k, v in wanted)), None
    )


def place(template: Template, state_dir: Path) -> Template:
    """The template in a state folder of its own, so that live boutiques do not depend on the user's cache.

    Hard links where the file system is the same (its files are never written), a copy otherwise.
    """
    shelf = state_dir / "templates"
    target = shelf / template.digest
    placed = load(target)
    if placed:
        return placed
    shelf.mkdir(parents=True, exist_ok=True)
    new = shelf / f".new-{secrets.token_hex(4)}"
    # Tried, not asked of st_dev: two folders mounted into one container are one file system and refuse links all the same.
    linked = subprocess.run(["cp", "-al", str(template.folder), str(new)], capture_output=True, check=False)  # noqa: S603, S607
    if linked.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        subprocess.run(["cp", "-a", str(template.folder), str(new)], check=True)  # noqa: S603, S607
    try:
        new.rename(target)
    except OSError:
        shutil.rmtree(new)  # another process placed it meanwhile
    placed = load(target)
    if placed is None:
        raise TemplateError(command="place", output=str(target))
    return placed
