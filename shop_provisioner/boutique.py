"""Every name derived from a boutique's id. Pure: the row is in db/models.py, the wanted state in states.py."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from shop_provisioner.config import Settings

ID_LENGTH = 24
ADMIN_FOLDER = "gestion"  # back office path; PrestaShop refuses to run while it is called "admin"
WEB_UID = 33  # www-data in Debian and in the official images
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id() -> str:
    """A boutique id: ``btq_`` and 24 random letters or digits."""
    return "btq_" + "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))


@dataclass(frozen=True)
class Names:
    """Where everything of one boutique is, on disk, in the engine and in MariaDB."""

    settings: Settings
    boutique_id: str

    @property
    def short(self) -> str:
        """The id without its prefix, used in socket paths."""
        return self.boutique_id.removeprefix("btq_")

    @property
    def container(self) -> str:
        return f"comptoir-{self.settings.instance}-{self.boutique_id}"

    @property
    def volume(self) -> str:
        return f"comptoir-{self.settings.instance}-{self.boutique_id}"

    @property
    def database(self) -> str:
        """Database and user: MariaDB compares database names as the file system does, so lower case and unambiguous."""
        return "b_" + hashlib.sha256(self.boutique_id.encode()).hexdigest()[:24]

    @property
    def folder(self) -> Path:
        return self.settings.state_dir / "boutiques" / self.boutique_id

    @property
    def upper(self) -> Path:
        return self.folder / "upper"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def private(self) -> Path:
        return self.folder / "private"

    @property
    def archive(self) -> Path:
        return self.settings.state_dir / "archives" / self.boutique_id

    @property
    def run(self) -> Path:
        return self.settings.run_dir / "b" / self.short

    @property
    def socket(self) -> Path:
        return self.run / "web.sock"


def host_with_port(settings: Settings, domain: str) -> str:
    """``name.localhost:8443``, or the bare name on port 443."""
    port = settings.boutiques_port
    return domain if port in (None, 443) else f"{domain}:{port}"


def url(settings: Settings, domain: str) -> str:
    return f"https://{host_with_port(settings, domain)}/"


def admin_url(settings: Settings, domain: str) -> str:
    return f"{url(settings, domain)}{ADMIN_FOLDER}/"


def webhook_url(settings: Settings, domain: str) -> str:
    return f"{url(settings, domain)}module/comptoir/webhook"


def derive(settings: Settings, purpose: str, text: str) -> bytes:
    """32 bytes that only the holder of SECRET_KEY can make (HMAC-SHA-256, RFC 2104)."""
    return hmac.new(bytes.fromhex(settings.secret_key), f"{purpose}\0{text}".encode(), hashlib.sha256).digest()


def admin_password(settings: Settings, boutique_id: str, nonce: str) -> str:
    """The first back-office password: 100 bits, never stored, the same again for the same row.

    Groups of letters and digits without look-alikes, so that it can be typed from a printed mail.
    """
    text = base64.b32encode(derive(settings, "admin-password", f"{boutique_id}:{nonce}")).decode().lower()[:20]
    return "-".join(text[i : i + 5] for i in range(0, 20, 5)).translate(str.maketrans("lo", "89"))


def database_password(settings: Settings, boutique_id: str) -> str:
    """32 hex digits; MariaDB and PrestaShop hold it, we only derive it again."""
    return derive(settings, "database-password", boutique_id).hex()[:32]


def mariadb_root_password(settings: Settings) -> str:
    return derive(settings, "mariadb-root", settings.instance).hex()


def new_nonce() -> str:
    """What makes one boutique's first admin password differ from another attempt's."""
    return secrets.token_hex(12)
