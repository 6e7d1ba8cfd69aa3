"""Reasons of direct debits that were rejected, returned or claimed back (ISO 20022 ExternalStatusReason1Code, EPC173-14).

Each with what it means and what the merchant can do about it, in French, English and Italian.
"""

from __future__ import annotations

Words = tuple[str, str, str]

_OTHER_ACCOUNT = (
    "Demandez un autre compte ou une carte.",
    "Ask for another account or a card.",
    "Chiedete un altro conto o una carta.",
)
_AGAIN = (
    "Prévenez votre client, puis représentez le prélèvement.",
    "Tell your customer, then collect once more.",
    "Avvisate il cliente, poi presentate di nuovo l’addebito.",
)
_TALK = (
    "Parlez-en à votre client avant de prélever à nouveau.",
    "Talk to your customer before you collect again.",
    "Parlatene con il cliente prima di addebitare di nuovo.",
)
_NEW_MANDATE = (
    "Faites signer un nouveau mandat.",
    "Have a new mandate signed.",
    "Fate firmare un nuovo mandato.",
)
_OTHER_MEANS = (
    "Proposez une carte ou un virement.",
    "Offer a card or a transfer.",
    "Proponete una carta o un bonifico.",
)
_CALL_US = ("Contactez-nous.", "Contact us.", "Contattateci.")

# code: what it means, what to do
REASONS: dict[str, tuple[Words, Words]] = {
    "AC01": (("Numéro de compte inexact", "Account number incorrect", "Numero di conto errato"), _OTHER_ACCOUNT),
    "AC04": (("Compte clôturé", "Account closed", "Conto estinto"), _OTHER_ACCOUNT),
    "AC06": (("Compte bloqué", "Account blocked", "Conto bloccato"), _OTHER_ACCOUNT),
    "AC13": (
        ("Compte d’une entreprise non admis", "Account of a company, not of a consumer", "Conto di un’impresa non ammesso"),
        _OTHER_ACCOUNT,
    ),
    "AG01": (
        ("Ce compte n’accepte pas les prélèvements", "This account takes no direct debits", "Questo conto non accetta addebiti"),
        _OTHER_MEANS,
    ),
    "AG02": (("Code d’opération inexact", "Wrong operation code", "Codice operazione errato"), _CALL_US),
    "AM04": (("Provision insuffisante", "Insufficient funds", "Fondi insufficienti"), _AGAIN),
    "AM05": (("Prélèvement présenté deux fois", "Collected twice", "Addebito presentato due volte"), _TALK),
    "BE05": (("Créancier inconnu", "Creditor unknown", "Creditore sconosciuto"), _CALL_US),
    "CNOR": (
        ("Banque du créancier injoignable", "Creditor bank not reachable", "Banca del creditore non raggiungibile"),
        _CALL_US,
    ),
    "DNOR": (
        ("Banque du débiteur injoignable", "Debtor bank not reachable", "Banca del debitore non raggiungibile"),
        _OTHER_ACCOUNT,
    ),
    "FF01": (("Fichier illisible", "File cannot be read", "File illeggibile"), _CALL_US),
    "MD01": (("Pas de mandat valable", "No valid mandate", "Nessun mandato valido"), _NEW_MANDATE),
    "MD02": (
        ("Mandat incomplet ou inexact", "Mandate incomplete or incorrect", "Mandato incompleto o errato"),
        _NEW_MANDATE,
    ),
    "MD06": (
        ("Remboursement demandé par le payeur", "Refund requested by the payer", "Rimborso chiesto dal pagatore"),
        _TALK,
    ),
    "MD07": (("Titulaire décédé", "Holder deceased", "Titolare deceduto"), _OTHER_MEANS),
    "MS02": (("Refus du titulaire", "Refused by the holder", "Rifiutato dal titolare"), _TALK),
    "MS03": (
        ("Refus de la banque, sans précision", "Refused by the bank without a reason", "Rifiuto della banca, senza motivo"),
        _AGAIN,
    ),
    "RC01": (("Code de la banque inexact", "Bank identifier incorrect", "Codice della banca errato"), _OTHER_ACCOUNT),
    "RR01": (("Compte du débiteur manquant", "Debtor account missing", "Conto del debitore mancante"), _OTHER_ACCOUNT),
    "RR02": (
        ("Nom ou adresse du débiteur manquant", "Debtor name or address missing", "Nome o indirizzo del debitore mancante"),
        _TALK,
    ),
    "RR03": (
        ("Nom ou adresse du créancier manquant", "Creditor name or address missing", "Nome o indirizzo del creditore mancante"),
        _CALL_US,
    ),
    "RR04": (("Motif réglementaire", "Regulatory reason", "Motivo regolamentare"), _OTHER_MEANS),
    "SL01": (
        ("Bloqué par la banque du payeur", "Stopped by the payer’s bank", "Bloccato dalla banca del pagatore"),
        _TALK,
    ),
}  # fmt: skip
MEANINGS: dict[str, Words] = {code: meaning for code, (meaning, _) in REASONS.items()}
ADVICE: dict[str, Words] = {code: advice for code, (_, advice) in REASONS.items()}
