"""Accepts or refuses the portal's commands. One transaction; what it accepts is done by ``reconcile``."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shop_provisioner import boutique, domains, pool, states
from shop_provisioner.db.models import Boutique, Command, ReservedDomain, Step
from shop_provisioner.errors import ProvisionerError, Refused
from shop_provisioner.provisioner import Provisioner
from shop_provisioner.template import Template


@dataclass(frozen=True)
class Order:
    """A command as it arrives."""

    command_id: UUID
    action: str
    merchant_id: str
    person: str
    boutique_id: str | None = None
    domain: str | None = None


def accept(p: Provisioner, order: Order) -> str | None:
    """Records the command once and returns the id of the boutique to reconcile, or None when it was refused.

    The same command id again changes nothing.
    """
    with p.session() as session:
        known = session.get(Command, order.command_id)
        if known is not None:
            return known.boutique_id if known.status == "accepted" else None
    template = _template(p) if order.action == "create" else None
    try:
        with p.session() as session:
            return _accept(p, session, order, template)
    except Refused as refusal:
        _record_refusal(p, order, refusal)
        return None


def _template(p: Provisioner) -> "Template | ProvisionerError":
    try:
        return p.current_template()
    except ProvisionerError as error:
        return error


def _insert(session: Session, order: Order, **values: Any) -> bool:
    row = {
        "id": order.command_id,
        "action": order.action,
        "merchant_id": order.merchant_id,
        "domain": order.domain,
        "person": order.person,
    } | values
    result = session.execute(insert(Command).values(**row).on_conflict_do_nothing().returning(Command.id))
    return result.first() is not None


def _record_refusal(p: Provisioner, order: Order, refusal: Refused) -> None:
    with p.session() as session:
        _insert(session, order, status="refused", reason_code=refusal.code, reason_params=refusal.params)


def _accept(
    p: Provisioner, session: Session, order: Order, template: "Template | ProvisionerError | None"
) -> str | None:
    if order.action not in states.ACTIONS:
        raise Refused("wrong_state", action=order.action)
    if order.action == "create":
        assert template is not None
        row = _create(p, session, order, template)
    else:
        row = _change(session, order)
    if not _insert(session, order, status="accepted", boutique_id=row.id):
        session.rollback()  # the same command at the same moment in another worker: that one does it
        return None
    return row.id


def _create(p: Provisioner, session: Session, order: Order, template: "Template | ProvisionerError") -> Boutique:
    try:
        domain = domains.normalise(order.domain or "", p.settings.boutiques_domain)
    except domains.DomainError as error:
        raise Refused(error.code, **error.params) from error
    if isinstance(template, ProvisionerError):
        raise Refused(template.code, **template.params)
    row = pool.claim(session, template.digest)
    if row is None:
        row = Boutique(id=boutique.new_id(), template=template.digest, prestashop_version=template.version)
        row.nonce = boutique.new_nonce()
        row.created_at = p.now
        session.add(row)
    row.merchant_id, row.domain = order.merchant_id, domain
    row.wanted, row.state, row.claimed_at = "live", "queued", p.now
    row.attempts, row.next_try_at = 0, None
    _reserve(p, session, domain, order.merchant_id, row.id)
    session.execute(delete(Step).where(Step.boutique_id == row.id))
    session.flush()
    return row


def _reserve(p: Provisioner, session: Session, domain: str, merchant_id: str, boutique_id: str) -> None:
    """Takes a name: free, lapsed, or closed to others but this merchant's own. Raises Refused(domain_taken)."""
    values = {"domain": domain, "boutique_id": boutique_id, "merchant_id": merchant_id}
    taken = session.execute(
        insert(ReservedDomain).values(**values).on_conflict_do_nothing().returning(ReservedDomain.domain)
    )
    if taken.first() is not None:
        return
    held = session.get_one(ReservedDomain, domain, with_for_update=True)
    lapsed = held.kept_until is not None and held.kept_until <= p.now
    open_to_us = held.closed_until is None or held.closed_until <= p.now or held.merchant_id == merchant_id
    if not (lapsed and open_to_us):
        raise Refused("domain_taken", domain=domain)
    held.boutique_id, held.merchant_id, held.kept_until, held.closed_until = boutique_id, merchant_id, None, None


def _change(session: Session, order: Order) -> Boutique:
    row = session.scalar(select(Boutique).where(Boutique.id == (order.boutique_id or "")).with_for_update())
    if row is None or row.merchant_id != order.merchant_id or row.state == "expired":
        raise Refused("not_found", boutique_id=order.boutique_id)
    row.wanted = states.next_wanted(order.action, row.state, row.wanted)
    row.state = "changing" if row.live_at else "queued"
    row.attempts, row.next_try_at, row.error_code, row.error_params = 0, None, None, None
    session.execute(delete(Step).where(Step.boutique_id == row.id))
    return row
