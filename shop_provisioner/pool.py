"""The warm pool: boutiques without a merchant whose database is restored and whose container runs.

A member is an ordinary row with ``wanted = pooled``; claiming it is giving it a merchant.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop_provisioner import boutique, db, steps
from shop_provisioner.db.models import Boutique
from shop_provisioner.provisioner import Provisioner
from shop_provisioner.template import Template


def claim(session: Session, template: str) -> Boutique | None:
    """A ready member of this template, locked for the caller's transaction; never one another caller is taking."""
    query = (
        select(Boutique)
        .where(Boutique.wanted == "pooled", Boutique.state == "pooled", Boutique.template == template)
        .order_by(Boutique.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalar(query)


def ready(p: Provisioner) -> int:
    """Members that can be claimed now."""
    with p.session() as session:
        query = select(func.count()).where(Boutique.wanted == "pooled", Boutique.state == "pooled")
        return session.scalar(query) or 0


def order_members(p: Provisioner, template: Template) -> list[str]:
    """Adds rows until the pool has its size; returns the new ones. They are made by ``reconcile`` like any other."""
    with p.session() as session:
        have = session.scalar(
            select(func.count()).where(Boutique.wanted == "pooled", Boutique.template == template.digest)
        )
        new = []
        for _ in range(p.settings.pool_size - (have or 0)):
            row = Boutique(
                id=boutique.new_id(),
                wanted="pooled",
                state="queued",
                template=template.digest,
                prestashop_version=template.version,
                nonce=boutique.new_nonce(),
                created_at=p.now,
            )
            session.add(row)
            new.append(row.id)
    return new


def creation_under_way(p: Provisioner) -> bool:
    """Whether a merchant is waiting for a new boutique: the pool is refilled afterwards."""
    with p.session() as session:
        query = select(Boutique.id).where(
            Boutique.wanted != "pooled", Boutique.state.in_(("queued", "creating")), Boutique.next_try_at.is_(None)
        )
        return session.scalar(query.limit(1)) is not None


def discard_unusable(p: Provisioner, template: Template | None) -> int:
    """Removes members of another template, beyond the pool's size, or that could not be made. Returns how many."""
    with p.session() as session:
        rows = session.scalars(select(Boutique).where(Boutique.wanted == "pooled").order_by(Boutique.created_at)).all()
    current = [row for row in rows if template and row.template == template.digest and row.state != "failed"]
    surplus = current[p.settings.pool_size :]
    unusable = [row.id for row in rows if row not in current] + [row.id for row in surplus]
    return sum(discard(p, boutique_id) for boutique_id in unusable)


def discard(p: Provisioner, boutique_id: str) -> bool:
    """Removes a member unless it is being made or was claimed meanwhile."""
    with db.exclusive(p.engine, db.BOUTIQUE_LOCK, boutique_id) as got:
        if not got:
            return False
        with p.session() as session:
            row = session.get(Boutique, boutique_id, with_for_update=True)
            if row is None or row.wanted != "pooled":
                return False
            row.state = "changing"  # no longer claimable
        steps.remove_everything(p, boutique_id)
        with p.session() as session:
            row = session.get(Boutique, boutique_id)
            if row is not None and row.wanted == "pooled":
                session.delete(row)
    return True
