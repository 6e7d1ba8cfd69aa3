"""A terminal on the command line: `python -m terminal_sim --folder DIR …`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from terminal_sim import config, receipts, telecollection
from terminal_sim.errors import TerminalError
from terminal_sim.journal import Journal, Sale
from terminal_sim.terminal import Terminal

json_option = click.option("--json", "as_json", is_flag=True, help="Only JSON on stdout.")


class Commands(click.Group):
    """Errors for people become one line and exit code 1."""

    def invoke(self, context: click.Context) -> Any:
        """Runs the chosen command."""
        try:
            return super().invoke(context)
        except TerminalError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands)
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The terminal's memory."
)
@click.pass_context
def cli(context: click.Context, folder: Path) -> None:
    """A payment terminal."""
    context.obj = folder


def _terminal(folder: Path) -> Terminal:
    enrolment = config.load(folder)
    return Terminal(enrolment, Journal(folder), lambda: datetime.now().astimezone())  # noqa: TID251  its own clock


@cli.command()
@click.argument("file", type=click.File())
@click.pass_obj
def enrol(folder: Path, file: Any) -> None:
    """Keep the enrolment given by the host (a JSON file, - for standard input)."""
    try:
        data = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"Ce n'est pas du JSON : {error}") from error
    enrolment = config.enrol(folder, data)
    click.echo(f"Terminal {enrolment.terminal} prêt. Cartes : {', '.join(card.name for card in enrolment.cards)}")


@cli.command()
@click.option("--amount", type=int, required=True, help="Minor units.")
@click.option("--card", required=True, help="A card of the drawer.")
@click.option("--pin", prompt=True, hide_input=True)
@json_option
@click.pass_obj
def sell(folder: Path, amount: int, card: str, pin: str, as_json: bool) -> None:
    """Sell by chip and PIN. Exit code 0 only when approved."""
    terminal = _terminal(folder)
    sale = terminal.sell(amount, terminal.enrolment.card(card), pin)
    _show(terminal, sale, as_json)
    sys.exit(0 if sale.state == "approved" else 3)


@cli.command()
@click.argument("number")
@json_option
@click.pass_obj
def cancel(folder: Path, number: str, as_json: bool) -> None:
    """Cancel an approved sale before its telecollection."""
    terminal = _terminal(folder)
    _show(terminal, terminal.cancel(number), as_json)


@cli.command()
@json_option
@click.pass_obj
def telecollect(folder: Path, as_json: bool) -> None:
    """Send the approved sales and their totals. Exit code 0 when agreed or nothing was there."""
    report = telecollection.collect(_terminal(folder))
    if as_json:
        click.echo(json.dumps(asdict(report) if report else None))
    elif report is None:
        click.echo("Rien à télécollecter.")
    else:
        word = "acceptée" if report.agreed else f"refusée (serveur : {report.host_count}, {report.host_total})"
        click.echo(f"Remise {report.batch} {word} : {report.count} ventes, {report.total} centimes")
    sys.exit(0 if report is None or report.agreed else 3)


@cli.command()
@json_option
@click.pass_obj
def status(folder: Path, as_json: bool) -> None:
    """Whether the host answers, and the journal."""
    terminal = _terminal(folder)
    online, recovered = terminal.echo(), terminal.recover()
    sales = terminal.journal.sales()
    if as_json:
        click.echo(
            json.dumps({"online": online, "recovered": len(recovered), "sales": [asdict(sale) for sale in sales]})
        )
        return
    click.echo("En ligne" if online else "Le serveur refuse ce terminal")
    for sale in sales:
        click.echo(f"{sale.number}  {sale.state:10}  {sale.amount / 100:>10.2f}  {sale.masked}")


def _show(terminal: Terminal, sale: Sale, as_json: bool) -> None:
    copies = {copy: receipts.receipt(sale, terminal.enrolment, copy) for copy in receipts.wanted(sale)}
    if as_json:
        click.echo(json.dumps({**asdict(sale), "receipts": copies}))
    else:
        click.echo("\n\n".join(copies.values()))
