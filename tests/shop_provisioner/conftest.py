"""Fixtures of the provisioner's tests. The heavy ones live as long as the test process."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shop_provisioner import db, release, template, template_build
from shop_provisioner.config import BuildSettings, Settings
from shop_provisioner.db.migrate import upgrade
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.payments_client import PaymentsClient
from shop_provisioner.provisioner import Provisioner
from tests.shop_provisioner import lab as laboratory
from tests.shop_provisioner.factories import make_settings, make_template


@pytest.fixture(scope="session", autouse=True)
def _own_authorities() -> Iterator[None]:
    """PyPI's and the caller's CA variables would override what a connection is verified against."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def built_template(docker_host: DockerHost) -> template.Template:
    """The template of the kept release, built now when this code or the module changed since."""
    settings = BuildSettings(cache_dir=laboratory.CACHE, instance=docker_host.instance)
    if not release.kept(settings):
        pytest.skip(f"no PrestaShop release in {settings.cache_dir}: give one once with `{release.HOW}`")
    return template_build.build(settings, docker_host)


@pytest.fixture(scope="session")
def lab(postgres: Any, built_template: template.Template) -> Iterator[laboratory.Lab]:
    """Everything real: edge, mail, engine, MariaDB, the template."""
    with laboratory.running(postgres.create_database("provisioner")) as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.fixture
def provisioner(postgres: Any, settings: Settings) -> Iterator[Provisioner]:
    """A provisioner with a migrated database and a template, but no engine: for what needs none."""
    settings = replace(settings, database_url=postgres.create_database("provisioner"))
    make_template(settings)
    engine = db.make_engine(settings.database_url)
    upgrade(engine)
    payments = PaymentsClient(settings)
    nothing: Any = None
    yield Provisioner(settings, engine, db.make_sessions(engine), nothing, nothing, payments)
    payments.close()
    engine.dispose()
    shutil.rmtree(settings.state_dir, ignore_errors=True)
