"""Commands of the core: `python -m payments_core.cli …`."""

from __future__ import annotations

import json
import os
import sys

import click

from payments_core import create_app, ledger_check, migrating, rotation, stored_payments
from payments_core import sweep as sweeping
from payments_core.config import Config, ConfigError
from payments_core.runtime import runtime


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Payments core."""
    try:
        app = create_app(Config.from_environment(os.environ), doors=())
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    context.with_resource(app.app_context())


@cli.command()
@click.option("--to", "revision", default="head", show_default=True, help="revision to upgrade to")
def migrate(revision: str) -> None:
    """Bring the database to the newest revision; nothing happens when it is there."""
    migrating.upgrade(revision)
    click.echo("database is up to date")


@cli.command("migrate-down")
@click.argument("revision")
def migrate_down(revision: str) -> None:
    """Take the database back to REVISION ("base" removes every table)."""
    migrating.downgrade(revision)
    click.echo(f"database is at {revision}")


@cli.command("check-ledger")
def check_ledger() -> None:
    """Reconcile balances with business records; exit code 1 when something differs."""
    report = ledger_check.check()
    click.echo(json.dumps(report.as_json(), indent=2))
    sys.exit(0 if report.balanced else 1)


@cli.command("sweep")
def sweep() -> None:
    """Run one sweep by hand, webhooks excepted."""
    click.echo(json.dumps(sweeping.sweep()))


@cli.command("rotate-vault")
def rotate_vault() -> None:
    """Seal again, with the current CORE_SECRET_KEY, what a former one sealed."""
    click.echo(json.dumps(rotation.rotate()))


@cli.command("store-test-payments")
@click.argument("total", type=click.IntRange(min=1))
def store_test_payments(total: int) -> None:
    """For benches: bring the test payments of merchants whose reference starts with bench- to TOTAL."""
    try:
        click.echo(json.dumps(stored_payments.fill(total, runtime().clock())))
    except stored_payments.NoMerchants as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    cli()
