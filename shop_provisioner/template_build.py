"""Builds the template: the real installer once, our module, settings, warm caches, and a list of what each boutique needs anew.

Built aside and renamed, so a template exists whole or not at all; a build that was killed leaves only a hidden folder that
the next one removes.
"""

import fcntl
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shop_provisioner import containers, database, images, installer, release, template_sql, warmup
from shop_provisioner.boutique import ADMIN_FOLDER
from shop_provisioner.config import BuildSettings
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import TemplateError
from shop_provisioner.installer import Workshop
from shop_provisioner.release import Release
from shop_provisioner.template import ADDRESS_CACHES, CACHE, COMPILE_PATH, FORMAT, Template, key, load

SECRET_NAMES = ("secret", "cookie_key", "cookie_iv", "new_cookie_key", "api_public_key", "api_private_key")
KEPT_TEMPLATES = 3  # some 350 MB each
Progress = Callable[[str], None]


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
            _prune(shelf)
    if template is None:
        raise TemplateError(command="build", output="the template vanished while it was built")
    return template


def _prune(shelf: Path) -> None:
    """Keeps the newest templates; states hold links to what their boutiques stand on, so an older one is only a cache."""
    paths = sorted(shelf.glob("*/template.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in paths[KEPT_TEMPLATES:]:
        shutil.rmtree(path.parent, ignore_errors=True)


@contextmanager
def _alone(shelf: Path) -> Iterator[None]:
    """One build at a time on this machine; the lock goes with the process."""
    with (shelf / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class _Phases:
    """Announces each phase and keeps its seconds."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.progress(name)
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 2)


def _build(
    settings: BuildSettings, docker: DockerHost, kept: Release, work: Path, digest: str, progress: Progress
) -> None:
    phase = _Phases(progress)
    with phase("copy"):
        missing = installer.prepare_tree(kept, work / "tree")
    if missing:
        progress(f"without {', '.join(missing)}: give them with --language-packs")
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-") as sockets,
        installer.workshop(settings, docker, work, Path(sockets) / "s", database.SCRATCH_OPTIONS) as shop,
    ):
        about, placeholders = _make(shop, phase)
    with phase("manifest"):
        _remove_rendered_pages(shop.tree)
        about |= _manifest(shop.tree, placeholders)
        _finish(work)
    about |= {"format": FORMAT, "digest": digest, "version": kept.version, "release": kept.digest}
    about |= {"admin_folder": ADMIN_FOLDER, "missing_language_packs": missing, "seconds": phase.seconds}
    (work / "done" / "template.json").write_text(json.dumps(about, indent=1))


def _make(shop: Workshop, phase: _Phases) -> tuple[dict[str, Any], dict[str, str]]:
    """Everything that needs the workshop's servers. Returns facts for template.json and the placeholders."""
    with phase("install"):
        installer.install(shop)
        shutil.rmtree(shop.tree / "install")
    with phase("module"):
        module = _install_module(shop)
    with phase("settings"):
        _settle(shop)
        _dump(shop, shop.folder / "dump.sql")
    with phase("warm"):
        pages = _warm(shop)
        compiled = _home_files(shop)
    return {"module": module, "pages": pages, "compile": compiled}, _placeholders(shop)


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


def _dump(shop: Workshop, target: Path) -> None:
    """The database as plain statements: no client directives, so that one session can run it as it is."""
    shop.server.dump(shop.database, target)
    lines = target.read_text(encoding="utf-8").split("\n")
    directives = ("/*", "--", "LOCK TABLES", "UNLOCK TABLES", "DROP TABLE")
    target.write_text("\n".join(line for line in lines if line and not line.startswith(directives)), encoding="utf-8")


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


def _home_files(shop: Workshop) -> list[str]:
    """The PHP files behind the home page: what a new boutique's first visitor would wait to have compiled."""
    with shop.serving() as browser:
        if browser.follow("/").status != 200:
            raise TemplateError(command="warm", output="the home page does not answer with the caches just made")
        scripts: list[str] = json.loads(browser.get(COMPILE_PATH).text)
    for folder in ADDRESS_CACHES:
        _empty(shop.tree / folder)
    return sorted(path.removeprefix(f"{containers.TREE}/") for path in scripts if "/smarty/cache/" not in path)


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


def _remove_rendered_pages(tree: Path) -> None:
    """The back office keeps whole pages, with addresses and tokens, among its compiled templates: never hit again."""
    for name in _grep(tree / "var" / "cache", installer.DOMAIN):
        (tree / "var" / "cache" / name).unlink()


def _finish(work: Path) -> None:
    done = work / "done"
    done.mkdir()
    # Written for Apache and naming the template's domain; nginx does its work.
    (work / "tree" / ".htaccess").unlink(missing_ok=True)
    for name in ("tree", "dump.sql"):
        (work / name).rename(done / name)
