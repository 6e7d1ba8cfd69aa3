"""Makes this machine trust the local certificate authority: the system's store and Chromium's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from stack import engine
from stack.lifecycle import StartError
from stack.state import State

_SYSTEM_STORE = Path("/usr/local/share/ca-certificates")


def _name(state: State) -> str:
    return f"comptoir-{state.instance}"


def in_system_store(state: State) -> bool:
    """Whether the system's store holds this state's authority."""
    file = _SYSTEM_STORE / f"{_name(state)}.crt"
    return file.exists() and file.read_bytes() == state.root_certificate.read_bytes()


def install(state: State) -> list[str]:
    """Adds the authority to the system's store and to Chromium's of the calling user; says what it did, line by line."""
    if not state.root_certificate.exists():
        raise StartError("There is no local authority yet. Run up first.")
    return [_into_system_store(state), _into_chromium_store(state, Path.home())]


def _into_system_store(state: State) -> str:
    if in_system_store(state):
        return "system store: trusted already"
    if os.geteuid() != 0:
        return "system store: needs root (sudo bin/comptoir trust)"
    _SYSTEM_STORE.mkdir(parents=True, exist_ok=True)
    shutil.copy(state.root_certificate, _SYSTEM_STORE / f"{_name(state)}.crt")
    subprocess.run(["update-ca-certificates"], check=True, capture_output=True)
    return "system store: added"


def _into_chromium_store(state: State, home: Path) -> str:
    """Chromium on Linux reads the NSS database under ~/.pki; certutil writes it."""
    if shutil.which("certutil") is None:
        try:
            engine.apt_install("libnss3-tools")
        except engine.EngineError:
            return "Chromium's store: certutil is missing (apt-get install libnss3-tools)"
    database = home / ".pki" / "nssdb"
    if not (database / "cert9.db").exists():
        database.mkdir(parents=True, exist_ok=True)
        subprocess.run(["certutil", "-d", f"sql:{database}", "-N", "--empty-password"], check=True)
    add = [
        "certutil",
        "-d",
        f"sql:{database}",
        "-A",
        "-t",
        "C,,",
        "-n",
        _name(state),
        "-i",
        str(state.root_certificate),
    ]
    subprocess.run(["certutil", "-d", f"sql:{database}", "-D", "-n", _name(state)], capture_output=True)
    subprocess.run(add, check=True)
    return "Chromium's store: added"


def chromium_home(state: State) -> Path:
    """A home folder whose Chromium trusts this state's authority, for headless runs that leave the user's own alone."""
    home = state.path / "browser-home"
    home.mkdir(exist_ok=True)
    _into_chromium_store(state, home)
    return home
