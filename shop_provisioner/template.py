"""The template: one installed PrestaShop per release, module and image, from which every boutique is made.

A folder of its own in the cache: ``tree/`` (immutable, shown below each boutique's overlay), ``dump.sql`` (one statement
list) and ``template.json``. It is built aside and renamed, so it exists whole or not at all; a build that was killed
leaves only a hidden folder that the next one removes.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shop_provisioner import database, images, installer, release, template_sql, warmup
from shop_provisioner.boutique import ADMIN_FOLDER
from shop_provisioner.config import BuildSettings
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import ReleaseError, TemplateError
from shop_provisioner.installer import Workshop
from shop_provisioner.release import Release, tree_digest

CACHE = "var/cache/prod"
# Caches that hold the shop's address or depend on what is in the database: emptied when a boutique gets its domain.
ADDRESS_CACHES = (f"{CACHE}/smarty/cache", f"{CACHE}/ps_mainmenu")
SECRET_NAMES = ("secret", "cookie_key", "cookie_iv", "new_cookie_key", "api_public_key", "api_private_key")
Progress = Callable[[str], None]


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
    recipe = [Path(__file__).parent / f"{name}.py" for name in ("installer", "template", "template_sql", "warmup")]
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
    return next((template for template in found if template and template.about.get("release") == kept.digest), None)


def build(settings: BuildSettings, docker: DockerHost, progress: Progress = lambda line: None) -> Template:
    """Finds the template or builds it. Raises ReleaseError, TemplateError, EngineError."""
    kept = release.ensure(settings, docker)
    images.ensure(settings, docker, progress)
    shelf = settings.cache_dir / "templates"
    shelf.mkdir(parents=True, exist_ok=True)
    with _alone(shelf):
        folder = shelf / key(settings, kept)
        template = load(folder)
        if template is None:
            for leftover in shelf.glob(".building-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            work = shelf / f".building-{folder.name}"
            _build(settings, docker, kept, work, folder.name, progress)
            shutil.rmtree(folder, ignore_errors=True)
            (work / "done").rename(folder)
            shutil.rmtree(work, ignore_errors=True)
            template = load(folder)
    if template is None:
        raise TemplateError(command="build", output="the template vanished while it was built")
    return template


@contextmanager
def _alone(shelf: Path) -> Iterator[None]:
    """One build at a time on this machine; the lock goes with the process."""
    with (shelf / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(
    settings: BuildSettings, docker: DockerHost, kept: Release, work: Path, digest: str, progress: Progress
) -> None:
    seconds: dict[str, float] = {}

    @contextmanager
    def phase(name: str) -> Iterator[None]:
        progress(name)
        started = time.monotonic()
        yield
        seconds[name] = round(time.monotonic() - started, 2)

    with phase("copy"):
        missing = installer.prepare_tree(kept, work / "tree")
    if missing:
        progress(f"without {', '.join(missing)}: give them with --language-packs")
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-") as sockets,
        installer.workshop(settings, docker, work, Path(sockets) / "s", database.SCRATCH_OPTIONS) as shop,
    ):
        with phase("install"):
            installer.install(shop)
            shutil.rmtree(shop.tree / "install")
        with phase("module"):
            module = _install_module(shop)
        with phase("settings"):
            _settle(shop)
            dump = _dump(shop, work / "dump.sql")
        with phase("warm"):
            pages = _warm(shop)
        placeholders = _placeholders(shop)
    with phase("manifest"):
        # The back office keeps whole rendered pages, with addresses and tokens, among its compiled templates: never hit again.
        for name in _grep(shop.tree / "var" / "cache", installer.DOMAIN):
            (shop.tree / "var" / "cache" / name).unlink()
        about = _manifest(shop.tree, placeholders)
        _finish(work, dump)
    about |= {"digest": digest, "version": kept.version, "release": kept.digest, "module": module, "pages": pages}
    about |= {"admin_folder": ADMIN_FOLDER, "missing_language_packs": missing, "seconds": seconds}
    (work / "done" / "template.json").write_text(json.dumps(about, indent=1))


def _install_module(shop: Workshop) -> str | None:
    """Installs our payment module as a merchant would, from the command line. Returns its version."""
    source = installer.MODULE
    if not (source / "comptoir.php").exists():
        return None
    target = shop.tree / "modules" / "comptoir"
    shutil.copytree(source, target)
    installer.own(target)
    shop.php("bin/console", "prestashop:module", "install", "comptoir", "--env=prod")
    with shop.server.connect(shop.database) as cursor:
        cursor.execute("SELECT version FROM ps_module WHERE name = 'comptoir' AND active = 1")
        row = cursor.fetchone()
    if row is None:
        raise TemplateError(command="prestashop:module install comptoir", output="the module is not active")
    return str(row[0])


def _settle(shop: Workshop) -> None:
    with shop.server.connect(shop.database) as cursor:
        cursor.execute("SHOW TABLES")
        tables = {row[0] for row in cursor.fetchall()}
        cursor.execute("SET foreign_key_checks=0")
        for statement in template_sql.clearing_statements(tables):
            cursor.execute(statement)
        for statement, values in template_sql.setting_statements():
            cursor.execute(statement, values)
        cursor.execute(template_sql.CARRIER_CHECK)
        if not cursor.fetchone()[0]:
            raise TemplateError(command="settings", output="no carrier delivers in France")


def _dump(shop: Workshop, target: Path) -> str:
    """The database as plain statements: no client directives, so that one session can run it as it is."""
    shop.server.dump(shop.database, target)
    lines = target.read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if line and not line.startswith(("/*", "--", "LOCK TABLES", "UNLOCK TABLES"))]
    return "\n".join(line for line in kept if not line.startswith("DROP TABLE"))


def _warm(shop: Workshop) -> dict[str, int]:
    shutil.rmtree(shop.tree / CACHE, ignore_errors=True)
    with shop.serving() as browser:
        front = warmup.front(browser)
        back = warmup.back_office(browser, installer.ADMIN_EMAIL, shop.admin_password)
    if not front or not back:
        raise TemplateError(
            command="warm", output=f"{len(front)} shop pages and {len(back)} back-office pages answered"
        )
    for folder in ADDRESS_CACHES:
        _empty(shop.tree / folder)
    _empty(shop.tree / "var" / "logs")
    return {"front": len(front), "back_office": len(back)}


def _empty(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _placeholders(shop: Workshop) -> dict[str, str]:
    parameters = shop.parameters()
    found = {name: parameters[name] for name in SECRET_NAMES if parameters.get(name)}
    # The password first: it contains the text the database's name ends with.
    return {"database_password": shop.secret * 2, "database_name": shop.database} | found


def _manifest(tree: Path, placeholders: dict[str, str]) -> dict[str, Any]:
    """Which files hold a value that each boutique must have of its own, found by looking for the values themselves."""
    secret_files = {"app/config/parameters.php"}
    for value in placeholders.values():
        probe = value.strip().split("\n")[1] if "\n" in value.strip() else value  # one line of a key is enough
        secret_files |= _grep(tree, probe)
    return {
        "placeholders": placeholders,
        "secret_files": sorted(secret_files),
        "domain_files": sorted(_grep(tree, installer.DOMAIN) - {".htaccess"}),
        "domain": installer.DOMAIN,
        "admin_email": installer.ADMIN_EMAIL,
    }


def _grep(tree: Path, text: str) -> set[str]:
    command = ["grep", "--recursive", "--files-with-matches", "--null", "--fixed-strings", "--", text, "."]
    result = subprocess.run(command, cwd=tree, capture_output=True, check=False)  # noqa: S603
    return {name.removeprefix("./") for name in result.stdout.decode().split("\0") if name}


def _finish(work: Path, dump: str) -> None:
    done = work / "done"
    done.mkdir()
    # Written for Apache and naming the template's domain; nginx does its work.
    (work / "tree" / ".htaccess").unlink(missing_ok=True)
    (work / "tree").rename(done / "tree")
    (done / "dump.sql").write_text(dump, encoding="utf-8")


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
    linked = os.stat(template.folder).st_dev == os.stat(shelf).st_dev
    command = ["cp", "-al" if linked else "-a", str(template.folder), str(new)]
    subprocess.run(command, check=True)  # noqa: S603
    try:
        new.rename(target)
    except OSError:
        shutil.rmtree(new)  # another process placed it meanwhile
    placed = load(target)
    if placed is None:
        raise TemplateError(command="place", output=str(target))
    return placed
