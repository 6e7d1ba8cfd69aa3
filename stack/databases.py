"""The roles and databases of the three services, on whichever PostgreSQL server an address leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

DATABASES = {"payments": "core", "portal": "portal", "provisioner": "provisioner"}  # database: role that owns it
VIEW_ROLE = "portal_view"  # the portal's, which reads the provisioner's views
ROLES = (*DATABASES.values(), VIEW_ROLE)


def prepare(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Makes what is absent and sets every role's password (by role name) again; safe to repeat."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in ROLES:
            _ensure_role(connection, role, passwords[role])
        for database, owner in DATABASES.items():
            _ensure_database(connection, database, owner)
        grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
        connection.execute(grant.format(sql.Identifier("provisioner"), sql.Identifier(VIEW_ROLE)))


def _ensure_role(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), password))


def _ensure_database(connection: psycopg.Connection[Any], database: str, owner: str) -> None:
    """Nobody but its owner may connect, and those granted it later."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    name, role = sql.Identifier(database), sql.Identifier(owner)
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
    connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))
