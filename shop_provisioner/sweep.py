"""Finds everything unfinished, every five seconds: tasks are hints, rows are the truth.

One sweep at a time. Long work is handed to ``dispatch`` (a Celery task in the worker, a plain call in tests and benches).
"""

import logging
import shutil
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from shop_provisioner import archive, boutique, db, edge, mails, pool, provisioner, reconcile, states
from shop_provisioner.db.models import Boutique, Provisioning, ReservedDomain
from shop_provisioner.errors import ProvisionerError
from shop_provisioner.provisioner import Provisioner
from shop_provisioner.specs import ContainerState
from shop_provisioner.template import Template

log = logging.getLogger(__name__)
Dispatch = Callable[[str, bool], object]  # (boutique id, repair)


def sweep(p: Provisioner, dispatch: Dispatch) -> bool:
    """One round. False when another worker is sweeping."""
    with db.exclusive(p.engine, db.SWEEP_LOCK, "sweep") as got:
        if not got:
            return False
        template = check_availability(p)
        for chore in (_restart_missing, _dispatch_unfinished, _send_mails, _expire, _remove_strays):
            try:
                chore(p, dispatch)
            except ProvisionerError as error:  # one broken chore must not keep the others from being done
                log.warning("%s: %s", chore.__name__, error)
        refill(p, template, dispatch)
    return True


def check_availability(p: Provisioner) -> Template | None:
    """Writes the row behind ``portal_provisioning``: can boutiques be created, and if not, what is missing."""
    template, error = provisioner.missing(p)
    values = {
        "id": 1,
        "available": template is not None,
        "missing_code": error.code if error else None,
        "missing_params": error.params if error else None,
        "template": template.digest if template else None,
        "prestashop_version": template.version if template else None,
        "boutiques_port": p.settings.boutiques_port,
        "checked_at": p.now,
    }
    with p.session() as session:
        statement = insert(Provisioning).values(**values)
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    return template


def refill(p: Provisioner, template: Template | None, dispatch: Dispatch) -> None:
    """Orders pool members when no merchant is waiting, and removes what can no longer be claimed."""
    if pool.creation_under_way(p):
        return
    pool.discard_unusable(p, template)
    if template:
        for boutique_id in pool.order_members(p, template):
            dispatch(boutique_id, False)


def _restart_missing(p: Provisioner, dispatch: Dispatch) -> None:
    """Containers that should run but do not, MariaDB's first; places at the edge; a public port that changed."""
    with p.session() as session:
        rows = session.scalars(select(Boutique).where(Boutique.state.in_(states.RUNNING))).all()
    if not rows:
        return
    running = p.docker.containers()
    if not _runs(running.get(p.server.name)):
        p.server.ensure()
    for row in rows:
        if row.domain and row.identity_host != boutique.host_with_port(p.settings, row.domain):
            p.update(row.id, payments_ready=False)
            dispatch(row.id, True)
        elif not _runs(running.get(p.names(row.id).container)) or not _reachable(p, row):
            dispatch(row.id, True)


def _reachable(p: Provisioner, row: Boutique) -> bool:
    """Whether the web server's socket is there and the edge is told the right thing."""
    if not p.names(row.id).socket.exists():
        return False
    wanted = edge.SUSPENDED if row.state == "suspended" else edge.RUNNING
    return row.domain is None or edge.marker(p.settings.edge_hosts_dir, row.domain) == wanted


def _runs(state: ContainerState | None) -> bool:
    return state is not None and state.status == "running"


def _dispatch_unfinished(p: Provisioner, dispatch: Dispatch) -> None:
    waiting = pool.creation_under_way(p)
    with p.session() as session:
        members = set(session.scalars(select(Boutique.id).where(Boutique.wanted == "pooled")))
    for boutique_id in reconcile.unfinished(p):
        if not (waiting and boutique_id in members):
            dispatch(boutique_id, False)
    for boutique_id in _not_durable(p):
        dispatch(boutique_id, False)


def _not_durable(p: Provisioner) -> list[str]:
    with p.session() as session:
        query = select(Boutique.id).where(Boutique.state.in_(states.RUNNING), Boutique.durable.is_(False))
        return list(session.scalars(query))


def _send_mails(p: Provisioner, dispatch: Dispatch) -> None:
    mails.send_due(p)


def _expire(p: Provisioner, dispatch: Dispatch) -> None:
    """Archives whose 30 days are over, and names no longer closed to anyone."""
    now = p.now
    for boutique_id in _expired(p, now):
        with db.exclusive(p.engine, db.BOUTIQUE_LOCK, boutique_id) as got:
            if got:
                archive.remove(p, boutique_id)
                with p.session() as session:
                    still = Boutique.id == boutique_id, Boutique.state == "archived"
                    session.execute(update(Boutique).where(*still).values(state="expired", archived=False))
    with p.session() as session:
        over = ReservedDomain.kept_until <= now
        open_again = or_(ReservedDomain.closed_until.is_(None), ReservedDomain.closed_until <= now)
        session.execute(delete(ReservedDomain).where(over, open_again))


def _expired(p: Provisioner, now: datetime) -> list[str]:
    with p.session() as session:
        query = select(Boutique.id).where(Boutique.state == "archived", Boutique.archive_expires_at <= now)
        return list(session.scalars(query))


def _remove_strays(p: Provisioner, dispatch: Dispatch) -> None:
    """Objects of ours that belong to no row. What exists is read before the rows: a row is always older than its objects."""
    containers, volumes = p.docker.containers(), p.docker.volumes()
    placed = edge.domains(p.settings.edge_hosts_dir)
    folders = {path.name for path in (p.settings.state_dir / "boutiques").glob("btq_*")}
    archives = {path.name for path in (p.settings.state_dir / "archives").glob("btq_*")}
    databases = p.server.databases() if _runs(containers.get(p.server.name)) else set()
    with p.session() as session:
        rows = {row.id: row for row in session.scalars(select(Boutique))}
    present = {key for key, row in rows.items() if row.state not in ("archived", "expired")}
    for name, state in containers.items():
        if state.boutique and state.boutique not in present:
            p.docker.remove_container(name)
    for name, owner in volumes.items():
        if owner not in present:
            p.docker.remove_volume(name)
    for domain in placed - {row.domain for row in rows.values() if row.id in present}:
        edge.remove(p.settings.edge_hosts_dir, domain)
    for boutique_id in folders - present:
        shutil.rmtree(p.names(boutique_id).folder, ignore_errors=True)
        shutil.rmtree(p.names(boutique_id).run, ignore_errors=True)
    _drop_stray_databases(p, databases, rows, present)
    p.forget_templates({row.template for row in rows.values() if row.state != "expired"})
    for boutique_id in archives:
        row = rows.get(boutique_id)
        if row is None or (not row.archived and states.settled(row.wanted, row.state)):
            archive.remove(p, boutique_id)


def _drop_stray_databases(p: Provisioner, databases: set[str], rows: dict[str, Boutique], present: set[str]) -> None:
    """Databases of no row, and scratch restores whose archive was interrupted."""
    owners = {p.names(boutique_id).database: boutique_id for boutique_id in rows}
    for name in databases:
        owner = owners.get(name.removeprefix(archive.SCRATCH_PREFIX), "")
        if name == name.removeprefix(archive.SCRATCH_PREFIX):
            if owner not in present:
                p.server.drop(name)
            continue
        with db.exclusive(p.engine, db.BOUTIQUE_LOCK, owner) as got:
            if got:
                p.server.drop(name)
