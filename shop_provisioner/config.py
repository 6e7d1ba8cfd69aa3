"""Every setting of the provisioner, read once from the environment (prefix ``PROVISIONER_``)."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from shop_provisioner.errors import ConfigError

T = TypeVar("T", bound="BuildSettings")
PREFIX = "PROVISIONER_"
SUN_PATH_BYTES = 107  # sockaddr_un.sun_path less its final zero, unix(7)
SOCKET_IN_RUN_DIR = len("/b/") + 24 + len("/web.sock")


def default_cache_dir() -> Path:
    """The user's cache folder (XDG base directory specification), where releases and templates are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "comptoir"


@dataclass(frozen=True)
class BuildSettings:
    """What building images and templates needs: an engine and a cache, no running stack."""

    cache_dir: Path = field(default_factory=default_cache_dir)
    instance: str = "00000000"  # 8 hex digits that name and label every engine object of one state folder
    boutique_image: str = ""  # empty: our own image, built when absent
    mariadb_image: str = ""
    prestashop: str = ""  # release folder, zip or image name; empty: the newest kept in the cache
    language_packs: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings(BuildSettings):
    """What the worker needs. Paths are absolute; the engine must see them under the same names."""

    database_url: str
    redis_url: str
    secret_key: str  # 32 bytes in hex
    platform_url: str
    platform_token: str
    state_dir: Path
    run_dir: Path
    boutiques_domain: str
    api_url: str
    payment_url: str
    portal_url: str
    edge_socket: Path
    edge_hosts_dir: Path
    mail_socket: Path
    ca_bundle: Path
    smtp_url: str
    mail_from: str
    view_role: str = ""
    boutiques_port: int | None = None  # None: 443, not written in addresses
    edge_address: str = ""
    pool_size: int = 1
    boutique_memory_mib: int = 768
    boutique_pids: int = 256
    boutique_cpus: float = 2.0
    archive_days: int = 30
    name_closed_days: int = 90


def _convert(kind: str, text: str) -> Any:
    if "Path" in kind:
        return Path(text)
    if kind.startswith("int"):
        return int(text)
    return float(text) if kind == "float" else text


def _read(cls: type[T], environ: Mapping[str, str]) -> T:
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for item in fields(cls):
        text = environ.get(PREFIX + item.name.upper(), "")
        if not text:
            continue
        try:
            values[item.name] = _convert(getattr(item.type, "__name__", str(item.type)), text)
        except ValueError:
            wrong.append(f"{PREFIX}{item.name.upper()} is not a number: {text}")
    try:
        return cls(**values)
    except TypeError:
        missing = [PREFIX + f.name.upper() for f in fields(cls) if f.name not in values and _required(f)]
        raise ConfigError(missing=missing, wrong=wrong) from None


def _required(item: Any) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def load_build(environ: Mapping[str, str] = os.environ) -> BuildSettings:
    """Settings for images and templates. Every one has a default."""
    return _read(BuildSettings, environ)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings for the worker.

    Raises ConfigError naming all that is missing, or a path that mount options or a socket address cannot hold.
    """
    settings = _read(Settings, environ)
    problems = []
    for name in ("state_dir", "cache_dir"):
        if set(str(getattr(settings, name))) & set(",:\\"):
            problems.append(
                f"{PREFIX}{name.upper()} must not contain a comma, colon or backslash (overlay mount options)"
            )
    if len(str(settings.run_dir)) + SOCKET_IN_RUN_DIR > SUN_PATH_BYTES:
        problems.append(f"{PREFIX}RUN_DIR is too long for unix sockets")
    for name in ("edge_socket", "mail_socket"):
        if getattr(settings, name).parent == settings.run_dir:
            # The folder is mounted into every boutique: a mounted file would go stale when its server restarts.
            problems.append(f"{PREFIX}{name.upper()} must be alone in a folder of its own")
    if problems:
        raise ConfigError(wrong=problems)
    return settings
