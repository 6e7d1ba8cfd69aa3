"""The specifications of our two kinds of containers. Pure.

Neither has a network. A boutique's only doors are the sockets in the folders mounted here: MariaDB's, the edge's and the
mail relay's; this replaces the design's bridge with inter-container traffic off, which needed firewall rules, shared a
port range and could not refuse the host's own services.
"""

from pathlib import Path
from urllib.parse import urlsplit

from shop_provisioner.boutique import ADMIN_FOLDER, Names
from shop_provisioner.config import Settings
from shop_provisioner.specs import Bind, ContainerSpec

TREE = "/var/www/html"
# Nobody's on the host: Debian gives 999 down to system accounts, ours included, and they must not read the databases.
# The official image runs under any number that owns its data folder.
MYSQL_UID = 53306
# SETUID and SETGID to start workers as www-data, KILL to stop them again.
WEB_CAPABILITIES = ("SETUID", "SETGID", "KILL")
WEB_TMPFS = {
    "/run": "mode=0755,size=8m",
    "/run/work": "mode=0755,uid=33,gid=33,size=96m",
    "/tmp": "mode=1777,size=128m",  # noqa: S108 - the container's own
}


def boutique(settings: Settings, names: Names, image: str) -> ContainerSpec:
    """One boutique: nginx and PHP-FPM over the overlay volume."""
    return ContainerSpec(
        name=names.container,
        image=image,
        volume=(names.volume, TREE),
        binds=(
            Bind(str(names.run), "/run/web"),
            Bind(str(names.private), "/run/comptoir", read_only=True),
            Bind(str(settings.run_dir / "mariadb"), "/run/mysqld", read_only=True),
            Bind(str(settings.edge_socket.parent), "/run/edge", read_only=True),
            Bind(str(settings.mail_socket.parent), "/run/mail", read_only=True),
        ),
        environment={
            "EDGE_PORT": str(settings.boutiques_port or 443),
            "EDGE_SOCKET": settings.edge_socket.name,
            "MAIL_SOCKET": settings.mail_socket.name,
            "ADMIN_FOLDER": ADMIN_FOLDER,
        },
        tmpfs=WEB_TMPFS,
        capabilities=WEB_CAPABILITIES,
        hosts=platform_hosts(settings),
        boutique=names.boutique_id,
        memory_mib=settings.boutique_memory_mib,
        pids=settings.boutique_pids,
        cpus=settings.boutique_cpus,
    )


def platform_hosts(settings: Settings) -> dict[str, str]:
    """The platform's names lead to the container's own loopback, which nginx relays to the edge's socket."""
    urls = (settings.api_url, settings.payment_url)
    return {host: "127.0.0.1" for url in urls if (host := urlsplit(url).hostname)}


def mariadb(
    name: str, image: str, data: Path, sockets: Path, password_file: Path, exchange: Path, options: tuple[str, ...]
) -> ContainerSpec:
    """A MariaDB server reached through ``sockets``/mysqld.sock only."""
    return ContainerSpec(
        name=name,
        image=image,
        command=options,
        user=f"{MYSQL_UID}:{MYSQL_UID}",
        binds=(
            Bind(str(data), "/var/lib/mysql"),
            Bind(str(sockets), "/run/mysqld"),
            Bind(str(password_file), "/run/secrets/mariadb-root", read_only=True),
            Bind(str(exchange), "/exchange"),
        ),
        environment={
            "MARIADB_ROOT_PASSWORD_FILE": "/run/secrets/mariadb-root",
            "MARIADB_ROOT_HOST": "localhost",
            "MARIADB_INITDB_SKIP_TZINFO": "1",
        },
        tmpfs={"/tmp": "mode=1777,size=512m"},  # noqa: S108 - the container's own
        pids=2048,
    )
