"""What is missing on this machine and how to get it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from stack import engine
from stack.state import State, cache_dir

MIN_MEMORY_BYTES = 4 * 1024**3
MIN_DISK_BYTES = 6 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing looked at. An `optional` one does not keep Comptoir from starting."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    optional: bool = False


def blocking() -> list[str]:
    """What keeps `up` from starting, one line each with its remedy; empty when nothing does."""
    if os.geteuid() == 0:
        return (
            [] if _can_install() or engine.answers() else ["Docker Engine: install it and start it (no apt-get here)."]
        )
    lines = [
        "Root is needed: boutiques' files belong to the containers' users, and services run under an account of their own. Use sudo."
    ]
    if not engine.answers():
        lines.append("No Docker Engine answers (as root, Comptoir installs and starts Debian's docker.io itself).")
    return lines


def examine(state: State) -> list[Finding]:
    """Everything `doctor` shows."""
    return [_root(), _engine(), _base_image(), _memory(), _disk(state), _prestashop(), *_programs(), _trusted(state)]


def _can_install() -> bool:
    return shutil.which("apt-get") is not None


def _root() -> Finding:
    name = "root" if os.geteuid() == 0 else "not root"
    return Finding("user", os.geteuid() == 0, name, "Run with sudo.")


def _engine() -> Finding:
    if engine.answers():
        return Finding("Docker Engine", True, str(engine.client(5).version()["Version"]))
    found = "installed, not running" if shutil.which("dockerd") else "not installed"
    remedy = "bin/comptoir up installs and starts it (or: apt-get install docker.io)."
    return Finding("Docker Engine", False, found, remedy, optional=os.geteuid() == 0 and _can_install())


def _base_image() -> Finding:
    present = engine.answers() and any(engine.client(5).images.list(engine.BASE_IMAGE))
    return Finding(
        "base image", present, engine.BASE_IMAGE if present else "absent", "bin/comptoir up pulls or makes it.", True
    )


def _memory() -> Finding:
    size = psutil.virtual_memory().total
    return Finding(
        "memory", size >= MIN_MEMORY_BYTES, f"{size / 1024**3:.1f} GiB", "Give the machine 4 GiB or more.", True
    )


def _disk(state: State) -> Finding:
    folder = next(parent for parent in [state.path, *state.path.parents] if parent.exists())
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk", free >= MIN_DISK_BYTES, f"{free / 1024**3:.1f} GiB free", "Free 6 GiB, or choose another --state."
    )


def _prestashop() -> Finding:
    kept = sorted((cache_dir() / "prestashop").glob("*"))
    remedy = "Give an official release once: bin/comptoir up --prestashop PATH|IMAGE. It is kept in the cache folder."
    return Finding("PrestaShop release", bool(kept), f"{len(kept)} kept" if kept else "none", remedy, optional=True)


def _programs() -> list[Finding]:
    wanted = {
        "chromium": "for demo and the browser tests; bin/comptoir demo and test install it",
        "php": "for the module's tests; bin/comptoir test installs it",
        "certutil": "for bin/comptoir trust in Chromium's store (libnss3-tools)",
        "wrk": "for bin/comptoir bench payments, which installs it",
    }
    return [
        Finding(name, shutil.which(name) is not None, shutil.which(name) or "absent", purpose, optional=True)
        for name, purpose in wanted.items()
    ]


def _trusted(state: State) -> Finding:
    from stack import trust

    trusted = state.root_certificate.exists() and trust.in_system_store(state)
    found = "trusted" if trusted else "not trusted by this system yet"
    return Finding("local authority", trusted, found, "bin/comptoir trust", optional=True)


def system_store() -> Path:
    """Where Debian looks for local authorities."""
    return Path("/usr/local/share/ca-certificates")
