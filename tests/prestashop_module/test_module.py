"""The PrestaShop module's own checks and tests, run by PHP; what it keeps in a database runs against a real MariaDB."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from shop_provisioner.database import Server
from stack.processes import REPOSITORY

pytestmark = [pytest.mark.module, pytest.mark.docker, pytest.mark.xdist_group("docker")]


def test_every_php_file_is_valid() -> None:
    done = subprocess.run(["sh", "prestashop_module/tests/lint.sh"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


@pytest.fixture
def database(mariadb: Server) -> Iterator[dict[str, str]]:
    """An empty database with its own user, as the module's tests read it from the environment."""
    mariadb.create("module", "modulepassword")
    yield {
        "COMPTOIR_TEST_DSN": f"mysql:unix_socket={mariadb.socket};dbname=module;charset=utf8mb4",
        "COMPTOIR_TEST_USER": "module",
        "COMPTOIR_TEST_PASSWORD": "modulepassword",
    }
    mariadb.drop("module")


def test_the_modules_own_tests_pass_and_none_is_skipped(database: dict[str, str]) -> None:
    phpunit = shutil.which("phpunit")
    assert phpunit is not None
    done = subprocess.run(
        [phpunit, "-c", "phpunit.xml"],
        cwd=REPOSITORY / "prestashop_module",
        capture_output=True,
        text=True,
        env={**os.environ, **database},
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "OK (" in done.stdout, done.stdout[-2000:]
