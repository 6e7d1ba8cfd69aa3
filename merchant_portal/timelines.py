"""What happened to a payment, in words, with who did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from merchant_portal import statuses
from merchant_portal.formats import money


@dataclass(frozen=True)
class Event:
    """`tone` and `icon` as in statuses.Look."""

    at: str
    title: str
    detail: str
    actor: str
    tone: str
    icon: str


_LOOKS = {"refund": statuses.REFUND, "dispute": statuses.DISPUTE, "payout": statuses.PAYOUT}
_TITLES: dict[str, Any] = {
    "payment.created": lazy_gettext("Paiement créé"),
    "payment.authorized": lazy_gettext("Montant réservé sur la carte"),
    "payment.to_capture": lazy_gettext("Paiement accepté"),
    "payment.collection_scheduled": lazy_gettext("Prélèvement programmé"),
    "payment.claim_refused": lazy_gettext("Réclamation de la banque à examiner"),
    "payment.capture_sent": lazy_gettext("Envoyé à l’encaissement"),
    "payment.captured": lazy_gettext("Encaissé"),
    "payment.canceled": lazy_gettext("Paiement annulé"),
    "payment.refused": lazy_gettext("Refusé par la banque du client"),
    "payment.failed": lazy_gettext("Rejeté"),
    "payment.expired": lazy_gettext("Expiré"),
    "payment.disputed": lazy_gettext("Contesté par le client"),
    "payment.updated": lazy_gettext("Informations modifiées"),
    "payment.released": lazy_gettext("Disponible pour un reversement"),
    "refund.created": lazy_gettext("Remboursement demandé"),
    "refund.refund_sent": lazy_gettext("Remboursement envoyé à la banque"),
    "refund.refunded": lazy_gettext("Remboursement exécuté"),
    "refund.not_honored": lazy_gettext("Remboursement non honoré par la banque"),
    "refund.failed": lazy_gettext("Remboursement échoué"),
    "refund.payment_canceled": lazy_gettext("Remboursé avant encaissement : paiement annulé"),
    "dispute.opened": lazy_gettext("Contestation ouverte par la banque du client"),
    "dispute.days_left": lazy_gettext("Rappel : le délai pour répondre approche"),
    "dispute.accepted": lazy_gettext("Contestation acceptée"),
    "dispute.evidence_pending": lazy_gettext("Preuves envoyées"),
    "dispute.evidence_sent": lazy_gettext("Preuves reçues par la banque"),
    "dispute.evidence_verification": lazy_gettext("Vérification commencée"),
    "dispute.won": lazy_gettext("Contestation gagnée"),
    "dispute.lost": lazy_gettext("Contestation perdue"),
    "dispute.out_of_time": lazy_gettext("Délai passé"),
    "payout.pending": lazy_gettext("Reversement ouvert"),
    "payout.to_pay": lazy_gettext("Mis dans un fichier de virements validé"),
    "payout.sent": lazy_gettext("Accepté par la banque"),
    "payout.paid": lazy_gettext("Virement exécuté"),
    "payout.failed": lazy_gettext("Virement non abouti"),
    "attempt.approved": lazy_gettext("Tentative acceptée"),
    "attempt.declined": lazy_gettext("Tentative refusée"),
}


def of(thing: dict[str, Any]) -> list[Event]:
    """Of a payment, dispute or payout; newest first."""
    return [_event(item, thing["currency"]) for item in reversed(thing["timeline"])]


def _event(item: dict[str, Any], currency: str) -> Event:
    kind = item["type"]
    data = item.get("data") or {}
    status = kind.partition(".")[2]
    look = _LOOKS.get(kind.partition(".")[0], statuses.PAYMENT).get(status)
    detail = money(data["amount"], currency) if isinstance(data.get("amount"), int) else ""
    return Event(
        at=item["at"],
        title=str(_TITLES.get(kind, kind)),
        detail=detail,
        actor=_actor(item.get("actor")),
        tone=look.tone if look else "danger" if status == "declined" else "neutral",
        icon=look.icon if look else "undo" if kind.startswith("refund.") else "dot",
    )


def _actor(actor: str | None) -> str:
    """Machines by their role, people by the address the core was told."""
    kind, _, name = (actor or "").partition(":")
    if kind == "person":
        return name
    known = {
        "key": gettext("API"),
        "payer": gettext("le payeur"),
        "clock": gettext("automatique"),
        "bank": gettext("la banque"),
        "issuer": gettext("la banque du client"),
        "terminal": gettext("terminal"),
        "service": gettext("automatique"),
    }
    return known.get(kind, actor or "")
