"""What makes a copy of the template one merchant's shop: secrets, domain, administrator.

Secrets are compiled into PrestaShop's warm cache, so a member gets its own ``parameters.php`` and its own copy of just the
files that hold them; everything else stays in the shared template below.
"""

import hashlib
import os
import re
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

import bcrypt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shop_provisioner.boutique import WEB_UID
from shop_provisioner.containers import TREE
from shop_provisioner.database import Server
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import EngineError
from shop_provisioner.template import ADDRESS_CACHES, Template

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Identity:
    """What the merchant sees: filled in when a member is assigned."""

    host: str  # with the port unless 443
    shop_name: str
    admin_email: str
    language: str


def mint(template: Template, database: str, password: str) -> dict[str, str]:
    """A value of its own for each placeholder, of the same length: some are inside serialised texts."""
    placeholders: dict[str, str] = template.about["placeholders"]
    values = {"database_password": password, "database_name": database}
    for name, old in placeholders.items():
        if name == "new_cookie_key":
            values[name] = defuse_key()
        elif not name.startswith(("api_", "database_")):
            values[name] = "".join(secrets.choice(_ALPHABET) for _ in old)
    if "api_private_key" in placeholders:
        values |= key_pair()
    return {placeholders[name]: value for name, value in values.items() if name in placeholders}


def defuse_key() -> str:
    """A key in the ASCII-safe form of defuse/php-encryption 2: header, 32 random bytes, SHA-256 of both, in hex."""
    body = bytes.fromhex("def00000") + secrets.token_bytes(32)
    return (body + hashlib.sha256(body).digest()).hex()


def key_pair() -> dict[str, str]:
    """RSA 2048 for PrestaShop's own admin API, in PEM."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {"api_private_key": private.decode(), "api_public_key": public.decode()}


def write_secret_files(template: Template, upper: Path, values: dict[str, str]) -> None:
    """Writes the member's copies into its upper folder, which must not be mounted yet.

    A second call changes nothing: ``parameters.php``, written last, says that all are there.
    """
    last = "app/config/parameters.php"
    if (upper / last).exists():
        return
    names = [name for name in template.about["secret_files"] if name != last]
    for name in [*names, last]:
        text = (template.tree / name).read_text(encoding="utf-8")
        for old, new in values.items():
            text = text.replace(old, new)
        _write_above(template.tree, upper, name, text)


def write_domain_files(template: Template, upper: Path, host: str) -> None:
    """Writes the files that name the shop's address into an upper folder that is not mounted yet."""
    old = template.about["domain"]
    for name in template.about["domain_files"]:
        text = (template.tree / name).read_text(encoding="utf-8")
        text = re.sub(rf"https?://{re.escape(old)}/*", f"https://{host}/", text).replace(old, host)
        _write_above(template.tree, upper, name, text)


def addresses_are_set(template: Template, upper: Path, host: str) -> bool:
    """Whether those files name this address already: then no cache ever saw another one."""
    names = template.about["domain_files"]
    return bool(names) and all((upper / n).exists() and host in (upper / n).read_text("utf-8") for n in names)


def _write_above(tree: Path, upper: Path, name: str, text: str) -> None:
    """One file in the upper folder, its parents owned and permitted as below."""
    path = Path()
    for part in Path(name).parent.parts:
        path = path / part
        if not (upper / path).exists():
            (upper / path).mkdir()
            _like(tree / path, upper / path)
    temporary = upper / f"{name}.new"
    temporary.write_text(text, encoding="utf-8")
    _like(tree / name, temporary)
    temporary.rename(upper / name)


def _like(original: Path, copy: Path) -> None:
    about = original.stat()
    os.chown(copy, WEB_UID, WEB_UID)
    os.chmod(copy, about.st_mode & 0o7777)
    os.utime(copy, ns=(about.st_atime_ns, about.st_mtime_ns))


def password_hash(password: str) -> str:
    """bcrypt as PHP's password_hash writes it; ``2y`` and ``2b`` name the same algorithm."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(10)).decode().replace("$2b$", "$2y$", 1)


def set_admin_password(server: Server, database: str, hashed: str) -> None:
    with server.connect(database) as cursor:
        cursor.execute("UPDATE ps_employee SET passwd = %s, last_passwd_gen = NOW() WHERE id_employee = 1", (hashed,))


def set_identity(server: Server, database: str, template: Template, old_email: str, identity: Identity) -> None:
    """Domain, names and addresses in the database, in one transaction. Repeating it changes nothing.

    ``old_email`` is what the shop's addresses were before: the template's, or the owner's.
    """
    host = identity.host
    with server.connect(database) as cursor:
        cursor.execute("START TRANSACTION")
        cursor.execute(
            "UPDATE ps_shop_url SET domain = %s, domain_ssl = %s WHERE id_shop = 1 AND main = 1", (host, host)
        )
        cursor.execute(
            "UPDATE ps_configuration SET value = %s WHERE name IN ('PS_SHOP_DOMAIN', 'PS_SHOP_DOMAIN_SSL')", (host,)
        )
        cursor.execute(
            "UPDATE ps_configuration SET value = %s WHERE value IN (%s, 'pub@prestashop.com')",
            (identity.admin_email, old_email),
        )
        cursor.execute("UPDATE ps_contact SET email = %s WHERE email = %s", (identity.admin_email, old_email))
        if old_email == template.about["admin_email"]:  # first time: what the merchant renamed later stays
            cursor.execute("UPDATE ps_configuration SET value = %s WHERE name = 'PS_SHOP_NAME'", (identity.shop_name,))
            cursor.execute("UPDATE ps_shop SET name = %s WHERE id_shop = 1", (identity.shop_name,))
            cursor.execute(
                "UPDATE ps_employee SET email = %s, id_lang = COALESCE((SELECT id_lang FROM ps_lang WHERE iso_code = %s),"
                " (SELECT id_lang FROM ps_lang WHERE iso_code = 'en'), id_lang) WHERE id_employee = 1",
                (identity.admin_email, identity.language),
            )
        cursor.execute("COMMIT")


def set_addresses_in_files(docker: DockerHost, container: str, template: Template, old: str, new: str) -> None:
    """Empties the caches that hold the shop's address and writes the new one into mail templates, in the container.

    In the container, because the upper folder must not be touched while it is mounted. Raises EngineError.
    """
    # The installer writes http://<domain>/// into the mail templates of 8.2.
    pattern = f"s#https\\?://{old.replace('.', '[.]')}/*#https://{new}/#g;s#{old.replace('.', '[.]')}#{new}#g"
    script = f"""
        cd {TREE}
        for folder in {" ".join(ADDRESS_CACHES)}; do
            if [ -d "$folder" ]; then find "$folder" -mindepth 1 -delete; fi
        done
        for file in "$@"; do if grep -qF "$0" "$file" 2>/dev/null; then sed -i "{pattern}" "$file"; fi; done
    """
    code, output = docker.execute(
        container, ["/bin/sh", "-c", script, old, *template.about["domain_files"]], user=f"{WEB_UID}:{WEB_UID}"
    )
    if code != 0:
        raise EngineError(verb="addresses", container=container, reason=output.decode(errors="replace")[-500:])
