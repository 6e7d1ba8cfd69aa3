"""Commands of the provisioner: ``python -m shop_provisioner.cli --help``."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from shop_provisioner import config, db, images, installer, pool, reconcile, release, sweep, template, template_build
from shop_provisioner.db.migrate import upgrade
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import ProvisionerError
from shop_provisioner.provisioner import connect


class _Group(click.Group):
    """Expected errors end with one line, not a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ProvisionerError as error:
            click.echo(f"{error.code}: {json.dumps(error.params, ensure_ascii=False, default=str)}", err=True)
            sys.exit(1)


@click.group(cls=_Group)
def cli() -> None:
    """Boutiques: migrations, images, template, pool."""


def _progress() -> Callable[[str], None]:
    started = time.monotonic()
    return lambda line: click.echo(f"{time.monotonic() - started:6.1f} s  {line}", err=True)


@cli.group(name="images")
def images_group() -> None:
    """Container images."""


@images_group.command(name="build")
def images_build() -> None:
    """Builds the boutique and MariaDB images when they are absent."""
    settings = config.load_build()
    images.ensure(settings, DockerHost(settings.instance), _progress())
    click.echo(images.boutique_image(settings))
    click.echo(images.mariadb_image(settings))


@cli.group(name="template")
def template_group() -> None:
    """The installed PrestaShop that boutiques are made from."""


@template_group.command(name="build")
@click.option("--prestashop", default="", help="Release folder, zip or image name; kept for later.")
@click.option("--language-packs", default="", help="Folder with sf-fr-FR.zip and sf-en-US.zip; kept for later.")
def build_template(prestashop: str, language_packs: str) -> None:
    """Builds the template unless it exists."""
    settings = config.load_build()
    settings = replace(
        settings,
        prestashop=prestashop or settings.prestashop,
        language_packs=language_packs or settings.language_packs,
    )
    built = template_build.build(settings, DockerHost(settings.instance), _progress())
    click.echo(f"{built.version} {built.folder}")


@template_group.command(name="status")
@click.option("--json", "as_json", is_flag=True)
def template_status(as_json: bool) -> None:
    """Says whether boutiques can be created, and what is missing."""
    settings = config.load_build()
    status: dict[str, object] = {"releases": [r.version for r in release.kept(settings)]}
    try:
        found = template.find(settings)
        status |= {"available": True, "template": str(found.folder)}
        status |= {name: found.about[name] for name in ("version", "module", "pages", "seconds")}
    except ProvisionerError as error:
        status |= {"available": False, "missing": error.params}
    click.echo(json.dumps(status) if as_json else "\n".join(f"{name}: {value}" for name, value in status.items()))


@template_group.command(name="time-installer")
def template_time_installer() -> None:
    """Runs the release's own installer once and prints {"seconds"} up to its first HTTP 200; keeps nothing."""
    settings = config.load_build()
    host = DockerHost(settings.instance)
    images.ensure(settings, host, _progress())
    with tempfile.TemporaryDirectory(prefix="cpt-installer-") as folder:
        sockets = Path(folder) / "s"
        sockets.mkdir()
        Path(folder).chmod(0o755)
        seconds = installer.measure(settings, host, release.resolve(settings), Path(folder) / "w", sockets)
    click.echo(json.dumps({"seconds": seconds}))


@cli.command()
def migrate() -> None:
    """Brings the database to the present schema and grants the portal's role its views."""
    settings = config.load()
    engine = db.make_engine(settings.database_url)
    upgrade(engine, settings.view_role)
    engine.dispose()


@cli.command()
def down() -> None:
    """Removes every container and volume of this instance; files and databases stay."""
    settings = config.load_build()
    containers, volumes = DockerHost(settings.instance).remove_everything()
    click.echo(f"{containers} containers, {volumes} volumes removed")


@cli.group(name="pool")
def pool_group() -> None:
    """The warm pool."""


@pool_group.command(name="status")
@click.option("--json", "as_json", is_flag=True)
def pool_status(as_json: bool) -> None:
    """How many members are ready, of how many wanted."""
    p = connect(config.load())
    status = {"ready": pool.ready(p), "size": p.settings.pool_size}
    click.echo(json.dumps(status) if as_json else f"{status['ready']} of {status['size']} ready")


@pool_group.command(name="fill")
def pool_fill() -> None:
    """Fills the pool now and waits until it is full."""
    p = connect(config.load())
    sweep.sweep(p, lambda boutique_id, repair: reconcile.reconcile(p, boutique_id, repair=repair))
    click.echo(f"{pool.ready(p)} of {p.settings.pool_size} ready")


if __name__ == "__main__":
    cli()
