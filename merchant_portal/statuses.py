"""How a status looks: its French label of the domain, a tone (colour), an icon (shape), and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext

from merchant_portal.bank_calendar import HOLD_DAYS
from merchant_portal.formats import day


@dataclass(frozen=True)
class Look:
    """`tone` is neutral, info, progress, success, warning or danger."""

    label: Any
    tone: str
    icon: str


WAITING = "waiting"  # stands for a null status in addresses and tables

PAYMENT: dict[str, Look] = {
    WAITING: Look(lazy_gettext("En attente"), "neutral", "clock"),
    "authorized": Look(lazy_gettext("Autorisé"), "info", "lock"),
    "to_capture": Look(lazy_gettext("Accepté"), "info", "check"),
    "capture_sent": Look(lazy_gettext("Encaissement en cours"), "progress", "arrow"),
    "captured": Look(lazy_gettext("Encaissé"), "success", "check-circle"),
    "canceled": Look(lazy_gettext("Annulé"), "neutral", "cross"),
    "refused": Look(lazy_gettext("Refusé"), "danger", "block"),
    "failed": Look(lazy_gettext("Rejeté"), "danger", "block"),
    "expired": Look(lazy_gettext("Expiré"), "neutral", "clock"),
    "disputed": Look(lazy_gettext("Contesté"), "warning", "alert"),
}
REFUND: dict[str, Look] = {
    "payment_canceled": Look(lazy_gettext("Paiement annulé"), "neutral", "cross"),
    "to_refund": Look(lazy_gettext("À rembourser"), "info", "clock"),
    "refund_sent": Look(lazy_gettext("Remboursement envoyé"), "progress", "arrow"),
    "refunded": Look(lazy_gettext("Remboursé"), "success", "check-circle"),
    "failed": Look(lazy_gettext("Échoué"), "danger", "block"),
    "not_honored": Look(lazy_gettext("Non honoré"), "danger", "block"),
}
BOUTIQUE: dict[str, Look] = {
    "queued": Look(lazy_gettext("En file d’attente"), "info", "clock"),
    "creating": Look(lazy_gettext("Création en cours"), "progress", "arrow"),
    "changing": Look(lazy_gettext("Changement en cours"), "progress", "arrow"),
    "live": Look(lazy_gettext("En ligne"), "success", "check-circle"),
    "suspended": Look(lazy_gettext("Suspendue"), "warning", "pause"),
    "archived": Look(lazy_gettext("Archivée"), "neutral", "archive"),
    "failed": Look(lazy_gettext("À reprendre"), "danger", "alert"),
}
_UNKNOWN = Look(lazy_gettext("Inconnu"), "neutral", "clock")

# Filter chips of Mes Paiements: "Rejetés" joins the issuer's and the technical no.
FILTERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "waiting": (lazy_gettext("En attente"), ("null",)),
    "accepted": (lazy_gettext("Acceptés"), ("authorized", "to_capture", "capture_sent")),
    "captured": (lazy_gettext("Encaissés"), ("captured",)),
    "rejected": (lazy_gettext("Rejetés"), ("refused", "failed")),
    "canceled": (lazy_gettext("Annulés et expirés"), ("canceled", "expired")),
    "disputed": (lazy_gettext("Contestés"), ("disputed",)),
}


def payment(status: str | None) -> Look:
    """Of a payment."""
    return PAYMENT.get(status or WAITING, _UNKNOWN)


def refund(status: str | None) -> Look:
    """Of a refund."""
    return REFUND.get(status or "", _UNKNOWN)


def boutique(state: str) -> Look:
    """Of a boutique."""
    return BOUTIQUE.get(state, _UNKNOWN)


def what_next(item: dict[str, Any], today: date) -> str:
    """What happens next to a payment, and when. `today` is the merchant's."""
    status = item["status"] or WAITING
    expected = item.get("settlement_expected_on")
    if status in ("to_capture", "capture_sent") and expected:
        return gettext("La banque nous règle ce paiement le %(day)s.", day=day(expected))
    if status == "captured" and item.get("date_bank"):
        return _after_capture(date.fromisoformat(item["date_bank"][:10]), today)
    return str(_NEXT.get(status, ""))


def _after_capture(received: date, today: date) -> str:
    free = received + timedelta(days=HOLD_DAYS)
    if today > free:
        return gettext("Reçu de la banque le %(received)s ; disponible pour un reversement.", received=day(received))
    if today < received:
        return gettext(
            "La banque nous règle ce paiement le %(received)s ; il sera conservé %(days)s jours, puis disponible pour un reversement.",
            received=day(received),
            days=HOLD_DAYS,
        )
    return gettext(
        "Reçu de la banque le %(received)s, conservé %(days)s jours ; disponible pour un reversement après le %(free)s.",
        received=day(received),
        days=HOLD_DAYS,
        free=day(free),
    )


_NEXT: dict[str, Any] = {
    WAITING: lazy_gettext("Votre client n’a pas encore payé. Rien n’est dû tant que le paiement n’est pas accepté."),
    "authorized": lazy_gettext(
        "Le montant est réservé 7 jours sur la carte. Encaissez-le avant, sinon il sera libéré."
    ),
    "to_capture": lazy_gettext("Le paiement part à l’encaissement à la prochaine heure limite (23 h)."),
    "capture_sent": lazy_gettext("L’encaissement est parti à la banque ; elle nous règle le jour ouvré suivant."),
    "captured": lazy_gettext("Encaissé. Le montant est conservé 7 jours puis reversé."),
    "canceled": lazy_gettext("Le paiement a été annulé avant son encaissement : votre client n’est pas débité."),
    "refused": lazy_gettext("La banque de votre client a refusé. Invitez-le à payer avec un autre moyen."),
    "failed": lazy_gettext("Le paiement n’a pas abouti pour une raison technique. Votre client peut réessayer."),
    "expired": lazy_gettext("Le délai est passé sans paiement. Aucun montant n’a été pris."),
    "disputed": lazy_gettext("Votre client conteste ce paiement auprès de sa banque."),
}

REFUND_NEXT: dict[str, Any] = {
    "payment_canceled": lazy_gettext("Le paiement lié a été annulé : votre client n’est pas débité."),
    "to_refund": lazy_gettext("Part à la banque dans les 24 heures."),
    "refund_sent": lazy_gettext("En cours d’exécution chez la banque de votre client."),
    "refunded": lazy_gettext("Votre client a été remboursé."),
    "failed": lazy_gettext("Incident technique : le montant vous est rendu, remboursez par virement."),
    "not_honored": lazy_gettext(
        "La banque de votre client a refusé : le montant vous est rendu, remboursez par virement."
    ),
}
