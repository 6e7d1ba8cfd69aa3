"""Every setting of the portal, read once from the environment; what is missing is named in one clear error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_REQUIRED = (
    "DATABASE_URL",
    "PROVISIONER_VIEW_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PLATFORM_URL",
    "PLATFORM_TOKEN",
    "PORTAL_URL",
    "API_URL",
    "PAYMENT_URL",
    "BOUTIQUES_DOMAIN",
    "SMTP_URL",
    "MAIL_FROM",
)


class ConfigError(Exception):
    """A setting is missing or malformed; the text is for the person who starts the process."""


@dataclass(frozen=True)
class Config:
    """Settings of one process. URLs are base URLs without a trailing slash."""

    database_url: str  # postgresql+psycopg://…
    provisioner_view_url: str  # read-only role on the provisioner's database
    redis_url: str  # broker; empty in tests: hints are then not sent
    secret_key: bytes = field(repr=False)  # at least 32 bytes
    platform_url: str
    platform_token: str = field(repr=False)
    portal_url: str
    api_url: str
    payment_url: str
    boutiques_domain: str
    smtp_url: str  # smtp://host:port
    mail_from: str
    boutiques_port: int | None = None  # None: the scheme's own port
    mail_url: str = ""  # the web inbox of a local stack, offered where a mail is awaited
    password_memory_kib: int = 47104  # argon2id m=46 MiB, t=1, p=1: first choice of OWASP's password storage sheet

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """Reads the `PORTAL_` variables. Raises ConfigError naming every missing or malformed one."""
        missing = [f"PORTAL_{name}" for name in _REQUIRED if not environment.get(f"PORTAL_{name}")]
        if missing:
            raise ConfigError("merchant_portal cannot start; missing settings: " + ", ".join(missing))
        value = {name: environment[f"PORTAL_{name}"].rstrip("/") for name in _REQUIRED}
        return cls(
            database_url=value["DATABASE_URL"],
            provisioner_view_url=value["PROVISIONER_VIEW_URL"],
            redis_url=value["REDIS_URL"],
            secret_key=_secret(value["SECRET_KEY"]),
            platform_url=value["PLATFORM_URL"],
            platform_token=value["PLATFORM_TOKEN"],
            portal_url=value["PORTAL_URL"],
            api_url=value["API_URL"],
            payment_url=value["PAYMENT_URL"],
            boutiques_domain=value["BOUTIQUES_DOMAIN"].lower(),
            smtp_url=value["SMTP_URL"],
            mail_from=value["MAIL_FROM"],
            boutiques_port=_port(environment.get("PORTAL_BOUTIQUES_PORT", "")),
            mail_url=environment.get("PORTAL_MAIL_URL", "").rstrip("/"),
        )


def _secret(text: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError as error:
        raise ConfigError("PORTAL_SECRET_KEY must be hexadecimal") from error
    if len(secret) < 32:
        raise ConfigError("PORTAL_SECRET_KEY must hold at least 32 bytes (64 hexadecimal digits)")
    return secret


def _port(text: str) -> int | None:
    if not text:
        return None
    if not text.isdigit():
        raise ConfigError("PORTAL_BOUTIQUES_PORT must be a number or empty")
    return int(text)
