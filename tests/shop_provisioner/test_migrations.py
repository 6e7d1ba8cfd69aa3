"""The schema: up and down, the same as the models, and the portal's role sees the views and nothing else."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from shop_provisioner.db.migrate import downgrade, upgrade
from shop_provisioner.db.models import Base

VIEWS = {"portal_boutiques", "portal_commands", "portal_domains", "portal_provisioning"}


def test_the_schema_goes_up_down_and_up_again_and_matches_the_models(postgres: Any) -> None:
    engine = create_engine(postgres.create_database("migrations"))
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert set(inspect(engine).get_view_names()) == VIEWS
    downgrade(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert inspect(engine).get_view_names() == []
    upgrade(engine)
    engine.dispose()


def test_the_portals_role_reads_the_views_only(postgres: Any) -> None:
    engine = create_engine(postgres.create_database("grants"))
    role = f"viewer_{engine.url.database}"
    with engine.begin() as connection:
        connection.execute(text(f'CREATE ROLE "{role}"'))
    upgrade(engine, role)
    with engine.connect() as connection:
        connection.execute(text(f'SET ROLE "{role}"'))
        for view in VIEWS:
            connection.execute(text(f"SELECT * FROM {view}"))
        connection.commit()
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("SELECT * FROM boutique"))
        connection.rollback()
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("DELETE FROM portal_commands"))
        connection.rollback()
        connection.execute(text("RESET ROLE"))
        connection.execute(text(f'DROP OWNED BY "{role}"'))
        connection.execute(text(f'DROP ROLE "{role}"'))
        connection.commit()
    engine.dispose()
