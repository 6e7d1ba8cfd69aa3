"""PrestaShop's own command-line installer, run in a scratch place: a copy of the release and a MariaDB of its own.

The template is made from it once per release; the bench runs it to compare.
"""

import json
import secrets
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import certifi

from shop_provisioner import containers, database, images
from shop_provisioner.boutique import ADMIN_FOLDER, WEB_UID
from shop_provisioner.config import BuildSettings
from shop_provisioner.database import Server
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import TemplateError
from shop_provisioner.http_socket import Browser, accepts
from shop_provisioner.release import LOCALES, Release
from shop_provisioner.specs import Bind, ContainerSpec

DOMAIN = "template.boutique.invalid"  # RFC 6761: never resolves; replaced in every boutique
ADMIN_EMAIL = "modele@boutique.invalid"
MODULE = Path(__file__).parents[1] / "prestashop_module" / "comptoir"


@dataclass
class Workshop:
    """A scratch folder with a tree, sockets and a MariaDB, and the commands that run in them."""

    docker: DockerHost
    image: str
    folder: Path
    server: Server
    secret: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def database(self) -> str:
        """Also user and, doubled, password: unmistakable texts, to be found in the cache later."""
        return f"tpl_{self.secret}"

    @property
    def admin_password(self) -> str:
        return f"Modele-{self.secret}"

    def browser(self) -> Browser:
        return Browser(self.folder / "web" / "web.sock", DOMAIN)

    def spec(self, name: str, **changes: object) -> ContainerSpec:
        folder = self.folder
        spec = ContainerSpec(
            name=f"comptoir-{self.docker.instance}-workshop-{name}-{self.secret}",
            image=self.image,
            binds=(
                Bind(str(self.tree), containers.TREE),
                Bind(str(folder / "web"), "/run/web"),
                Bind(str(folder / "private"), "/run/comptoir", read_only=True),
                Bind(str(self.server.sockets), "/run/mysqld", read_only=True),
                Bind(str(folder / "doors"), "/run/edge", read_only=True),
                Bind(str(folder / "doors"), "/run/mail", read_only=True),
            ),
            environment={"EDGE_PORT": "443", "ADMIN_FOLDER": ADMIN_FOLDER},
            tmpfs=containers.WEB_TMPFS,
        )
        return replace(spec, **changes)  # type: ignore[arg-type]

    def php(self, *arguments: str) -> str:
        """Runs the PHP command line as www-data in the tree. Returns its output; raises TemplateError."""
        spec = self.spec("php", entrypoint=("php",), command=arguments, user=f"{WEB_UID}:{WEB_UID}")
        code, output = self.docker.run_once(spec)
        if code != 0:
            raise TemplateError(command=arguments[0], exit_code=code, output=output[-1500:])
        return output

    def parameters(self) -> dict[str, str]:
        """PrestaShop's parameters.php as written by the installer."""
        text = self.php("-r", 'echo json_encode((require "app/config/parameters.php")["parameters"]);')
        values: dict[str, str] = json.loads(text[text.index("{") :])
        return values

    @contextmanager
    def serving(self) -> Iterator[Browser]:
        """nginx and PHP-FPM over the tree, reached through the yielded browser."""
        spec = self.spec("web", capabilities=containers.WEB_CAPABILITIES)
        self.docker.ensure_container(spec)
        try:
            yield self._ready(self.browser())
        except Exception as error:
            raise TemplateError(
                command="serve", output=f"{error!r} {self.docker.logs(spec.name, 30)}"[-1500:]
            ) from error
        finally:
            self.docker.remove_container(spec.name)

    def _ready(self, browser: Browser, timeout_seconds: float = 30) -> Browser:
        deadline = time.monotonic() + timeout_seconds
        while not accepts(browser.path):
            if time.monotonic() > deadline:
                raise TimeoutError("nginx did not open its socket")
            time.sleep(0.02)
        return browser


@contextmanager
def workshop(
    settings: BuildSettings, docker: DockerHost, folder: Path, sockets: Path, options: tuple[str, ...]
) -> Iterator[Workshop]:
    """A workshop with its server running; the containers are removed at the end, the folder is the caller's.

    ``sockets`` must be short: a unix socket's path holds 107 bytes.
    """
    for name in ("web", "private", "doors"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(certifi.where(), folder / "private" / "ca.pem")
    server = Server(
        docker,
        f"comptoir-{docker.instance}-workshop-db-{secrets.token_hex(4)}",
        images.mariadb_image(settings),
        folder / "mariadb",
        sockets,
        folder / "exchange",
        secrets.token_hex(16),
        options,
    )
    shop = Workshop(docker, images.boutique_image(settings), folder, server)
    try:
        server.ensure()
        server.create(shop.database, shop.secret * 2)
        yield shop
    finally:
        docker.remove_container(server.name)


def prepare_tree(release: Release, tree: Path) -> list[str]:
    """A copy of the release that the installer accepts without a network. Returns the language packs it lacks.

    The installer downloads a language's packs unless ``translations/<iso>.gzip`` and ``sf-<locale>.zip`` are there; it
    installs every language found in ``install/langs``; ``var/logs`` is not in the release; the back office refuses
    to open under the name ``admin``.
    """
    tree.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(release.tree), str(tree)], check=True)  # noqa: S603, S607
    (tree / "admin").rename(tree / ADMIN_FOLDER)
    (tree / "var" / "logs").mkdir(parents=True, exist_ok=True)
    for iso, locale in LOCALES.items():
        (tree / "translations" / f"{iso}.gzip").touch()
        pack, target = release.packs / f"sf-{locale}.zip", tree / "translations" / f"sf-{locale}.zip"
        if pack.exists():
            shutil.copyfile(pack, target)
        else:
            with zipfile.ZipFile(target, "w") as empty:
                empty.writestr(f"{locale}/README", "no translations were given\n")
    for language in (tree / "install" / "langs").iterdir():
        if language.is_dir() and language.name not in LOCALES:
            shutil.rmtree(language)
    own(tree)
    return release.missing_packs()


def own(tree: Path) -> None:
    """Gives a whole tree to www-data."""
    subprocess.run(["chown", "-R", f"{WEB_UID}:{WEB_UID}", str(tree)], check=True)  # noqa: S603, S607


def install(shop: Workshop) -> str:
    """Runs the installer: French first, then English, France, euro, TLS and friendly addresses on. Returns its output."""
    output = shop.php(
        "install/index_cli.php",
        "--language=fr",
        "--all_languages=1",
        "--country=fr",
        "--timezone=Europe/Paris",
        f"--domain={DOMAIN}",
        "--db_server=localhost",
        f"--db_name={shop.database}",
        f"--db_user={shop.database}",
        f"--db_password={shop.secret * 2}",
        "--db_clear=0",
        "--prefix=ps_",
        "--name=Boutique",
        f"--email={ADMIN_EMAIL}",
        f"--password={shop.admin_password}",
        "--firstname=Marchand",
        "--lastname=Comptoir",
        "--ssl=1",
        "--rewrite=1",
        "--fixtures=1",
    )
    if "Installation successful" not in output:
        raise TemplateError(command="install", output=output[-1500:])
    return output


def measure(settings: BuildSettings, docker: DockerHost, release: Release, folder: Path, sockets: Path) -> float:
    """Seconds from starting the installer to the first 200 of the shop it installed, with the live database's options."""
    prepare_tree(release, folder / "tree")
    with workshop(settings, docker, folder, sockets, database.SERVER_OPTIONS) as shop:
        started = time.monotonic()
        install(shop)
        shutil.rmtree(shop.tree / "install")
        with shop.serving() as browser:
            if browser.follow("/").status != 200:
                raise TemplateError(command="measure", output="the installed shop did not answer 200")
        return time.monotonic() - started
