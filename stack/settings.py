"""The environment of every service, derived from one state. The services read it once in their config.py."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from stack.compose import envfile
from stack.databases import VIEW_ROLE
from stack.postgres import Cluster
from stack.state import BASE_DOMAIN, State, cache_dir
from stack.users import service_user

PLATFORM_CALLERS = ("portal", "provisioner", "stack")


def cluster(state: State) -> Cluster:
    """The state's PostgreSQL server."""
    return Cluster(state.path / "postgres" / "data", state.run, state.secret("postgres"))


def database_url(state: State, database: str, role: str) -> str:
    """SQLAlchemy address of a database for a role."""
    return cluster(state).url(database, role, state.secret(f"role-{role}"), driver="postgresql+psycopg")


def redis_url(state: State) -> str:
    """Celery's broker address."""
    return f"redis+socket://{quote(str(state.run / 'redis.sock'), safe='/')}"


def platform_url(state: State) -> str:
    """Core's platform API, on its own loopback listener."""
    return f"http://127.0.0.1:{state.listener('platform')}"


def _public(state: State) -> dict[str, str]:
    return {
        "API_URL": state.url("api"),
        "PAYMENT_URL": state.url("payment"),
        "PORTAL_URL": state.url("portal"),
        "BOUTIQUES_DOMAIN": BASE_DOMAIN,
        "BOUTIQUES_PORT": str(state.port),
        "EDGE_ADDRESS": f"127.0.0.1:{state.port}",
        "CA_BUNDLE": str(state.ca_bundle),
        "REDIS_URL": redis_url(state),
        "SMTP_URL": f"smtp://127.0.0.1:{state.listener('smtp')}",
        "MAIL_FROM": f"Comptoir <ne-pas-repondre@{BASE_DOMAIN}>",
    }


def core(state: State) -> dict[str, str]:
    """payments_core, all its processes."""
    tokens = {caller: state.secret(f"platform-{caller}") for caller in PLATFORM_CALLERS}
    return _prefixed("CORE_", {
        **_public(state),
        "DATABASE_URL": database_url(state, "payments", "core"),
        "SECRET_KEY": state.secret("core"),
        "PLATFORM_TOKENS": json.dumps(tokens),
        "THREEDS_URL": state.url("3ds"),
        "TERMINAL_HOST": f"terminal.{BASE_DOMAIN}",
        "TERMINAL_PORT": str(state.listener("terminal")),
    })  # fmt: skip


def terminal_host(state: State) -> dict[str, str]:
    """The acquirer host: core's settings, its listener and the certificate it shows."""
    certificate, key = state.certificate("terminal")
    return core(state) | {
        "CORE_TERMINAL_LISTEN": f"127.0.0.1:{state.listener('terminal')}",
        "CORE_TERMINAL_CERTIFICATE": str(certificate),
        "CORE_TERMINAL_KEY": str(key),
    }


def portal(state: State) -> dict[str, str]:
    """merchant_portal, all its processes."""
    return _prefixed("PORTAL_", {
        **_public(state),
        "DATABASE_URL": database_url(state, "portal", "portal"),
        "PROVISIONER_VIEW_URL": database_url(state, "provisioner", VIEW_ROLE),
        "SECRET_KEY": state.secret("portal"),
        "PLATFORM_URL": platform_url(state),
        "PLATFORM_TOKEN": state.secret("platform-portal"),
        "MAIL_URL": state.url("mail"),
    })  # fmt: skip


def provisioner(state: State) -> dict[str, str]:
    """shop_provisioner: the one holder of the Docker socket."""
    account = service_user()
    config = state.config
    optional = {
        "PRESTASHOP": config.get("prestashop"),
        "LANGUAGE_PACKS": config.get("language_packs"),
        **_images(state),
    }
    return _prefixed("PROVISIONER_", {
        **_public(state),
        **{name: value for name, value in optional.items() if value},
        "DATABASE_URL": database_url(state, "provisioner", "provisioner"),
        "VIEW_ROLE": VIEW_ROLE,
        "SECRET_KEY": state.secret("provisioner"),
        "PLATFORM_URL": platform_url(state),
        "PLATFORM_TOKEN": state.secret("platform-provisioner"),
        "STATE_DIR": str(state.path),
        "RUN_DIR": str(state.run),
        "CACHE_DIR": str(cache_dir()),
        "INSTANCE": state.instance,
        "EDGE_SOCKET": str(state.edge_socket),
        "EDGE_HOSTS_DIR": str(state.hosts),
        "MAIL_SOCKET": str(state.mail_socket),
        "EDGE_UID": str(account.pw_uid),
        "EDGE_GID": str(account.pw_gid),
        "POOL_SIZE": str(config.get("pool_size", 1)),
    })  # fmt: skip


def _images(state: State) -> dict[str, str]:
    """Those a stack of containers is told to use, so that a template built from the host is the one its boutiques want."""
    given = envfile.read(Path(state.composed["env_file"])) if state.composed else {}
    return {name: given.get(f"COMPTOIR_{name}", "") for name in ("BOUTIQUE_IMAGE", "MARIADB_IMAGE")}


def _prefixed(prefix: str, values: dict[str, str]) -> dict[str, str]:
    return {prefix + name: value for name, value in values.items()}
