"""Set-up before the first import of a package: the virtual environment of exactly the pinned dependencies.

Runs on the system's Python with nothing but its standard library. The environment lies in the user's cache folder under
the hash of the requirement file, the interpreter and the platform, so a second clone starts at once, and a changed pin makes a new
one beside the old. Made under a temporary name and renamed when whole: an interrupted set-up is simply made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEVELOPMENT_COMMANDS = {"test", "check", "demo", "bench"}


def main(arguments: list[str]) -> None:
    """Ends by becoming `python -m stack` inside the environment."""
    kind = "dev" if arguments and arguments[0] in DEVELOPMENT_COMMANDS else "runtime"
    try:
        python = ensure_environment(REPOSITORY / "requirements" / f"{kind}.txt")
    except SetupError as error:
        sys.exit(f"comptoir: {error}")
    except KeyboardInterrupt:
        sys.exit("\ncomptoir: interrupted; run it again to go on.")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    os.execve(python, [str(python), "-m", "stack", *arguments], environment)


class SetupError(Exception):
    """Something is missing; the text says what and how to get it."""


def cache_dir() -> Path:
    """The user's cache folder (the same rule as stack.state, which cannot be imported yet)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "comptoir"


def ensure_environment(requirements: Path) -> Path:
    """The Python of an environment with `requirements` installed, made if absent."""
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode() + sysconfig.get_platform().encode())
    folder = cache_dir() / "venvs" / f"{requirements.stem}-{key.hexdigest()[:16]}"
    python = folder / "bin" / "python"
    if (folder / ".complete").exists():
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first runs at once: the second waits and finds it made
        if not (folder / ".complete").exists():
            _make(folder, requirements)
    return python


def _make(folder: Path, requirements: Path) -> None:
    """Builds in place (scripts carry absolute paths) and marks it complete as the last act."""
    began = time.monotonic()
    _say(f"setting up {requirements.stem} packages in {folder} …")
    _ensure_venv_module()
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)], "making the virtual environment failed")
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--no-input", "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]  # fmt: skip
    _run(install, "installing the pinned packages failed")
    _run([str(folder / "bin" / "python"), "-m", "compileall", "-q", "-j", "0", str(folder / "lib")], "", check=False)
    (folder / ".complete").touch()
    _say(f"packages ready ({time.monotonic() - began:.0f} s)")


def _ensure_venv_module() -> None:
    """Debian ships venv's pip separately; as root it is installed, else the user is told."""
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError(f"Python's venv module is missing. Install it (Debian: apt-get install {package}).")
    _say(f"installing {package} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=environment, capture_output=True)
    _run(["apt-get", "install", "-q", "-y", "--no-install-recommends", package], f"installing {package} failed")


def _run(command: list[str], problem: str, check: bool = True) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    )
    if check and done.returncode != 0:
        raise SetupError(f"{problem}:\n{(done.stderr or done.stdout).strip()[-1500:]}")


def _say(text: str) -> None:
    print(f"comptoir: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
