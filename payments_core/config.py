"""Every setting of the core, read once from the environment; what is missing is named in one clear error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from limits import parse_many

_REQUIRED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PLATFORM_TOKENS",
    "API_URL",
    "PAYMENT_URL",
    "THREEDS_URL",
    "PORTAL_URL",
    "BOUTIQUES_DOMAIN",
    "EDGE_ADDRESS",
    "CA_BUNDLE",
)


class ConfigError(Exception):
    """A setting is missing or malformed; the text is for the person who starts the process."""


@dataclass(frozen=True)
class Config:
    """Settings of one process. URLs are public base URLs without a trailing slash."""

    database_url: str  # postgresql+psycopg://…
    redis_url: str  # redis:// or redis+socket://
    secret_key: bytes = field(repr=False)  # 32 bytes; every sub-key is derived from it (vault.py)
    platform_tokens: Mapping[str, str] = field(repr=False)  # service name: bearer token
    api_url: str = "https://api.localhost:8443"
    payment_url: str = "https://payment.localhost:8443"
    threeds_url: str = "https://3ds.localhost:8443"
    portal_url: str = "https://portal.localhost:8443"
    boutiques_domain: str = "localhost"
    edge_address: tuple[str, int] = ("127.0.0.1", 8443)  # where names under our domains are connected to
    ca_bundle: str = ""  # file: system CAs + local root
    terminal_host: str = "terminal.localhost"  # the name terminals verify, and its port
    terminal_port: int = 8583
    payout_account_name: str = "Comptoir"
    payout_account_iban: str = "FR7630004008310000000004273"  # an account of the bank simulator
    sepa_creditor_id: str = "FR72ZZZ123456"  # identifier of the creditor of direct debits (EPC262-08)
    # Requests of one key. Clients ignore retry headers and read every item of a list by itself, each as soon as the answer before
    # it is there: no walk of one of them may meet the limit, or every list longer than it would end in an error.
    rate_limit_live: str = "500/second"
    rate_limit_test: str = "500/second"
    previous_secret_keys: tuple[bytes, ...] = field(default=(), repr=False)  # still able to decrypt after a rotation

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """Reads the `CORE_` variables. Raises ConfigError naming every missing or malformed one."""
        missing = [f"CORE_{name}" for name in _REQUIRED if not environment.get(f"CORE_{name}")]
        if missing:
            raise ConfigError("payments_core cannot start; missing settings: " + ", ".join(missing))
        value = {name: environment[f"CORE_{name}"] for name in _REQUIRED}
        previous = environment.get("CORE_PREVIOUS_SECRET_KEYS", "")
        return cls(
            database_url=value["DATABASE_URL"],
            redis_url=value["REDIS_URL"],
            secret_key=_secret("CORE_SECRET_KEY", value["SECRET_KEY"]),
            platform_tokens=_tokens(value["PLATFORM_TOKENS"]),
            api_url=value["API_URL"].rstrip("/"),
            payment_url=value["PAYMENT_URL"].rstrip("/"),
            threeds_url=value["THREEDS_URL"].rstrip("/"),
            portal_url=value["PORTAL_URL"].rstrip("/"),
            boutiques_domain=value["BOUTIQUES_DOMAIN"].lower(),
            edge_address=_address(value["EDGE_ADDRESS"]),
            ca_bundle=value["CA_BUNDLE"],
            terminal_host=environment.get("CORE_TERMINAL_HOST") or cls.terminal_host,
            terminal_port=_port("CORE_TERMINAL_PORT", environment.get("CORE_TERMINAL_PORT") or str(cls.terminal_port)),
            payout_account_name=environment.get("CORE_PAYOUT_ACCOUNT_NAME") or cls.payout_account_name,
            payout_account_iban=environment.get("CORE_PAYOUT_ACCOUNT_IBAN") or cls.payout_account_iban,
            sepa_creditor_id=environment.get("CORE_SEPA_CREDITOR_ID") or cls.sepa_creditor_id,
            rate_limit_live=_rate(
                "CORE_RATE_LIMIT_LIVE", environment.get("CORE_RATE_LIMIT_LIVE") or cls.rate_limit_live
            ),
            rate_limit_test=_rate(
                "CORE_RATE_LIMIT_TEST", environment.get("CORE_RATE_LIMIT_TEST") or cls.rate_limit_test
            ),
            previous_secret_keys=tuple(
                _secret("CORE_PREVIOUS_SECRET_KEYS", part) for part in previous.split(",") if part.strip()
            ),
        )


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise ConfigError(f"{name} must be a port number")
    return int(text)


def _rate(name: str, text: str) -> str:
    try:
        (rate,) = parse_many(text)
    except ValueError as error:
        raise ConfigError(f"{name} must be one rate such as 100/second") from error
    if rate.amount < 1:
        raise ConfigError(f"{name} must let requests through")
    return text


def _secret(name: str, text: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError as error:
        raise ConfigError(f"{name} must be hexadecimal") from error
    if len(secret) < 32:
        raise ConfigError(f"{name} must hold at least 32 bytes (64 hexadecimal digits)")
    return secret


def _tokens(text: str) -> dict[str, str]:
    try:
        tokens = json.loads(text)
    except ValueError as error:
        raise ConfigError("CORE_PLATFORM_TOKENS must be a JSON object of service name to token") from error
    if not isinstance(tokens, dict) or not all(
        isinstance(token, str) and len(token) >= 16 for token in tokens.values()
    ):
        raise ConfigError("CORE_PLATFORM_TOKENS must be a JSON object whose tokens have at least 16 characters")
    return tokens


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError("CORE_EDGE_ADDRESS must be host:port")
    return host.strip("[]"), int(port)
