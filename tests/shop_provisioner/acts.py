"""What tests do with a lab, and how they look at the result."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import bcrypt
from sqlalchemy import text

from shop_provisioner import boutique, commands, edge, mails, reconcile, steps, sweep
from shop_provisioner.http_socket import Browser
from tests.shop_provisioner.factories import order
from tests.shop_provisioner.lab import Lab


def perform(lab: Lab, action: str, boutique_id: str | None = None, domain: str | None = None) -> str:
    """Gives an order and does it; returns the boutique's id."""
    accepted = commands.accept(lab.p, order(action, boutique_id, domain))
    assert accepted, f"{action} was refused"
    reconcile.reconcile(lab.p, accepted, wait_seconds=10)
    return accepted


def swept(lab: Lab) -> None:
    """One round of the sweep, with its work done on the spot."""
    assert sweep.sweep(lab.p, lambda boutique_id, repair: reconcile.reconcile(lab.p, boutique_id, repair=repair))


def visitor(lab: Lab, boutique_id: str) -> Browser:
    row = lab.p.load(boutique_id)
    assert row.domain
    return lab.p.edge_browser(boutique.host_with_port(lab.settings, row.domain))


def sql(lab: Lab, boutique_id: str, statement: str) -> list[tuple[object, ...]]:
    with lab.p.server.connect(lab.p.names(boutique_id).database) as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def inside(lab: Lab, boutique_id: str, script: str, user: str = "33:33") -> tuple[int, str]:
    """Runs a shell script in the boutique's container, as PHP's user unless stated."""
    code, output = lab.p.docker.execute(lab.p.names(boutique_id).container, ["/bin/sh", "-c", script], user=user)
    return code, output.decode(errors="replace")


def discard(lab: Lab, boutique_id: str) -> None:
    """Removes a boutique at once, without the archive a merchant would get."""
    steps.remove_everything(lab.p, boutique_id)
    lab.p.update(boutique_id, state="expired")


def assert_live(lab: Lab, boutique_id: str) -> None:
    """The one final state of a boutique that is wanted live, whatever happened on the way."""
    row, names = lab.p.load(boutique_id), lab.p.names(boutique_id)
    assert (row.state, row.error_code, row.archived, row.durable) == ("live", None, False, True)
    browser = visitor(lab, boutique_id)
    assert browser.follow("/").status == 200
    assert edge.marker(lab.settings.edge_hosts_dir, row.domain or "") == edge.RUNNING
    assert lab.p.docker.containers()[names.container].status == "running"
    password = boutique.admin_password(lab.settings, boutique_id, row.nonce)
    ((hashed,),) = sql(lab, boutique_id, f"SELECT passwd FROM ps_employee WHERE email = '{row.owner_email}'")
    assert bcrypt.checkpw(password.encode(), str(hashed).encode())
    private = json.loads((names.private / "comptoir.json").read_text())
    assert private["secret_key"] == lab.platform.keys[boutique_id]["secret"]
    assert private["webhook_secret"] == lab.platform.webhooks[boutique_id]["secret"]
    assert lab.platform.webhooks[boutique_id]["url"] == boutique.webhook_url(lab.settings, row.domain or "")
    mails.send_due(lab.p)
    with lab.p.session() as session:
        query = text("SELECT count(*), count(sent_at) FROM mail WHERE boutique_id = :id")
        assert tuple(session.execute(query, {"id": boutique_id}).one()) == (1, 1)
        query = text("SELECT count(*) FROM command WHERE boutique_id = :id AND status <> 'done'")
        assert session.scalar(query, {"id": boutique_id}) == 0


def assert_archived(lab: Lab, boutique_id: str) -> None:
    """Nothing of it runs or lies about but its archive."""
    row, names = lab.p.load(boutique_id), lab.p.names(boutique_id)
    assert (row.state, row.error_code, row.archived) == ("archived", None, True)
    assert names.container not in lab.p.docker.containers()
    assert names.volume not in lab.p.docker.volumes()
    assert names.database not in lab.p.server.databases()
    assert not names.folder.exists()
    assert not names.run.exists()
    assert row.domain not in edge.domains(lab.settings.edge_hosts_dir)
    assert boutique_id not in lab.platform.keys
    assert boutique_id not in lab.platform.webhooks
    assert sorted(path.name for path in names.archive.iterdir()) == ["dump.sql.gz", "files.tar.gz", "manifest.json"]


CHILD = """
import json, os, sys
from pathlib import Path
from shop_provisioner import reconcile
from shop_provisioner.config import Settings
from shop_provisioner.provisioner import connect
values = json.loads(sys.argv[1])
kinds = {f: t for f, t in Settings.__annotations__.items()}
paths = {"state_dir", "run_dir", "cache_dir", "edge_socket", "edge_hosts_dir", "mail_socket", "ca_bundle"}
p = connect(Settings(**{k: Path(v) if k in paths else v for k, v in values.items()}))
print("ready", flush=True)
reconcile.reconcile(p, sys.argv[2])
print("done", flush=True)
"""


def reconcile_and_kill(lab: Lab, boutique_id: str, after_seconds: float) -> bool:
    """Reconciles in a process of its own and kills it (-9) that long after it began. True when it was killed in time."""
    values = json.dumps(asdict(lab.settings), default=str)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, values, boutique_id], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert child.stdout is not None
    with child, child.stdout:
        assert child.stdout.readline() == "ready\n"
        time.sleep(after_seconds)
        child.kill()
        return "done" not in child.stdout.read()
