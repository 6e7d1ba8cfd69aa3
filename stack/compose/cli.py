"""The commands for running Comptoir as containers: `images build` and `compose setup`."""

from __future__ import annotations

from pathlib import Path

import click

from stack.compose import images, setup
from stack.progress import Progress
from stack.state import State


@click.group(name="images")
def images_group() -> None:
    """Container images."""


@images_group.command(name="build")
@click.option("--offline", is_flag=True, help="Ask no registry: make every image from Debian's packages.")
def images_build(offline: bool) -> None:
    """Pull the servers' images, or make them where no registry answers; build ours."""
    images.ensure(Progress(), offline)


@click.group(name="compose")
def compose_group() -> None:
    """Comptoir as containers of docker compose."""


@compose_group.command(name="setup")
@click.option("--state", "folder", type=click.Path(file_okay=False), default=setup.DEFAULT_STATE, show_default=True,
              help="Folder of everything the services share.")  # fmt: skip
@click.option("--env-file", type=click.Path(dir_okay=False, path_type=Path), default=setup.DEFAULT_ENV_FILE,
              help="Where the settings go, secrets included.  [default: .env beside docker-compose.yml]")  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65534), help="https port; the next one is http.  [default: 8443]")
def compose_setup(folder: str, env_file: Path, port: int | None) -> None:
    """Choose ports, mint secrets, write the env file. Run it again after an update: it keeps what is there."""
    state = State.at(folder)
    setup.prepare(state, env_file, port)
    given = "" if env_file == setup.DEFAULT_ENV_FILE else f" --env-file {env_file}"
    click.echo(f"{env_file} is ready. Next:", err=True)
    click.echo("  bin/comptoir images build", err=True)
    click.echo(f"  docker compose{given} up -d", err=True)
    click.echo(f"  bin/comptoir status --state {folder}   then open {state.url('portal')}", err=True)
