"""`comptoir test` and `comptoir check`: set-up of what the tests need, then the runners. Pytest's summary is the last line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from stack import bootstrap, engine
from stack.processes import REPOSITORY, venv_bin
from stack.progress import Progress

# Beside what the browser needs: the store of its certificates, compose, PHP for the module's tests, the benches' load.
_PACKAGES = (
    "libnss3-tools",
    "docker-compose",
    "phpunit",
    "php-cli",
    "php-xml",
    "php-mbstring",
    "php-intl",
    "php-curl",
    "php-mysql",
    "wrk",
)
_SELECTIONS = {
    "all": "",
    "unit": "not docker and not prestashop and not browser and not e2e and not static",
    "static": "static",
    "module": "module",
    "docker": "docker or prestashop",
    "e2e": "e2e or browser",
}

# Other people's clients of the API, each in an environment of its own: two releases of one package, and nothing of ours with them.
CLIENTS = sorted((REPOSITORY / "requirements").glob("stancer-*.txt"))


def run(arguments: list[str]) -> int:
    """Runs the chosen tests; unknown words and options go to pytest. Returns pytest's exit code."""
    selection = _SELECTIONS[arguments.pop(0)] if arguments and arguments[0] in _SELECTIONS else ""
    progress = Progress()
    with progress.step("Debian packages for the tests"):
        ensure_programs()
    with progress.step("Docker Engine and base image"):
        engine.ensure(Path("/var/log/comptoir-dockerd.log"))
        engine.ensure_base_image()
    with progress.step("environments of other people's clients"):
        for requirements in CLIENTS:
            bootstrap.ensure_environment(requirements)
    command = [venv_bin("python"), "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--durations", "12"]
    if selection:
        command += ["-m", selection]
    return subprocess.run([*command, *arguments], cwd=REPOSITORY, env=environment()).returncode


def ensure_programs() -> None:
    """Installs the Debian packages that are absent. Raises EngineError where that is impossible."""
    engine.ensure_packages(*engine.BROWSER_PACKAGES, *_PACKAGES)


def environment() -> dict[str, str]:
    """The tests' environment: PyPI's and the caller's CA variables would override what a request verifies against."""
    hidden = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


CHECKS: dict[str, list[str]] = {
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy"],
    "imports": ["lint-imports", "--no-cache"],
}


def check() -> int:
    """Every static check, one after the other; the exit code is the number of those that failed."""
    failed = 0
    progress = Progress()
    for name, command in CHECKS.items():
        done = subprocess.run([venv_bin(command[0]), *command[1:]], cwd=REPOSITORY, capture_output=True, text=True)
        failed += done.returncode != 0
        progress.say(f"  {'✗' if done.returncode else '✓'} {name}")
        if done.returncode:
            sys.stdout.write(done.stdout + done.stderr)
    ensure_programs()
    done = subprocess.run(["sh", "prestashop_module/tests/lint.sh"], cwd=REPOSITORY, capture_output=True, text=True)
    failed += done.returncode != 0
    progress.say(f"  {'✗' if done.returncode else '✓'} php lint")
    if done.returncode:
        sys.stdout.write(done.stdout + done.stderr)
    return failed
