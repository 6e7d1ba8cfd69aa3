"""The steps that make a boutique run. Each looks at its mark or at the world first, so any can be done twice.

A step takes the provisioner and the boutique's id, reads the row anew, and sets its mark in the row last.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

from sqlalchemy.dialects.postgresql import insert

from shop_provisioner import boutique, containers, edge, mails, prestashop
from shop_provisioner.boutique import WEB_UID
from shop_provisioner.db.models import Boutique, Mail
from shop_provisioner.errors import AnswerError
from shop_provisioner.http_socket import Browser, accepts
from shop_provisioner.prestashop import Identity
from shop_provisioner.provisioner import Provisioner
from shop_provisioner.specs import ContainerSpec
from shop_provisioner.template import COMPILE_PATH

ANSWER_SECONDS = 30


def folders(p: Provisioner, boutique_id: str) -> None:
    """Host folders: overlay, private files, run folder. The run folder is root's, so that PHP can plant nothing in it."""
    names = p.names(boutique_id)
    for folder, owner, mode in (
        (names.folder, 0, 0o711),
        (names.upper, WEB_UID, 0o755),
        (names.work, WEB_UID, 0o755),
        (names.private, 0, 0o750),
        (names.run, 0, 0o755),
    ):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
            os.chown(folder, owner, WEB_UID if folder == names.private else owner)
    _copy_if_changed(p.settings.ca_bundle, names.private / "ca.pem")


def _copy_if_changed(source: Path, target: Path) -> None:
    content = source.read_bytes()
    if not target.exists() or target.read_bytes() != content:
        temporary = target.with_suffix(".new")
        temporary.write_bytes(content)
        temporary.chmod(0o644)
        temporary.replace(target)


def database(p: Provisioner, boutique_id: str) -> None:
    """The server, and the boutique's database with its user, restored from the template."""
    p.server.ensure()
    row, names = p.load(boutique_id), p.names(boutique_id)
    if row.database_ready:
        return
    p.server.create(names.database, boutique.database_password(p.settings, boutique_id))
    password = boutique.admin_password(p.settings, boutique_id, row.nonce)
    with ThreadPoolExecutor(1) as beside:  # the hash is slow on purpose
        hashed = beside.submit(prestashop.password_hash, password)
        p.server.restore_text(names.database, p.template(row.template).dump())
    prestashop.set_admin_password(p.server, names.database, hashed.result())
    p.update(boutique_id, database_ready=True, durable=False)


def files(p: Provisioner, boutique_id: str) -> None:
    """The member's own copies of the files that hold secrets, and the overlay volume."""
    row, names = p.load(boutique_id), p.names(boutique_id)
    template = p.template(row.template)
    if not row.files_ready:
        password = boutique.database_password(p.settings, boutique_id)
        values = prestashop.mint(template, names.database, password)
        if row.domain:  # a member of the pool has none yet, and gets these in its container later
            host = boutique.host_with_port(p.settings, row.domain)
            prestashop.write_domain_files(template, names.upper, host)
        prestashop.write_secret_files(template, names.upper, values)
        p.update(boutique_id, files_ready=True)
    p.docker.ensure_overlay(names.volume, template.tree, names.upper, names.work, boutique_id)


def spec(p: Provisioner, boutique_id: str) -> ContainerSpec:
    return containers.boutique(p.settings, p.names(boutique_id), p.boutique_image())


def container(p: Provisioner, boutique_id: str) -> None:
    """The container runs and its web server has opened its socket."""
    names = p.names(boutique_id)
    p.docker.ensure_container(spec(p, boutique_id))
    deadline = time.monotonic() + ANSWER_SECONDS
    while not accepts(names.socket):
        if time.monotonic() > deadline:
            raise AnswerError(reason="no_socket", output=p.docker.logs(names.container)[-500:])
        time.sleep(0.01)


def files_and_container(p: Provisioner, boutique_id: str) -> None:
    """Both in a row, beside the database's restore; what is left of that time compiles the home page's code."""
    files(p, boutique_id)
    container(p, boutique_id)
    row, names = p.load(boutique_id), p.names(boutique_id)
    if not row.database_ready:
        (names.private / "compile.txt").write_text("\n".join(p.template(row.template).about.get("compile", [])))
        with contextlib.suppress(OSError, HTTPException):  # a head start, nothing that is needed
            Browser(names.socket, "localhost").get(COMPILE_PATH)


def warm(p: Provisioner, boutique_id: str) -> None:
    """Visits a pool member under the template's name, so that PHP's code cache is filled before a merchant comes."""
    row = p.load(boutique_id)
    browser = Browser(p.names(boutique_id).socket, p.template(row.template).about["domain"])
    status = browser.follow("/").status
    if status != 200:
        raise AnswerError(reason="warm", status=status)


def payments(p: Provisioner, boutique_id: str) -> None:
    """The merchant's address, the boutique's own keys and webhook secret, in a private file only it can read."""
    row, names = p.load(boutique_id), p.names(boutique_id)
    if row.payments_ready:
        return
    assert row.merchant_id is not None
    assert row.domain is not None
    person = f"provisioner for {boutique_id}"
    merchant = p.payments.merchant(row.merchant_id, person)
    webhook = p.payments.put_webhook(row.merchant_id, boutique_id, boutique.webhook_url(p.settings, row.domain), person)
    keys = p.payments.issue_keys(row.merchant_id, boutique_id, row.domain, person, secrets.token_hex(8))
    content = {
        "boutique_id": boutique_id,
        "mode": "test",
        "api_url": p.settings.api_url,
        "payment_url": p.settings.payment_url,
        "secret_key": keys.secret,
        "public_key": keys.public,
        "webhook_secret": webhook,
        "ca_file": "/run/comptoir/ca.pem",
    }
    _write_private(names.private / "comptoir.json", json.dumps(content, indent=1))
    values = {"owner_name": row.owner_name or merchant.name, "owner_email": row.owner_email or merchant.email}
    p.update(boutique_id, payments_ready=True, language=merchant.language[:2], **values)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_text(text, encoding="utf-8")
    os.chown(temporary, 0, WEB_UID)
    temporary.chmod(0o640)
    temporary.replace(path)


def identity(p: Provisioner, boutique_id: str) -> None:
    """Domain, shop name and administrator, in database and files."""
    row, names = p.load(boutique_id), p.names(boutique_id)
    assert row.domain is not None
    assert row.owner_email is not None
    host = boutique.host_with_port(p.settings, row.domain)
    if row.identity_host == host:
        return
    template = p.template(row.template)
    wanted = Identity(host, row.owner_name or "Boutique", row.owner_email, row.language)
    old_email = row.owner_email if row.identity_host else template.about["admin_email"]
    prestashop.set_identity(p.server, names.database, template, old_email, wanted)
    old_host = row.identity_host or template.about["domain"]
    if not prestashop.addresses_are_set(template, names.upper, host):
        prestashop.set_addresses_in_files(p.docker, names.container, template, old_host, host)
    p.update(boutique_id, identity_host=host)


def route(p: Provisioner, boutique_id: str) -> None:
    """The domain at the edge, running or suspended as wanted."""
    row = p.load(boutique_id)
    if row.domain:
        marker = edge.SUSPENDED if row.wanted == "suspended" else edge.RUNNING
        edge.place(p.settings.edge_hosts_dir, row.domain, p.names(boutique_id).run, marker)


def answer(p: Provisioner, boutique_id: str) -> None:
    """Waits for 200 on the boutique's address, through the edge, with a certificate that holds."""
    row = p.load(boutique_id)
    if row.wanted != "live" or row.domain is None:
        return
    browser = p.edge_browser(boutique.host_with_port(p.settings, row.domain))
    deadline = time.monotonic() + ANSWER_SECONDS
    seen = ""
    while time.monotonic() < deadline:
        try:
            status = browser.follow("/").status
            if status == 200:
                return
            seen = str(status)
        except (OSError, HTTPException) as error:
            seen = repr(error)
        time.sleep(0.05)
    raise AnswerError(reason="edge", seen=seen)


def announce(p: Provisioner, boutique_id: str) -> None:
    """Puts the credentials mail in the outbox, once in the boutique's life."""
    with p.session() as session:
        row = session.get_one(Boutique, boutique_id)
        if row.announced or row.owner_email is None:
            return
        values = {
            "boutique_id": boutique_id,
            "kind": "credentials",
            "key": row.nonce,
            "recipient": row.owner_email,
            "language": mails.language(row.language),
            "message_id": mails.message_id(p.settings, boutique_id, "credentials", row.nonce),
        }
        session.execute(insert(Mail).values(**values).on_conflict_do_nothing())
        row.announced = True


def durable(p: Provisioner, boutique_id: str) -> None:
    """Flushes what the fast restore left to the operating system; the boutique answers already."""
    row = p.load(boutique_id)
    if row.database_ready and not row.durable:
        p.server.flush_definitions(p.names(boutique_id).database)
        p.update(boutique_id, durable=True)


def remove_container(p: Provisioner, boutique_id: str) -> None:
    """Container and volume are gone; the overlay's folders stay."""
    names = p.names(boutique_id)
    p.docker.stop_container(names.container)
    p.docker.remove_container(names.container)
    p.docker.remove_volume(names.volume)


def remove_everything(p: Provisioner, boutique_id: str) -> None:
    """Container, volume, database, user, folders and route."""
    row, names = p.load(boutique_id), p.names(boutique_id)
    if row.domain:
        edge.remove(p.settings.edge_hosts_dir, row.domain)
    remove_container(p, boutique_id)
    p.server.drop(names.database)
    for folder in (names.folder, names.run):
        shutil.rmtree(folder, ignore_errors=True)
