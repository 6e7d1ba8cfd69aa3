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
DISPUTE: dict[str, Look] = {
    "open": Look(lazy_gettext("Ouvert"), "warning", "alert"),
    "not_contestable": Look(lazy_gettext("Non contestable"), "danger", "block"),
    "accepted": Look(lazy_gettext("Accepté"), "neutral", "check"),
    "evidence_pending": Look(lazy_gettext("Envoi en cours"), "progress", "arrow"),
    "evidence_sent": Look(lazy_gettext("Preuves envoyées"), "info", "mail"),
    "evidence_verification": Look(lazy_gettext("Vérification"), "info", "search"),
    "won": Look(lazy_gettext("Gagné"), "success", "check-circle"),
    "lost": Look(lazy_gettext("Perdu"), "danger", "cross"),
    "out_of_time": Look(lazy_gettext("Hors délais"), "danger", "clock"),
}
PAYOUT: dict[str, Look] = {
    "pending": Look(lazy_gettext("En attente"), "neutral", "clock"),
    "to_pay": Look(lazy_gettext("En cours"), "progress", "arrow"),
    "sent": Look(lazy_gettext("En cours"), "progress", "arrow"),
    "paid": Look(lazy_gettext("Effectué"), "success", "check-circle"),
    "failed": Look(lazy_gettext("Échec"), "danger", "block"),
}
BATCH: dict[str, Look] = {
    "open": Look(lazy_gettext("En cours"), "progress", "arrow"),
    "agreed": Look(lazy_gettext("Totaux concordants"), "success", "check-circle"),
    "refused": Look(lazy_gettext("Totaux différents"), "danger", "alert"),
}
DELIVERY: dict[str, Look] = {
    "pending": Look(lazy_gettext("À envoyer"), "progress", "clock"),
    "retrying": Look(lazy_gettext("Nouvel essai prévu"), "warning", "refresh"),
    "delivered": Look(lazy_gettext("Livré"), "success", "check-circle"),
    "abandoned": Look(lazy_gettext("Abandonné"), "danger", "cross"),
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


def dispute(status: str) -> Look:
    """Of a dispute."""
    return DISPUTE.get(status, _UNKNOWN)


def payout(status: str) -> Look:
    """Of a payout."""
    return PAYOUT.get(status, _UNKNOWN)


def batch(state: str) -> Look:
    """Of a telecollection."""
    return BATCH.get(state, _UNKNOWN)


def delivery(item: dict[str, Any]) -> Look:
    """Of an event on its way to a webhook; one that failed and is tried again looks otherwise than a new one."""
    state = "retrying" if item["state"] == "pending" and item["attempts"] else item["state"]
    return DELIVERY.get(state, _UNKNOWN)


def payout_next(item: dict[str, Any]) -> str:
    """What happens next to a payout, and when."""
    if item["status"] == "paid" and item.get("date_bank"):
        return gettext("Viré le %(day)s sur le compte %(iban)s.", day=day(item["date_bank"]), iban=item["iban_masked"])
    if item["status"] == "failed":
        return gettext(
            "Le virement n’a pas abouti : l’argent est de nouveau disponible. Vérifiez votre IBAN, puis contactez l’aide."
        )
    if item["status"] == "pending" and item["amount"] <= 0:
        return gettext("Rien à virer pour l’instant : ce qui est dû sera déduit des prochains fonds.")
    if item.get("expected_on"):
        return gettext("Reversement prévu le %(day)s.", day=day(item["expected_on"]))
    return ""


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

DISPUTE_NEXT: dict[str, Any] = {
    "open": lazy_gettext(
        "Écrivez d’abord à votre client, puis envoyez vos preuves ou acceptez. Seul l’envoi arrête le délai."
    ),
    "not_contestable": lazy_gettext(
        "La banque ne permet pas de contester ce motif. La contestation sera acceptée d’elle-même à la fin du délai."
    ),
    "accepted": lazy_gettext("Vous avez accepté : le montant reste rendu à votre client."),
    "evidence_pending": lazy_gettext("Vos preuves partent à la banque."),
    "evidence_sent": lazy_gettext("La banque a reçu vos preuves et va les examiner."),
    "evidence_verification": lazy_gettext("La banque examine vos preuves ; comptez environ 30 jours."),
    "won": lazy_gettext("La banque vous donne raison : le montant et les frais vous sont rendus."),
    "lost": lazy_gettext("La banque donne raison à votre client : le montant lui reste rendu."),
    "out_of_time": lazy_gettext("Le délai est passé sans envoi de preuves : plus rien n’est possible."),
}
EVIDENCE_KINDS: dict[str, Any] = {
    "receipt": lazy_gettext("Facture ou ticket"),
    "delivery": lazy_gettext("Bon de livraison"),
    "certificate": lazy_gettext("Attestation"),
    "messages": lazy_gettext("Échanges avec le client"),
    "other": lazy_gettext("Autre"),
}
EVIDENCE_FACTS: dict[str, Any] = {
    "order_id": lazy_gettext("Référence de commande"),
    "description": lazy_gettext("Description"),
    "customer_name": lazy_gettext("Nom du client"),
    "customer_email": lazy_gettext("E-mail du client"),
    "billing_address": lazy_gettext("Adresse de facturation"),
    "shipping_address": lazy_gettext("Adresse de livraison"),
    "terminal": lazy_gettext("Ticket du terminal"),
    "paid_at": lazy_gettext("Payé le"),
    "authentication": lazy_gettext("Authentification 3-D Secure"),
    "ip": lazy_gettext("Adresse IP du payeur"),
    "refunds": lazy_gettext("Déjà remboursé"),
    "boutique": lazy_gettext("Boutique"),
}
PAYOUT_LINES: dict[str, Any] = {
    "payment": lazy_gettext("Paiement"),
    "refund": lazy_gettext("Remboursement"),
    "refund_back": lazy_gettext("Remboursement non abouti"),
    "refund_exchange": lazy_gettext("Écart de change, remboursement"),
    "dispute": lazy_gettext("Contestation"),
    "dispute_won": lazy_gettext("Contestation gagnée"),
    "dispute_exchange": lazy_gettext("Écart de change, contestation"),
    "dispute_fee": lazy_gettext("Frais de contestation"),
    "dispute_fee_back": lazy_gettext("Frais rendus"),
    "merchant_debit": lazy_gettext("Prélevé sur votre compte"),
    "merchant_debit_back": lazy_gettext("Prélèvement sur votre compte rejeté"),
    "return": lazy_gettext("Prélèvement rejeté"),
    "return_fee": lazy_gettext("Frais de rejet"),
    "payout_failed": lazy_gettext("Reversement non abouti"),
    "payout_returned": lazy_gettext("Reversement revenu"),
}
BANK_FILES: dict[str, Any] = {
    "validated": lazy_gettext("Fichier validé"),
    "accepted": lazy_gettext("Réponse de la banque lue"),
    "awaited": lazy_gettext("Réponse attendue"),
    "refused": lazy_gettext("Réponse illisible, redemandée"),
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
