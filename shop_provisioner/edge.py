"""A boutique's place at the edge: marker files the edge looks for at each request, changed by one rename.

``<hosts>/<domain>/running`` or ``suspended``, and ``app``, a link to the run folder with the boutique's socket. No folder: no
certificate and a 404 page.
"""

import os
import secrets
import shutil
from pathlib import Path

RUNNING, SUSPENDED = "running", "suspended"


def place(hosts: Path, domain: str, run: Path, marker: str) -> None:
    """Makes the domain answer (``running``) or say it rests (``suspended``). Can be repeated."""
    hosts.mkdir(parents=True, exist_ok=True)
    folder = hosts / domain
    other = SUSPENDED if marker == RUNNING else RUNNING
    if not folder.is_dir():
        new = hosts / f".new-{secrets.token_hex(6)}"
        new.mkdir(mode=0o755)
        (new / "app").symlink_to(run)
        (new / marker).touch(mode=0o644)
        new.rename(folder)
        return
    if not (folder / "app").is_symlink() or os.readlink(folder / "app") != str(run):
        link = folder / f".app-{secrets.token_hex(6)}"
        link.symlink_to(run)
        link.replace(folder / "app")
    if (folder / other).exists():
        (folder / other).rename(folder / marker)
    elif not (folder / marker).exists():
        (folder / marker).touch(mode=0o644)


def remove(hosts: Path, domain: str) -> None:
    """Makes the domain unknown, at once and whole."""
    gone = hosts / f".gone-{secrets.token_hex(6)}"
    try:
        (hosts / domain).rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def marker(hosts: Path, domain: str) -> str | None:
    """What the edge sees: running, suspended or nothing."""
    for name in (SUSPENDED, RUNNING):
        if (hosts / domain / name).exists():
            return name
    return None


def domains(hosts: Path) -> set[str]:
    """Every domain placed; removes leftovers of interrupted changes."""
    found = set()
    for path in hosts.iterdir() if hosts.is_dir() else ():
        if path.name.startswith(".gone-"):
            shutil.rmtree(path, ignore_errors=True)
        elif not path.name.startswith("."):
            found.add(path.name)
    return found
