"""Commands of the portal: migrate, create-account, compile-translations."""

from __future__ import annotations

import json
import os
import sys

import click
from flask import Flask
from sqlalchemy import create_engine

from merchant_portal import i18n, migrate, opening, runtime
from merchant_portal.application import create_app
from merchant_portal.config import Config, ConfigError
from merchant_portal.errors import PortalError


def _config() -> Config:
    try:
        return Config.from_environment(os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _app() -> Flask:
    return create_app(_config())


@click.group()
def cli() -> None:
    """The merchants' portal."""


@cli.command("migrate")
def migrate_command() -> None:
    """Brings the portal's database to the newest schema and compiles stale catalogues; safe at every start."""
    engine = create_engine(_config().database_url)
    migrate.upgrade(engine)
    engine.dispose()
    i18n.usable_folder()


@cli.command("create-account")
@click.option("--email", required=True, help="Address of the owner; the same address gives the same account.")
@click.option("--password", default=None, help="Password to sign in with; without one, ask for a link in the portal.")
@click.option("--company", default="Atelier Martin", show_default=True, help="Name payers read.")
@click.option("--json", "as_json", is_flag=True, help="Only JSON on standard output.")
def create_account(email: str, password: str | None, company: str, as_json: bool) -> None:
    """A confirmed account with its merchant in the core. Prints the merchant's id."""
    with _app().app_context():
        try:
            merchant = opening.open_or_find(email, password, company, runtime.now())
        except PortalError as error:
            raise click.ClickException(f"no account was made: {error}") from error
    click.echo(json.dumps({"merchant": merchant}) if as_json else merchant)


@cli.command("compile-translations")
def compile_translations() -> None:
    """Compiles catalogues that are newer than their compiled form."""
    for path in i18n.compile_stale():
        click.echo(str(path))


if __name__ == "__main__":
    sys.exit(cli())
