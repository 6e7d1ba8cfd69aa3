"""Response codes of banks in the reader's language (wire contract 3.7): what it means, in few words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

_MEANINGS: dict[str, Any] = {
    "00": lazy_gettext("Paiement accepté"),
    "01": lazy_gettext("La banque demande à être contactée"),
    "04": lazy_gettext("Carte à retenir"),
    "05": lazy_gettext("Refus de la banque, sans précision"),
    "12": lazy_gettext("Opération non valide"),
    "13": lazy_gettext("Montant non valide"),
    "14": lazy_gettext("Numéro de carte inconnu"),
    "41": lazy_gettext("Carte perdue"),
    "43": lazy_gettext("Carte volée"),
    "51": lazy_gettext("Provision insuffisante"),
    "54": lazy_gettext("Carte expirée"),
    "55": lazy_gettext("Code confidentiel faux"),
    "57": lazy_gettext("Opération non permise à ce porteur"),
    "59": lazy_gettext("Fraude suspectée"),
    "61": lazy_gettext("Plafond de la carte dépassé"),
    "62": lazy_gettext("Carte à usage restreint"),
    "65": lazy_gettext("Nombre d’opérations dépassé"),
    "75": lazy_gettext("Trop d’essais du code confidentiel"),
    "82": lazy_gettext("Cryptogramme faux"),
    "91": lazy_gettext("Banque injoignable"),
    "96": lazy_gettext("Panne du système"),
    "A0": lazy_gettext("Authentification nécessaire : puce et code"),
    "A1": lazy_gettext("Authentification 3-D Secure nécessaire"),
    "N7": lazy_gettext("Cryptogramme refusé"),
    "R0": lazy_gettext("Ordre de paiement révoqué"),
}


def meaning(response: str | None, fallback: str | None = None) -> str:
    """Ours, else the core's own words. No code at all is a try that ended at its authentication."""
    if response is None:
        return gettext("Authentification refusée ou abandonnée")
    known = _MEANINGS.get(response)
    return str(known) if known else fallback or gettext("Refus, code %(code)s", code=response)
