"""What boutique pages show: availability of a name, steps with their state, elapsed time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from merchant_portal import wordings
from merchant_portal.boutique_views import Boutique, BoutiqueViews
from merchant_portal.config import Config
from merchant_portal.formats import moment
from shop_provisioner import domains


@dataclass(frozen=True)
class Availability:
    """`domain` is set for a well-formed name; `problem` says in words why it cannot be had, with the status to answer."""

    domain: str | None
    problem: str | None = None
    status: int = 200

    @property
    def free(self) -> bool:
        """Whether it can be asked for."""
        return self.problem is None


def availability(config: Config, views: BoutiqueViews, merchant_id: str, name: str) -> Availability:
    """Whether this name can be had now. The provisioner has the last word when the command arrives."""
    try:
        domain = domains.normalise(name, config.boutiques_domain)
    except domains.DomainError as error:
        status = 409 if error.code == "domain_reserved" else 422
        return Availability(None, wordings.sentence(error.code, **error.params), status)
    holder = views.holder_of(domain)
    if holder is None:
        return Availability(domain)
    own = holder == merchant_id
    return Availability(domain, wordings.sentence("domain_own" if own else "domain_taken", domain=domain), 409)


def address(config: Config, domain: str) -> str:
    """The public address of a domain."""
    port = f":{config.boutiques_port}" if config.boutiques_port not in (None, 443) else ""
    return f"https://{domain}{port}/"


@dataclass(frozen=True)
class StepLine:
    """`state` is done, active or waiting; `seconds` what it took or has taken so far."""

    label: str
    state: str
    seconds: float | None


def steps(boutique: Boutique, now: datetime) -> list[StepLine]:
    """Steps begun, in their order, then those of a creation that are still to come."""
    begun = [_line(step, boutique.state, now) for step in boutique.steps]
    names = {step["name"] for step in boutique.steps}
    if boutique.live_at is None and boutique.state in ("queued", "creating", "failed"):
        begun += [
            StepLine(str(wordings.STEPS[name]), "waiting", None)
            for name in wordings.CREATION_STEPS
            if name not in names
        ]
    return begun


def _line(step: dict[str, Any], state: str, now: datetime) -> StepLine:
    label = str(wordings.STEPS.get(step["name"], step["name"]))
    if step.get("finished_at"):
        return StepLine(label, "done", step.get("seconds"))
    started = moment(step.get("started_at"))
    seconds = max(0.0, (now - started).total_seconds()) if started else None
    return StepLine(label, "failed" if state == "failed" else "active", seconds)


def elapsed(boutique: Boutique, now: datetime) -> float:
    """Seconds from the click to the first answer, or until now. A later change counts from its first step."""
    started = boutique.created_at
    if boutique.live_at and boutique.steps:
        started = min(filter(None, (moment(step.get("started_at")) for step in boutique.steps)), default=started)
    ends = [moment(step.get("finished_at")) for step in boutique.steps]
    known = [end for end in ends if end is not None]
    end = max(known) if known and not boutique.moving else now
    return max(0.0, (end - started).total_seconds())


def headline(boutique: Boutique) -> str:
    """One sentence: what is going on."""
    if boutique.state == "failed":
        return gettext("Quelque chose a bloqué. Rien n’est perdu : nous réessayons, et vous pouvez relancer.")
    if boutique.state in ("queued", "creating"):
        return gettext("Votre boutique se prépare. Vous pouvez quitter cette page, rien ne se perd.")
    if boutique.state == "changing":
        goals = {
            "live": gettext("Votre boutique revient en ligne."),
            "suspended": gettext("Votre boutique est en cours de suspension."),
            "deleted": gettext("Votre boutique est en cours d’archivage."),
        }
        return goals.get(boutique.wanted, "")
    states = {
        "live": gettext("Votre boutique est en ligne et peut encaisser."),
        "suspended": gettext(
            "Votre boutique affiche une page d’attente (503). Rien n’est perdu, l’argent continue de circuler."
        ),
        "archived": gettext("Votre boutique est archivée ; rien d’elle ne tourne plus."),
    }
    return states.get(boutique.state, "")
