"""Settings, releases and templates made of a few small files, for tests that need no PrestaShop."""

import json
from pathlib import Path
from uuid import uuid4

from shop_provisioner import boutique, commands, release, template
from shop_provisioner.config import Settings
from shop_provisioner.db.models import Boutique
from shop_provisioner.provisioner import Provisioner
from tests.shop_provisioner.lab import MERCHANT


def make_settings(folder: Path) -> Settings:
    """Settings whose folders lie under a test's own."""
    for name in ("run", "edge", "mail", "state"):
        (folder / name).mkdir()
    (folder / "ca.pem").write_text("")
    return Settings(
        cache_dir=folder / "cache",
        instance="0123abcd",
        database_url="",
        redis_url="",
        secret_key="5a" * 32,
        platform_url="http://127.0.0.1:1",
        platform_token="token",
        state_dir=folder / "state",
        run_dir=folder / "run",
        boutiques_domain="localhost",
        boutiques_port=8443,
        api_url="https://api.localhost:8443",
        payment_url="https://payment.localhost:8443",
        portal_url="https://portal.localhost:8443",
        edge_socket=folder / "edge" / "edge.sock",
        edge_hosts_dir=folder / "hosts",
        mail_socket=folder / "mail" / "smtp.sock",
        ca_bundle=folder / "ca.pem",
        smtp_url="smtp://127.0.0.1:1",
        mail_from="Comptoir <bonjour@comptoir.example>",
    )


def make_release_tree(folder: Path, version: str = "8.2.1") -> Path:
    """The two files by which a release is recognised."""
    (folder / "install").mkdir(parents=True)
    (folder / "install" / "install_version.php").write_text(f"<?php\ndefine('_PS_INSTALL_VERSION_', '{version}');\n")
    (folder / "index.php").write_text("<?php\n")
    return folder


def make_template(settings: Settings) -> template.Template:
    """A template found by the real look-up, with nothing of PrestaShop in it."""
    tree = make_release_tree(settings.cache_dir / "given")
    kept = release.keep(settings, str(tree), None)
    folder = settings.cache_dir / "templates" / template.key(settings, kept)
    (folder / "tree").mkdir(parents=True)
    about = {"digest": folder.name, "version": kept.version, "release": kept.digest, "format": template.FORMAT}
    (folder / "template.json").write_text(json.dumps(about))
    found = template.load(folder)
    assert found
    return found


def make_boutique(p: Provisioner, **values: object) -> Boutique:
    """A row as a live boutique has it, changed by ``values``."""
    given: dict[str, object] = {
        "id": boutique.new_id(),
        "merchant_id": MERCHANT,
        "domain": f"{uuid4().hex}.localhost",
        "wanted": "live",
        "state": "live",
        "template": "t",
        "prestashop_version": "8.2.1",
        "nonce": "n",
        "owner_email": "lea@example.fr",
        "database_ready": True,
        "durable": True,
    }
    row = Boutique(**(given | values))
    with p.session() as session:
        session.add(row)
    return row


def order(action: str, boutique_id: str | None = None, domain: str | None = None, **more: str) -> commands.Order:
    """A command of the lab's merchant."""
    return commands.Order(uuid4(), action, more.get("merchant", MERCHANT), "Léa", boutique_id, domain)
