"""Reason codes of disputes in plain words (wire contract 3.7); those of claimed direct debits are in sepa_reasons.py."""

from __future__ import annotations

from payments_core.sepa_reasons import MEANINGS as _SEPA

# code: (French, English, Italian)
MEANINGS: dict[str, tuple[str, str, str]] = {
    "14": ("Opération non autorisée par le porteur", "Not authorised by the cardholder", "Operazione non autorizzata dal titolare"),
    "42": ("Opération payée deux fois", "Charged twice", "Operazione addebitata due volte"),
    "45": ("Opération contestée par le porteur", "Contested by the cardholder", "Operazione contestata dal titolare"),
    "1040": ("Fraude : carte utilisée à distance", "Fraud: card used at a distance", "Frode: carta usata a distanza"),
    "1261": ("Opération payée deux fois", "Charged twice", "Operazione addebitata due volte"),
    "4808": ("Paiement sans autorisation valable", "No valid authorisation", "Pagamento senza autorizzazione valida"),
    "4834": ("Opération payée deux fois", "Charged twice", "Operazione addebitata due volte"),
    "4837": ("Le porteur dit ne pas avoir autorisé l’achat", "The cardholder denies the purchase", "Il titolare nega l’acquisto"),
    "4853": (
        "Article non reçu ou non conforme à sa description",
        "Goods not received or not as described",
        "Articolo non ricevuto o non conforme",
    ),
    "4863": ("Achat non reconnu par le porteur", "Purchase not recognised", "Acquisto non riconosciuto dal titolare"),
}  # fmt: skip
_LANGUAGES = ("fr", "en", "it")


def meaning(code: str, language: str) -> str:
    """Plain words in fr, en or it (else French); the code itself where it is not listed."""
    at = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    words = MEANINGS.get(code) or _SEPA.get(code)
    return words[at] if words is not None else code
