"""Migrations go up, all the way down, and up again, and leave exactly what the models say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import inspect, text

from payments_core import create_app, migrating, policy
from payments_core.cli import cli
from payments_core.db import Base, db
from payments_core.policy import default_settings
from tests.payments_core.conftest import SECRET_KEY, config_for


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_up_down_up_step_by_step(postgres: Any) -> None:
    with create_app(config_for(postgres.create_database("up_down")), doors=()).app_context():
        migrating.upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
            scripts = ScriptDirectory.from_config(migrating.configuration(connection))
            revisions = [script.revision for script in scripts.walk_revisions()]
        for revision in [*revisions[1:], "base"]:
            migrating.downgrade(revision)
        assert tables() == set()
        with db.engine.connect() as connection:
            left = text(
                "SELECT count(*) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
            )
            assert connection.scalar(left) == 0
        for revision in reversed(revisions):
            migrating.upgrade(revision)
        assert tables() == set(Base.metadata.tables)
        migrating.upgrade()
        db.engine.dispose()


def test_the_first_policy_is_the_domains_table(core: Any) -> None:
    row = db.session.execute(text("SELECT settings FROM policy_versions WHERE version = 1")).scalar_one()
    assert row == default_settings()
    policy.forget_cache()


def test_the_commands_migrate_check_and_rotate(postgres: Any, monkeypatch: Any) -> None:
    import json

    settings = {
        "DATABASE_URL": postgres.create_database("cli"),
        "REDIS_URL": "redis://127.0.0.1:1",
        "SECRET_KEY": SECRET_KEY.hex(),
        "PLATFORM_TOKENS": json.dumps({"portal": "x" * 20}),
        "API_URL": "https://api.localhost:8443",
        "PAYMENT_URL": "https://payment.localhost:8443",
        "THREEDS_URL": "https://3ds.localhost:8443",
        "PORTAL_URL": "https://portal.localhost:8443",
        "BOUTIQUES_DOMAIN": "localhost",
        "EDGE_ADDRESS": "127.0.0.1:8443",
        "CA_BUNDLE": "/nowhere",
    }
    environment = {f"CORE_{name}": value for name, value in settings.items()}
    run = CliRunner()
    for _ in range(2):
        assert run.invoke(cli, ["migrate"], env=environment).exit_code == 0
    checked = run.invoke(cli, ["check-ledger"], env=environment)
    assert checked.exit_code == 0
    assert json.loads(checked.output) == {"balanced": True, "entries": 0, "differences": []}
    assert run.invoke(cli, ["sweep"], env=environment).exit_code == 0
    assert run.invoke(cli, ["rotate-vault"], env=environment).exit_code == 0
    assert run.invoke(cli, ["migrate-down", "base"], env=environment).exit_code == 0
    del environment["CORE_CA_BUNDLE"], environment["CORE_API_URL"]
    missing = run.invoke(cli, ["migrate"], env={**environment, "CORE_CA_BUNDLE": "", "CORE_API_URL": ""})
    assert missing.exit_code == 1
    assert "CORE_API_URL, CORE_CA_BUNDLE" in missing.output


def test_several_that_start_at_once_wait_for_one_another(postgres: Any) -> None:
    app = create_app(config_for(postgres.create_database("at_once")), doors=())

    def start(_: int) -> None:
        with app.app_context():
            migrating.upgrade()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(start, range(3)))
    with app.app_context():
        assert tables() == set(Base.metadata.tables)
        db.engine.dispose()
