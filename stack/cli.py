"""The commands of `bin/comptoir`. Each is thin: it reads options, calls one function and prints its result."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import docker.errors

from stack import bootstrap, deployment, engine, health, lifecycle, merchants, supervision, testing, trust, versions
from stack import doctor as doctor_module
from stack.compose.cli import compose_group, images_group
from stack.progress import Progress
from stack.state import State


def state_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--state DIR`, the same for every command."""
    return click.option(
        "--state", "state", type=click.Path(file_okay=False), default="./var", show_default=True,
        callback=lambda _context, _parameter, value: State.at(value), help="Folder of everything this stack keeps.",
    )(command)  # fmt: skip


json_option = click.option("--json", "as_json", is_flag=True, help="Only JSON on stdout.")


class Commands(click.Group):
    """Turns errors made for people into one message and exit code 1; tracebacks are for defects."""

    def invoke(self, context: click.Context) -> Any:
        """Runs the chosen command."""
        try:
            return super().invoke(context)
        except (bootstrap.SetupError, lifecycle.StartError, engine.EngineError, merchants.MerchantError) as error:
            raise click.ClickException(str(error)) from error
        except docker.errors.DockerException as error:
            raise click.ClickException(f"The Docker Engine refused: {error}") from error
        except KeyboardInterrupt:
            click.echo("\ncomptoir: interrupted; run it again to go on.", err=True)
            sys.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def comptoir() -> None:
    """Comptoir: boutiques, payments and payouts on one machine."""


comptoir.add_command(images_group)
comptoir.add_command(compose_group)


@comptoir.command()
@state_option
@click.option("--detach", is_flag=True, help="Return as soon as all is healthy.")
@click.option("--port", type=click.IntRange(1, 65534), help="https port; the next one is http.  [default: 8443]")
@click.option(
    "--prestashop",
    metavar="PATH|IMAGE",
    help="An official PrestaShop release: folder, zip or image name. Kept for later runs.",
)
@click.option("--language-packs", metavar="DIR", help="Folder with sf-<locale>.zip language packs for the template.")
def up(state: State, detach: bool, port: int | None, prestashop: str | None, language_packs: str | None) -> None:
    """Set up what is missing, then run everything."""
    if missing := doctor_module.blocking():
        raise click.ClickException("Comptoir cannot start here:\n" + "\n".join(f"  - {line}" for line in missing))
    progress = Progress()
    try:
        lifecycle.bring_up(state, port, progress)
        if not lifecycle.prepare_template(state, progress, prestashop, language_packs):
            progress.say("  ! no PrestaShop release: boutiques cannot be created yet (give one with --prestashop)")
    except KeyboardInterrupt:
        lifecycle.take_down(state, Progress(quiet=True))
        raise
    _say_what_next(state)
    if not detach:
        _wait_in_the_foreground(state)


def _say_what_next(state: State) -> None:
    addresses = lifecycle.addresses(state)
    click.echo(f"\nComptoir is up. Open {addresses['portal']}", err=True)
    click.echo(
        f"  mails {addresses['mail']}   API {addresses['api']}   payment page {addresses['payment_page']}", err=True
    )
    click.echo("  The browser does not know the local certificate authority yet? Run: bin/comptoir trust", err=True)
    click.echo("  See the whole story live: bin/comptoir demo", err=True)


def _wait_in_the_foreground(state: State) -> None:
    """Until Ctrl-C or SIGTERM; then everything stops, containers included."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    click.echo("  Ctrl-C stops it.", err=True)
    while not ended.wait(2):
        if not supervision.running(state):
            raise lifecycle.StartError(f"The supervisor ended; see {state.logs}/supervisor.log")
    lifecycle.take_down(state, Progress())


@comptoir.command()
@state_option
def down(state: State) -> None:
    """Stop everything of this state. Data stays."""
    deployment.take_down(state, Progress())


@comptoir.command()
@state_option
@json_option
def status(state: State, as_json: bool) -> None:
    """Each process, the addresses and the versions. Exit code 0 when all is healthy."""
    running = state.exists and deployment.running(state)
    processes = deployment.report(state) if state.exists else []
    addresses = lifecycle.addresses(state) if state.exists else {}
    report = {
        "processes": processes,
        "addresses": addresses,
        "versions": versions.report(),
        "prestashop": lifecycle.template_status(state) if running else None,
    }
    if as_json:
        click.echo(json.dumps(report, indent=1))
    else:
        for process in processes:
            click.echo(
                f"  {'✓' if process['state'] == health.HEALTHY else '✗'} {process['name']:<16} {process['state']}"
            )
        for name, address in addresses.items():
            click.echo(f"    {name:<14} {address}")
        if not processes:
            click.echo(f"Nothing runs in {state.path}. Start it: {deployment.how_to_start(state)}")
    sys.exit(0 if processes and all(process["state"] == health.HEALTHY for process in processes) else 1)


@comptoir.command()
@state_option
@json_option
def doctor(state: State, as_json: bool) -> None:
    """What is missing on this machine and how to get it."""
    findings = doctor_module.examine(state)
    if as_json:
        click.echo(json.dumps([finding.__dict__ for finding in findings], indent=1))
    else:
        for finding in findings:
            click.echo(f"  {'✓' if finding.ok else '✗'} {finding.name}: {finding.found}")
            if not finding.ok:
                click.echo(f"      {finding.remedy}")
    sys.exit(0 if all(finding.ok or finding.optional for finding in findings) else 1)


@comptoir.command(name="trust")
@state_option
def trust_command(state: State) -> None:
    """Add the local certificate authority to the system's and Chromium's stores."""
    for line in trust.install(state):
        click.echo(line)


@comptoir.group()
def merchant() -> None:
    """Merchants."""


@merchant.command(name="create")
@state_option
@json_option
@click.option("--email", required=True)
def merchant_create(state: State, email: str, as_json: bool) -> None:
    """Make a merchant with a confirmed account; print its keys and addresses."""
    created = merchants.create(state, email)
    if as_json:
        click.echo(json.dumps(created, indent=1))
        return
    click.echo(f"merchant      {created['merchant']}")
    for name, key in created["keys"].items():
        click.echo(f"{name:<13} {key}")
    for name in ("api", "payment_page", "portal", "ca"):
        click.echo(f"{name:<13} {created[name]}")


@comptoir.group()
def template() -> None:
    """The installed PrestaShop that every boutique starts from."""


@template.command(name="build")
@state_option
@click.option("--prestashop", metavar="PATH|IMAGE")
@click.option("--language-packs", metavar="DIR")
def template_build(state: State, prestashop: str | None, language_packs: str | None) -> None:
    """Install a release once and keep it as the template."""
    if missing := doctor_module.blocking():
        raise click.ClickException("\n".join(missing))
    progress = Progress()
    state.prepare()
    with progress.step("Docker Engine"):
        engine.ensure(state.logs / "dockerd.log")
        engine.ensure_base_image()
    if not lifecycle.prepare_template(state, progress, prestashop, language_packs):
        raise click.ClickException("No PrestaShop release is known. Give an official one with --prestashop PATH|IMAGE.")


@comptoir.command(context_settings={"ignore_unknown_options": True})
@click.argument("what", nargs=-1, type=click.UNPROCESSED)
def test(what: tuple[str, ...]) -> None:
    """Run the tests: all, or unit, module, docker, e2e; further arguments go to pytest."""
    sys.exit(testing.run(list(what)))


@comptoir.command()
def check() -> None:
    """Run every static check: ruff, mypy, import rules, PHP lint, locked requirements."""
    sys.exit(testing.check())


@comptoir.command()
@state_option
@click.option("--port", type=click.IntRange(1, 65534), help="https port when the stack is not up yet.")
@click.option(
    "--pictures", type=click.Path(file_okay=False, path_type=Path), help="Keep a screenshot of every page here."
)
def demo(state: State, port: int | None, pictures: Path | None) -> None:
    """Tell the whole story live and check every step."""
    from stack.demo import run

    sys.exit(run(state, port, pictures))


@comptoir.command()
@click.argument("name")
@state_option
@json_option
@click.option("--prestashop", metavar="PATH|IMAGE")
@click.option("--full", is_flag=True, help="Adds the largest sizes.")
def bench(name: str, state: State, as_json: bool, prestashop: str | None, full: bool) -> None:
    """Measure something: boutique, payments."""
    from stack.bench import run

    sys.exit(run(name, as_json=as_json, prestashop=prestashop, full=full))
