"""Codes to sentences of the reader's language. Errors say what to do; an unknown code still says something true."""

# ruff: noqa: E501  a sentence stays on one line: it is one msgid for the translators

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

from merchant_portal.formats import date_time, money

MAIL_SUBJECTS: dict[str, Any] = {
    "confirm": lazy_gettext("Confirmez votre adresse e-mail"),
    "known": lazy_gettext("Vous avez déjà un compte Comptoir"),
    "reset": lazy_gettext("Choisissez un nouveau mot de passe"),
}

SENTENCES: dict[str, Any] = {
    # Sign-up, sign-in, links
    "sign_in_wrong": lazy_gettext("Cette adresse et ce mot de passe ne vont pas ensemble. Vérifiez-les, ou choisissez un nouveau mot de passe."),
    "sign_in_unconfirmed": lazy_gettext("Votre adresse n’est pas encore confirmée : ouvrez le lien que nous vous avons envoyé par e-mail."),
    "throttled": lazy_gettext("Trop d’essais. Attendez %(seconds)s secondes puis réessayez."),
    "link_unknown": lazy_gettext("Ce lien n’est pas complet ou n’existe pas. Copiez-le en entier depuis l’e-mail."),
    "link_used": lazy_gettext("Ce lien a déjà servi. Vous pouvez vous connecter."),
    "link_expired": lazy_gettext("Ce lien n’est plus valable. Inscrivez-vous à nouveau pour en recevoir un autre."),
    "password_short": lazy_gettext("Choisissez au moins 12 caractères : une phrase courte convient très bien."),
    "password_long": lazy_gettext("Restez à 128 caractères au plus."),
    "password_repeated": lazy_gettext("Ce mot de passe répète ou aligne des caractères (aaaa, 1234, azerty). Ajoutez des mots sans lien entre eux."),
    "password_common": lazy_gettext("Ce mot de passe repose sur un mot très courant. Associez trois ou quatre mots sans lien entre eux."),
    "password_personal": lazy_gettext("Ce mot de passe reprend votre adresse ou le nom de votre entreprise. Choisissez autre chose."),
    # Refunds
    "amount_malformed": lazy_gettext("Écrivez un montant comme 12,50."),
    "refund_too_high": lazy_gettext("Vous pouvez rembourser au plus %(refundable)s sur ce paiement. Indiquez un montant plus petit."),
    "partial_before_capture": lazy_gettext("Avant l’encaissement, seul un remboursement total est possible : il annule le paiement. Un remboursement partiel sera possible %(when)s."),
    "full_only_before_capture": lazy_gettext("Avant l’encaissement, seul un remboursement total est possible : il annule le paiement. Un remboursement partiel sera possible %(when)s."),
    "capture_in_progress": lazy_gettext("L’encaissement est en cours à la banque. Un remboursement sera possible %(when)s."),
    "not_refundable": lazy_gettext("Ce paiement ne peut pas être remboursé : aucun montant n’a été encaissé."),
    "changed_meanwhile": lazy_gettext("Ce qui reste remboursable a changé depuis l’ouverture de ce formulaire : c’est %(refundable)s à présent. Rien n’a été fait de plus ; vérifiez les remboursements du paiement, puis validez à nouveau si vous voulez rembourser encore."),
    "nothing_left": lazy_gettext("Ce paiement est déjà entièrement remboursé ou contesté."),
    "insufficient_funds": lazy_gettext("Votre solde ne couvre pas ce remboursement : il manque %(shortfall)s. Attendez de nouveaux encaissements ou remboursez un montant plus petit."),
    "illegal_transition": lazy_gettext("Le paiement a changé d’état entre-temps ; rien n’a été fait. Relisez son état ci-dessous."),
    "idempotency_mismatch": lazy_gettext("Ce formulaire a déjà servi avec un autre montant ; rien de plus n’a été fait. Ouvrez-le à nouveau."),
    "idempotency_in_progress": lazy_gettext("Votre demande est en cours de traitement. Rechargez la page dans un instant."),
    "capture_too_high": lazy_gettext("Vous pouvez encaisser au plus le montant autorisé."),
    # Disputes
    "file_type": lazy_gettext("Ce fichier n’est pas un PDF, PNG ou JPEG complet. Exportez-le dans l’un de ces formats."),
    "file_too_large": lazy_gettext("Ce fichier dépasse 10 Mo. Réduisez-le ou découpez-le."),
    "file_empty": lazy_gettext("Choisissez un fichier ; celui-ci est vide."),
    "too_many_files": lazy_gettext("Dix fichiers au plus. Retirez-en un avant d’en ajouter un autre."),
    "nothing_to_send": lazy_gettext("Écrivez quelques mots ou ajoutez un fichier avant d’envoyer."),
    "not_open": lazy_gettext("Les preuves ne peuvent plus être changées : elles sont parties ou le délai est passé."),
    "out_of_time": lazy_gettext("Le délai est passé sans envoi de preuves : plus rien n’est possible."),
    "text_too_long": lazy_gettext("Votre texte est trop long : restez à 20 000 caractères."),
    "not_disputable": lazy_gettext("Seul un paiement encaissé peut être contesté."),
    "dispute_too_high": lazy_gettext("Ce paiement est déjà entièrement contesté."),
    "dispute_too_late": lazy_gettext("Le délai de treize mois pour contester ce paiement est passé."),
    # Keys
    "key_replaced": lazy_gettext("Cette clé a déjà été remplacée. Renouvelez celle qui la remplace."),
    "key_over": lazy_gettext("Cette clé n’ouvre plus rien. Créez une nouvelle paire."),
    "secret_key_needed": lazy_gettext("Renouvelez la clé secrète : la clé publique suit."),
    # Test clock
    "clock_backwards": lazy_gettext("L’horloge de test ne peut qu’avancer. Choisissez un moment après %(now)s."),
    "clock_forward_only": lazy_gettext("L’horloge avance déjà jusqu’au %(goal)s. Choisissez un moment plus tardif."),
    "clock_too_far": lazy_gettext("C’est trop loin : avancez d’un an au plus à la fois, et de deux ans en tout."),
    "clock_malformed": lazy_gettext("Choisissez une date et une heure."),
    # Boutiques
    "domain_malformed": lazy_gettext("Ce nom ne convient pas : utilisez des lettres, des chiffres et des tirets."),
    "domain_malformed.empty": lazy_gettext("Indiquez un nom."),
    "domain_malformed.one_label": lazy_gettext("Indiquez un seul mot, sans point : il vient devant .%(base)s."),
    "domain_malformed.too_short": lazy_gettext("Choisissez au moins %(min)s caractères."),
    "domain_malformed.too_long": lazy_gettext("Ce nom est trop long : restez à %(max)s caractères au plus."),
    "domain_malformed.hyphens": lazy_gettext("Un tiret ne peut être ni au début, ni à la fin, ni doublé en troisième et quatrième position."),
    "domain_malformed.characters": lazy_gettext("Utilisez des lettres, des chiffres et des tirets ; pas d’espace ni d’autre signe."),
    "domain_malformed.script": lazy_gettext("Utilisez l’alphabet latin : d’autres écritures peuvent imiter un nom existant."),
    "domain_reserved": lazy_gettext("Le nom « %(name)s » est réservé à la plateforme, ou trop proche d’un nom réservé. Choisissez-en un autre."),
    "domain_taken": lazy_gettext("Ce nom est déjà pris. Choisissez-en un autre."),
    "domain_own": lazy_gettext("Ce nom est celui d’une de vos boutiques, ou gardé pour sa restauration."),
    "prestashop_missing": lazy_gettext("Aucune version de PrestaShop n’a été donnée à cette plateforme. Il manque : un PrestaShop 8.2 ou 9 officiel. À faire une fois : %(how)s"),
    "prestashop_missing.template": lazy_gettext("Le modèle de boutique n’est pas prêt : il se construit une fois par version de PrestaShop. À faire si cela dure : %(how)s"),
    "prestashop_missing.not_a_release": lazy_gettext("Ce qui a été donné n’est pas une version officielle de PrestaShop. À faire : %(how)s"),
    "prestashop_missing.not_found": lazy_gettext("La version de PrestaShop donnée est introuvable (%(source)s). À faire : %(how)s"),
    "prestashop_missing.language_packs": lazy_gettext("Les paquets de langue donnés sont introuvables (%(source)s). À faire : %(how)s"),
    "engine_missing": lazy_gettext("Le moteur de conteneurs ne répond pas. Il manque : un Docker Engine en marche sur la machine de la plateforme."),
    "template_building": lazy_gettext("Le modèle de boutique est en préparation. Cela prend une à deux minutes ; réessayez ensuite."),
    "not_started": lazy_gettext("Le service des boutiques n’a pas encore démarré. Réessayez dans un instant."),
    "missing": lazy_gettext("Le service des boutiques n’est pas prêt (%(code)s). Réessayez dans un instant."),
    "wrong_state": lazy_gettext("La boutique a changé d’état entre-temps ; rien n’a été fait."),
    "template_failed": lazy_gettext("La préparation du modèle PrestaShop a échoué."),
    "engine_failed": lazy_gettext("Le moteur de conteneurs n’a pas pu faire ce qu’il fallait."),
    "database_failed": lazy_gettext("Le serveur de base de données n’a pas pu faire ce qu’il fallait."),
    "platform_failed": lazy_gettext("Les clés de paiement de la boutique n’ont pas pu être obtenues."),
    "boutique_silent": lazy_gettext("La boutique est en place mais ne répond pas encore à son adresse."),
    "archive_failed": lazy_gettext("L’archive de la boutique n’a pas pu être vérifiée ; rien n’a été supprimé."),
    "name_not_typed": lazy_gettext("Tapez exactement %(name)s pour confirmer."),
    # Webhooks
    "bad_url": lazy_gettext("Indiquez une adresse complète qui commence par https://, sans identifiant ni mot de passe."),
    "own_host": lazy_gettext("Cette adresse est celle de Comptoir : indiquez celle de votre serveur."),
    "address_refused": lazy_gettext("Cette adresse n’est pas joignable depuis Internet : indiquez une adresse publique."),
    "no_event_type": lazy_gettext("Choisissez au moins un événement, ou aucun pour les recevoir tous."),
    "unknown_event_type": lazy_gettext("L’événement %(type)s n’existe pas."),
    "too_many_webhooks": lazy_gettext("Vous avez déjà %(most)s webhooks : supprimez-en un avant d’en ajouter."),
    "rotation_in_progress": lazy_gettext("L’ancien secret est encore valable. Attendez sa fin, ou remplacez-le tout de suite."),
    "webhook_disabled": lazy_gettext("Ce webhook est désactivé : activez-le d’abord."),
    "event_without_data": lazy_gettext("Aucun webhook n’écoutait à ce moment : le contenu de cet événement n’a pas été gardé."),
    # General
    "not_found": lazy_gettext("Introuvable."),
    "forbidden": lazy_gettext("Votre rôle ne permet pas cette action. Demandez au propriétaire du compte."),
    "payments_unavailable": lazy_gettext("Le service de paiement ne répond pas. Rien n’a été perdu ; réessayez dans un instant."),
    "boutiques_unavailable": lazy_gettext("Le service des boutiques ne répond pas. Rien n’a été perdu ; réessayez dans un instant."),
    "merchant_pending": lazy_gettext("Votre compte marchand est en cours d’ouverture. Cette page s’affichera dès qu’il sera prêt."),
    "unknown": lazy_gettext("La demande a été refusée (%(code)s). Rien n’a été changé."),
}  # fmt: skip

AUDIT: dict[str, Any] = {
    "account.opened": lazy_gettext("Compte ouvert"),
    "merchant.created": lazy_gettext("Compte marchand créé"),
    "signed_in": lazy_gettext("Connexion"),
    "password.changed": lazy_gettext("Mot de passe changé"),
    "keys.created": lazy_gettext("Paire de clés créée"),
    "keys.rotated": lazy_gettext("Clé renouvelée"),
    "keys.revoked": lazy_gettext("Clé révoquée"),
    "webhooks.created": lazy_gettext("Webhook ajouté"),
    "webhooks.changed": lazy_gettext("Webhook modifié"),
    "webhooks.rotated": lazy_gettext("Secret de webhook renouvelé"),
    "webhooks.deleted": lazy_gettext("Webhook supprimé"),
    "webhooks.tested": lazy_gettext("Événement de test envoyé"),
    "webhooks.redelivered": lazy_gettext("Événement renvoyé"),
    "refund.asked": lazy_gettext("Remboursement demandé"),
    "dispute.sent": lazy_gettext("Preuves envoyées"),
    "dispute.accepted": lazy_gettext("Contestation acceptée"),
    "capture.asked": lazy_gettext("Encaissement demandé"),
    "clock.advanced": lazy_gettext("Horloge de test avancée"),
    "boutique.create": lazy_gettext("Création d’une boutique demandée"),
    "boutique.suspend": lazy_gettext("Suspension de la boutique demandée"),
    "boutique.resume": lazy_gettext("Reprise de la boutique demandée"),
    "boutique.delete": lazy_gettext("Suppression de la boutique demandée"),
    "boutique.restore": lazy_gettext("Restauration de la boutique demandée"),
    "boutique.retry": lazy_gettext("Nouvel essai demandé"),
    "language.changed": lazy_gettext("Langue changée"),
    "network.changed": lazy_gettext("Réseau préféré changé"),
    "label.changed": lazy_gettext("Libellé de relevé changé"),
}

EVENT_NOUNS: dict[str, Any] = {  # what webhooks tell about, by the first word of an event's type
    "payment": lazy_gettext("Paiements"),
    "refund": lazy_gettext("Remboursements"),
    "dispute": lazy_gettext("Contestations"),
    "payout": lazy_gettext("Reversements"),
    "customer": lazy_gettext("Clients"),
    "card": lazy_gettext("Cartes"),
    "sepa": lazy_gettext("Comptes SEPA"),
    "mandate": lazy_gettext("Mandats"),
    "payment_intent": lazy_gettext("Intentions de paiement"),
    "payment_link": lazy_gettext("Liens de paiement"),
    "subscription": lazy_gettext("Abonnements"),
}

DELIVERY_PROBLEMS: dict[str, Any] = {  # why a webhook's receiver was not reached, or said no
    "bad_address": lazy_gettext("adresse mal formée"),
    "own_host": lazy_gettext("adresse de Comptoir, jamais appelée"),
    "dns": lazy_gettext("nom introuvable (DNS)"),
    "address_refused": lazy_gettext("adresse non publique, jamais appelée"),
    "tls": lazy_gettext("certificat ou connexion TLS refusés"),
    "timeout": lazy_gettext("pas de réponse complète en 10 secondes"),
    "connection": lazy_gettext("connexion impossible"),
    "redirect": lazy_gettext("redirection, jamais suivie"),
    "status": lazy_gettext("réponse en erreur"),
    "endpoint_deleted": lazy_gettext("webhook supprimé"),
    "endpoint_disabled": lazy_gettext("webhook désactivé"),
}

ROLES: dict[str, Any] = {
    "owner": lazy_gettext("Propriétaire"),
    "manager": lazy_gettext("Gestionnaire"),
    "accountant": lazy_gettext("Comptable"),
    "developer": lazy_gettext("Développeur"),
    "support": lazy_gettext("Support"),
}

STEPS: dict[str, Any] = {  # steps of a boutique, in the order in which they are usually done
    "folders": lazy_gettext("Espace de stockage"),
    "database": lazy_gettext("Base de données"),
    "files": lazy_gettext("Fichiers de PrestaShop et conteneur"),
    "payments": lazy_gettext("Clés de paiement"),
    "identity": lazy_gettext("Nom, administrateur et adresse"),
    "route": lazy_gettext("Adresse et certificat"),
    "answer": lazy_gettext("La boutique répond"),
    "mail": lazy_gettext("Envoi de vos identifiants"),
    "stop": lazy_gettext("Arrêt du conteneur"),
    "archive": lazy_gettext("Archive vérifiée"),
    "remove": lazy_gettext("Retrait de ce qui tournait"),
}

CREATION_STEPS = ("folders", "database", "files", "payments", "identity", "route", "answer", "mail")


def sentence(code: str, /, **params: Any) -> str:
    """The sentence of an error code. A code's `reason` or `what` parameter picks a closer wording when there is one."""
    closer = params.get("reason") or params.get("what")
    wording = SENTENCES.get(f"{code}.{closer}") or SENTENCES.get(code)
    if wording is None:
        return gettext("La demande a été refusée (%(code)s). Rien n’a été changé.", code=code)
    return str(wording) % _Shown(params, code)


def delivery_problem(problem: str | None, status: int | None = None, detail: str | None = None) -> str:
    """Why a receiver was not reached or said no, with the HTTP status or what TLS said; empty when nothing went wrong."""
    if problem is None:
        return ""
    words = str(DELIVERY_PROBLEMS.get(problem, problem))
    return f"{words} ({detail or status})" if detail or status else words


def missing(code: str | None, params: dict[str, Any]) -> str:
    """What boutiques cannot be made without."""
    if code in SENTENCES:
        return sentence(code, **params)
    return str(SENTENCES["missing"]) % {"code": code}


def mail_subject(kind: str) -> str:
    """The subject of a kind of mail, in the language in force."""
    return str(MAIL_SUBJECTS[kind])


class _Shown(dict[str, Any]):
    """Parameters as a reader wants them: amounts with their currency, moments in words. A missing one shows as a dash."""

    def __init__(self, params: dict[str, Any], code: str) -> None:
        currency = str(params.get("currency") or "eur")
        shown = {**params, "code": code}
        for name in ("refundable", "shortfall"):
            if isinstance(shown.get(name), int):
                shown[name] = money(shown[name], currency)
        since = shown.get("from")
        shown["when"] = (
            gettext("à partir du %(moment)s", moment=date_time(since)) if since else gettext("après l’encaissement")
        )
        super().__init__(shown)

    def __missing__(self, key: str) -> str:
        return "—"
