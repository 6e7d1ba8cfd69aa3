"""Makes the world match a boutique's wanted state, from wherever a crash left it.

One ordered list of named steps per wish. Steps of one stage run at the same time, stages one after the other. Every step can
be repeated, so "resume" is "run the list again". One holder of the boutique's lock at a time.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from shop_provisioner import archive, db, edge, states, steps
from shop_provisioner.db.models import Boutique, Command, ReservedDomain, Step
from shop_provisioner.errors import PlatformError, ProvisionerError
from shop_provisioner.provisioner import Provisioner

log = logging.getLogger(__name__)

StepFunction = Callable[[Provisioner, str], None]
FAILS_AFTER = 4  # attempts before a person is told; tries go on, ever more rarely
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Stage:
    """Steps that may run at the same time."""

    steps: tuple[tuple[str, StepFunction], ...]


def _stages(*stages: tuple[tuple[str, StepFunction], ...]) -> tuple[Stage, ...]:
    return tuple(Stage(stage) for stage in stages)


def _route_off(p: Provisioner, boutique_id: str) -> None:
    row = p.load(boutique_id)
    if row.domain:
        edge.remove(p.settings.edge_hosts_dir, row.domain)


def _revoke(p: Provisioner, boutique_id: str) -> None:
    """Keys and webhook endpoint of a boutique that no longer runs."""
    row = p.load(boutique_id)
    if row.merchant_id:
        person = f"provisioner for {boutique_id}"
        p.payments.delete_webhook(row.merchant_id, boutique_id, person)
        p.payments.revoke_keys(row.merchant_id, boutique_id, person)


def _remove_live(p: Provisioner, boutique_id: str) -> None:
    """What ran, now that a verified archive holds it; nothing was worth keeping when the database never was restored."""
    row = p.load(boutique_id)
    assert row.archived or not row.database_ready, "a boutique is removed only after its archive is verified"
    steps.remove_everything(p, boutique_id)


def _leave_archive(p: Provisioner, boutique_id: str) -> None:
    """From here on the restored data may change, so a later deletion must make an archive anew.

    The old one's files are removed by the sweep once the boutique is settled.
    """
    p.update(boutique_id, archived=False)


def _restored_files_and_container(p: Provisioner, boutique_id: str) -> None:
    archive.restore_files(p, boutique_id)
    steps.files_and_container(p, boutique_id)


OPEN = (
    (("identity", steps.identity),),
    (("route", steps.route),),
    (("answer", steps.answer),),
)
CREATE = _stages(
    (("folders", steps.folders),),
    (("database", steps.database), ("files", steps.files_and_container), ("payments", steps.payments)),
    *OPEN,
    (("mail", steps.announce),),
)
RESTORE = _stages(
    (("folders", steps.folders),),
    (("database", archive.restore_database), ("files", _restored_files_and_container), ("payments", steps.payments)),
    (("archive", _leave_archive),),
    *OPEN,
)
POOL = _stages(
    (("folders", steps.folders),),
    (("database", steps.database), ("files", steps.files_and_container)),
    (("warm", steps.warm),),
    (("durable", steps.durable),),
)
ARCHIVE = _stages(
    (("route", _route_off),),
    (("stop", steps.remove_container),),
    (("archive", archive.pack),),
    (("remove", _remove_live),),
    (("payments", _revoke),),
)


def plan(row: Boutique) -> tuple[Stage, ...]:
    """The steps that lead from what the row says to what is wanted."""
    if row.wanted == "pooled":
        return POOL
    if row.wanted == "deleted":
        return ARCHIVE
    return RESTORE if row.archived else CREATE


def reconcile(p: Provisioner, boutique_id: str, wait_seconds: float = 0, repair: bool = False) -> bool:
    """Brings one boutique to its wanted state. False when another holder is at it.

    ``repair`` runs the steps of a settled boutique too: its container was found missing. Errors are recorded in the row,
    not raised; the sweep tries again.
    """
    with db.exclusive(p.engine, db.BOUTIQUE_LOCK, boutique_id, wait_seconds) as got:
        if not got:
            return False
        for _ in range(3):  # the wish may change while we work
            with p.session() as session:
                row = session.get(Boutique, boutique_id)
            if row is None or row.state == "expired" or (states.settled(row.wanted, row.state) and not repair):
                break
            repair = False
            if not _attempt(p, row):
                return True
        row = p.load(boutique_id) if row is not None else None
        if row is not None and row.state in states.RUNNING:
            steps.durable(p, boutique_id)
    return True


def _attempt(p: Provisioner, row: Boutique) -> bool:
    try:
        _begin(p, row)
        for stage in plan(row):
            _run_stage(p, row.id, stage)
        _settle(p, row)
    except ProvisionerError as error:
        _failed(p, row, error)
        return False
    except Exception as error:  # a full disk or a fault of ours must neither be hidden nor tried again in a hot loop
        log.exception("boutique %s", row.id)
        _failed(p, row, ProvisionerError("internal", reason=type(error).__name__))
        return False
    return True


def _begin(p: Provisioner, row: Boutique) -> None:
    if states.settled(row.wanted, row.state):
        return
    state = states.under_way(row.wanted, row.live_at is not None)
    if row.state not in (state, "failed"):
        p.update(row.id, state=state)


def _run_stage(p: Provisioner, boutique_id: str, stage: Stage) -> None:
    if len(stage.steps) == 1:
        _run_step(p, boutique_id, *stage.steps[0])
        return
    with ThreadPoolExecutor(len(stage.steps), thread_name_prefix=boutique_id[:12]) as pool:
        running = [pool.submit(_run_step, p, boutique_id, name, step) for name, step in stage.steps]
    for future in running:  # all have ended; the first error in the list's order is the one told
        future.result()


def _run_step(p: Provisioner, boutique_id: str, name: str, step: StepFunction) -> None:
    started = p.now
    with p.session() as session:
        values = {"boutique_id": boutique_id, "name": name, "started_at": started, "finished_at": None}
        statement = insert(Step).values(**values)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["boutique_id", "name"], set_={"started_at": started, "finished_at": None}
            )
        )
    step(p, boutique_id)
    with p.session() as session:
        session.execute(
            update(Step).where(Step.boutique_id == boutique_id, Step.name == name).values(finished_at=p.now)
        )
    p.after_step(name)


def _settle(p: Provisioner, row: Boutique) -> None:
    """One transaction: the state, the dates, the name's reservation, and every command waiting for it."""
    with p.session() as session:
        fresh = session.get_one(Boutique, row.id, with_for_update=True)
        if fresh.wanted != row.wanted:
            return  # asked for something else meanwhile: the caller plans again
        now = p.now
        fresh.state = states.SETTLED[fresh.wanted]
        fresh.error_code, fresh.error_params, fresh.attempts, fresh.next_try_at = None, None, 0, None
        if fresh.wanted == "live" and (fresh.live_at is None or fresh.archived_at):
            fresh.live_at = now
        if fresh.wanted == "deleted":
            _shelve(p, fresh)
        elif fresh.archived_at:
            fresh.archived_at = fresh.archive_expires_at = None
        waiting = Command.boutique_id == row.id, Command.status == "accepted"
        session.execute(update(Command).where(*waiting).values(status="done", done_at=now))
        if fresh.domain:
            kept, closed = fresh.archive_expires_at, None
            if kept:
                closed = kept + timedelta(days=p.settings.name_closed_days)
            session.execute(
                update(ReservedDomain)
                .where(ReservedDomain.domain == fresh.domain, ReservedDomain.boutique_id == row.id)
                .values(kept_until=kept, closed_until=closed)
            )


def _shelve(p: Provisioner, row: Boutique) -> None:
    if row.archived_at is None:
        row.archived_at = p.now
        kept_days = p.settings.archive_days if row.archived else 0
        row.archive_expires_at = row.archived_at + timedelta(days=kept_days)
    row.database_ready = row.files_ready = row.payments_ready = row.durable = False


def _failed(p: Provisioner, row: Boutique, error: ProvisionerError) -> None:
    log.warning("boutique %s: %s", row.id, error)
    attempts = row.attempts + 1
    hopeless = error.permanent or (isinstance(error, PlatformError) and error.params.get("status") in (403, 404, 422))
    values: dict[str, object] = {
        "error_code": error.code,
        "error_params": error.params,
        "attempts": attempts,
        "next_try_at": p.now + min(timedelta(seconds=2**attempts), LONGEST_PAUSE),
    }
    if hopeless or attempts >= FAILS_AFTER:
        values["state"] = "failed"
    p.update(row.id, **values)


def unfinished(p: Provisioner) -> list[str]:
    """Boutiques whose world does not match their wish and whose next try is due, merchants' before pool members."""
    settled = [(Boutique.wanted == wanted) & (Boutique.state == state) for wanted, state in states.SETTLED.items()]
    with p.session() as session:
        query = select(Boutique.id, Boutique.wanted).where(
            Boutique.state != "expired", (Boutique.next_try_at.is_(None)) | (Boutique.next_try_at <= p.now)
        )
        for condition in settled:
            query = query.where(~condition)
        rows = session.execute(query.order_by(Boutique.created_at)).all()
    return [row.id for row in sorted(rows, key=lambda row: row.wanted == "pooled")]
