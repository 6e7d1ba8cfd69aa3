"""Responses of the acquirer and of banks (wire contract 3.7, our own included): what each means and what the merchant can do.

Both in the reader's language. Payers read the page's own, gentler words (payment_page/reasons.py).
"""

from __future__ import annotations

from payments_core import sepa_reasons

Words = tuple[str, str, str]  # French, English, Italian

# code: meaning in French, English, Italian
MEANINGS: dict[str, Words] = {
    "00": ("Paiement accepté", "Approved", "Pagamento accettato"),
    "01": (
        "La banque demande à être contactée",
        "The issuer asks to be contacted",
        "La banca chiede di essere contattata",
    ),
    "02": (
        "La banque demande à être contactée, cas particulier",
        "The issuer asks to be contacted, special case",
        "La banca chiede di essere contattata, caso particolare",
    ),
    "03": ("Commerçant inconnu", "Merchant unknown", "Esercente sconosciuto"),
    "04": ("Carte à retenir", "Card to be captured", "Carta da trattenere"),
    "05": (
        "Refus de la banque, sans précision",
        "Declined by the issuer without a reason",
        "Rifiuto della banca, senza motivo",
    ),
    "06": ("Erreur générale", "General error", "Errore generale"),
    "07": (
        "Carte à retenir, cas particulier",
        "Card to be captured, special case",
        "Carta da trattenere, caso particolare",
    ),
    "08": ("Accepté après identification", "Approved after identification", "Accettato dopo identificazione"),
    "09": ("En cours de traitement", "In progress", "In corso di elaborazione"),
    "10": ("Accepté en partie seulement", "Approved for a part only", "Accettato solo in parte"),
    "11": ("Paiement accepté, client privilégié", "Approved, VIP", "Pagamento accettato, cliente privilegiato"),
    "12": ("Opération non valide", "Invalid operation", "Operazione non valida"),
    "13": ("Montant non valide", "Invalid amount", "Importo non valido"),
    "14": ("Numéro de carte inconnu", "No such card number", "Numero di carta sconosciuto"),
    "15": ("Banque inconnue", "No such issuer", "Banca sconosciuta"),
    "16": ("Provision insuffisante", "Not enough funds", "Fondi insufficienti"),
    "17": ("Annulé par le payeur", "Cancelled by the payer", "Annullato dal pagatore"),
    "19": ("À réessayer plus tard", "Try again later", "Riprovare più tardi"),
    "20": ("Réponse non valide", "Invalid answer", "Risposta non valida"),
    "21": ("Rien à annuler", "Nothing to undo", "Niente da annullare"),
    "22": ("Dysfonctionnement suspecté", "Suspected malfunction", "Sospetto malfunzionamento"),
    "25": ("Enregistrement introuvable", "Record not found", "Registrazione non trovata"),
    "28": (
        "Fichier momentanément indisponible",
        "File temporarily unavailable",
        "Archivio momentaneamente non disponibile",
    ),
    "30": ("Erreur de format", "Format error", "Errore di formato"),
    "41": ("Carte perdue", "Lost card", "Carta smarrita"),
    "42": ("Carte volée", "Stolen card", "Carta rubata"),
    "43": ("Carte volée", "Stolen card", "Carta rubata"),
    "51": ("Provision insuffisante", "Not enough funds", "Fondi insufficienti"),
    "52": ("Pas de compte chèques", "No cheque account", "Nessun conto corrente"),
    "53": ("Pas de compte d'épargne", "No savings account", "Nessun conto di risparmio"),
    "54": ("Carte expirée", "Expired card", "Carta scaduta"),
    "55": ("Code confidentiel faux", "Wrong PIN", "PIN errato"),
    "57": (
        "Opération non permise à ce porteur",
        "Not allowed for this holder",
        "Operazione non consentita a questo titolare",
    ),
    "58": (
        "Opération non permise à ce terminal",
        "Not allowed at this terminal",
        "Operazione non consentita a questo terminale",
    ),
    "59": ("Fraude suspectée", "Suspected fraud", "Sospetta frode"),
    "61": ("Plafond de la carte dépassé", "Amount limit reached", "Limite di importo superato"),
    "62": ("Carte à usage restreint", "Restricted card", "Carta a uso limitato"),
    "63": ("Règle de sécurité non respectée", "Security violation", "Violazione di una regola di sicurezza"),
    "65": ("Nombre d'opérations dépassé", "Number of operations reached", "Numero di operazioni superato"),
    "68": ("Réponse arrivée trop tard", "The answer came too late", "Risposta arrivata troppo tardi"),
    "75": ("Trop d'essais du code confidentiel", "Too many PIN tries", "Troppi tentativi di PIN"),
    "76": ("Opération d'origine introuvable", "Original operation not found", "Operazione originale non trovata"),
    "77": (
        "Répétition ou annulation incohérente",
        "Inconsistent repeat or reversal",
        "Ripetizione o annullamento incoerente",
    ),
    "78": ("Nouvelle carte pas encore activée", "New card not yet activated", "Nuova carta non ancora attivata"),
    "80": ("Banque indisponible", "Issuer unavailable", "Banca non disponibile"),
    "81": ("Erreur de chiffrement du code", "PIN cryptography error", "Errore di cifratura del PIN"),
    "82": ("Cryptogramme faux", "Security code check failed", "Codice di sicurezza errato"),
    "83": ("Code confidentiel invérifiable", "PIN cannot be verified", "PIN non verificabile"),
    "85": ("Vérification sans objection", "Nothing against a verification", "Verifica senza obiezioni"),
    "91": ("Banque injoignable", "Issuer unreachable", "Banca irraggiungibile"),
    "92": ("Aucun chemin vers la banque", "No route to the issuer", "Nessun percorso verso la banca"),
    "93": ("Interdit par la loi", "Forbidden by law", "Vietato dalla legge"),
    "94": ("Transmission en double", "Duplicate transmission", "Trasmissione doppia"),
    "95": ("Erreur de rapprochement", "Reconciliation error", "Errore di riconciliazione"),
    "96": ("Panne du système", "System malfunction", "Guasto del sistema"),
    "98": ("Serveur indisponible", "Server unavailable", "Server non disponibile"),
    "A0": (
        "Authentification nécessaire : puce et code",
        "Authentication needed: chip and PIN",
        "Autenticazione necessaria: chip e PIN",
    ),
    "A1": (
        "Authentification 3-D Secure nécessaire",
        "3-D Secure authentication needed",
        "Autenticazione 3-D Secure necessaria",
    ),
    "B1": ("Frais supplémentaires non permis", "Surcharge not allowed", "Sovrapprezzo non consentito"),
    "N0": ("Traitement de secours imposé", "Forced stand-in processing", "Elaborazione sostitutiva forzata"),
    "N3": ("Retrait d'espèces indisponible", "Cash service unavailable", "Prelievo di contante non disponibile"),
    "N4": ("Retrait d'espèces au-dessus du plafond", "Cashback over the limit", "Prelievo di contante oltre il limite"),
    "N7": ("Cryptogramme refusé", "Security code refused", "Codice di sicurezza rifiutato"),
    "P2": ("Données du créancier non valides", "Bad biller data", "Dati del creditore non validi"),
    "P5": ("Changement de code refusé", "PIN change refused", "Cambio del PIN rifiutato"),
    "P6": ("Code confidentiel trop facile", "Unsafe PIN", "PIN poco sicuro"),
    "Q1": (
        "Authentification de la carte échouée",
        "Card authentication failed",
        "Autenticazione della carta non riuscita",
    ),
    "R0": ("Ordre de paiement révoqué", "Payment order revoked", "Ordine di pagamento revocato"),
    "R1": ("Autorisation révoquée", "Authorization revoked", "Autorizzazione revocata"),
    "R3": ("Toutes les autorisations révoquées", "All authorizations revoked", "Tutte le autorizzazioni revocate"),
    "XA": ("À transmettre à la banque", "Forward to the issuer", "Da inoltrare alla banca"),
    "XD": ("À transmettre à la banque, refus", "Forward to the issuer, declined", "Da inoltrare alla banca, rifiuto"),
    "Z1": ("Refusé hors ligne", "Declined offline", "Rifiutato offline"),
    "Z3": (
        "Banque injoignable, refusé hors ligne",
        "Unable to go online, declined",
        "Impossibile collegarsi, rifiutato",
    ),
    "7810": (
        "Trop de refus sur cette carte ou ce compte",
        "Too many refusals on this card or account",
        "Troppi rifiuti su questa carta o questo conto",
    ),
    "7811": (
        "Volume dépassé sur cette carte ou ce compte",
        "Volume limit on this card or account",
        "Volume superato su questa carta o questo conto",
    ),
    "7840": ("Carte perdue ou volée", "Lost or stolen card", "Carta smarrita o rubata"),
    "7898": ("Serveur de la banque indisponible", "Bank server unavailable", "Server della banca non disponibile"),
}

# name: what to do, in French, English, Italian
_ADVICE: dict[str, Words] = {
    "nothing": ("Rien à faire.", "Nothing to do.", "Niente da fare."),
    "verified": (
        "La carte est vérifiée ; demandez le paiement.",
        "The card is verified; ask for the payment.",
        "La carta è verificata; chiedete il pagamento.",
    ),
    "other_card": (
        "Demandez une autre carte, ou que le client appelle sa banque.",
        "Ask for another card, or let the customer call their bank.",
        "Chiedete un'altra carta, o che il cliente chiami la sua banca.",
    ),
    "call_bank": (
        "Le client doit appeler sa banque avant un nouvel essai.",
        "The customer has to call their bank before trying again.",
        "Il cliente deve chiamare la sua banca prima di riprovare.",
    ),
    "call_us": (
        "Ne réessayez pas tel quel ; écrivez-nous depuis l'aide avec la référence du paiement.",
        "Do not try again as it is; write to us from the help page with the payment's reference.",
        "Non riprovate così; scriveteci dall'assistenza con il riferimento del pagamento.",
    ),
    "refuse": (
        "N'acceptez plus cette carte et ne livrez pas avant un autre paiement.",
        "Do not take this card again, and do not deliver before another payment.",
        "Non accettate più questa carta e non consegnate prima di un altro pagamento.",
    ),
    "later": (
        "Réessayez dans quelques minutes, ou demandez une autre carte.",
        "Try again in a few minutes, or ask for another card.",
        "Riprovate fra qualche minuto, o chiedete un'altra carta.",
    ),
    "late": (
        "Rien n'a été pris : l'essai a été annulé auprès de la banque. Proposez de payer à nouveau.",
        "Nothing was taken: the try was undone at the bank. Offer to pay again.",
        "Non è stato addebitato nulla: il tentativo è stato annullato presso la banca. Proponete di pagare di nuovo.",
    ),
    "tomorrow": (
        "Demandez une autre carte ; celle-ci pourra de nouveau servir demain.",
        "Ask for another card; this one may be used again tomorrow.",
        "Chiedete un'altra carta; questa si potrà usare di nuovo domani.",
    ),
    "lower": (
        "Proposez un montant plus petit ou une autre carte ; la part acceptée a été libérée.",
        "Offer a smaller amount or another card; the part that was approved has been released.",
        "Proponete un importo minore o un'altra carta; la parte accettata è stata liberata.",
    ),
    "check_amount": (
        "Vérifiez le montant et recommencez.",
        "Check the amount and start again.",
        "Verificate l'importo e ricominciate.",
    ),
    "check_card": (
        "Faites vérifier le numéro et la date, ou demandez une autre carte.",
        "Have number and date checked, or ask for another card.",
        "Fate verificare numero e data, o chiedete un'altra carta.",
    ),
    "check_code": (
        "Faites saisir à nouveau le cryptogramme.",
        "Have the security code typed again.",
        "Fate digitare di nuovo il codice di sicurezza.",
    ),
    "funds": (
        "Proposez un autre moyen de paiement, ou réessayez quand le compte sera approvisionné.",
        "Offer another way to pay, or try again once the account has been topped up.",
        "Proponete un altro mezzo di pagamento, o riprovate quando il conto avrà fondi.",
    ),
    "limit": (
        "Le client peut relever le plafond dans l'application de sa banque, ou prendre une autre carte.",
        "The customer can raise the limit in their bank's app, or take another card.",
        "Il cliente può alzare il limite nell'app della sua banca, o usare un'altra carta.",
    ),
    "enable": (
        "Le client peut activer ce type d'achat auprès de sa banque, ou prendre une autre carte.",
        "The customer can turn on this kind of purchase with their bank, or take another card.",
        "Il cliente può attivare questo tipo di acquisto presso la sua banca, o usare un'altra carta.",
    ),
    "activate": (
        "Le client doit d'abord activer sa nouvelle carte.",
        "The customer has to activate the new card first.",
        "Il cliente deve prima attivare la nuova carta.",
    ),
    "pin": (
        "Faites saisir le code à nouveau ; trois erreurs bloquent la carte.",
        "Have the PIN typed again; three mistakes block the card.",
        "Fate digitare di nuovo il PIN; tre errori bloccano la carta.",
    ),
    "chip": (
        "Faites insérer la carte dans le terminal et composer le code.",
        "Have the card inserted in the terminal and the PIN typed.",
        "Fate inserire la carta nel terminale e digitare il PIN.",
    ),
    "threeds": (
        "Recommencez avec l'authentification 3-D Secure, ou envoyez un lien de paiement.",
        "Start again with 3-D Secure authentication, or send a payment link.",
        "Ricominciate con l'autenticazione 3-D Secure, o inviate un link di pagamento.",
    ),
    "revoked": (
        "Le client a retiré son accord : ne présentez plus cette carte sans un nouvel accord.",
        "The customer has withdrawn consent: do not present this card again without a new one.",
        "Il cliente ha revocato il consenso: non presentate più questa carta senza un nuovo accordo.",
    ),
    "ask_again": (
        "Le client a renoncé ; proposez-lui de payer à nouveau.",
        "The customer gave up; offer to pay again.",
        "Il cliente ha rinunciato; proponetegli di pagare di nuovo.",
    ),
}

# what to do: after which codes
_ADVISED: dict[str, str] = {
    "nothing": "00 08 11",
    "verified": "85",
    "other_card": "05 12 52 53 62 N3 Q1 Z1",
    "call_bank": "01 02 75 P5 P6 XA XD",
    "call_us": "03 21 25 30 58 76 77 94 95 P2",
    "refuse": "04 07 41 42 43 59 63 93 7840",
    "later": "06 09 19 20 22 28 80 81 83 91 92 96 98 N0 Z3 7898",
    "late": "68",
    "tomorrow": "7810 7811",
    "lower": "10",
    "check_amount": "13 B1",
    "check_card": "14 15 54",
    "check_code": "82 N7",
    "funds": "16 51",
    "limit": "61 65 N4",
    "enable": "57",
    "activate": "78",
    "pin": "55",
    "chip": "A0",
    "threeds": "A1",
    "revoked": "R0 R1 R3",
    "ask_again": "17",
}
_ADVICE_OF = {code: name for name, codes in _ADVISED.items() for code in codes.split()}
_CHALLENGE = (
    "Authentification refusée ou abandonnée",
    "Authentication refused or abandoned",
    "Autenticazione rifiutata o abbandonata",
)
_UNKNOWN = ("Refus", "Declined", "Rifiuto")
_LANGUAGES = ("fr", "en", "it")
_MEANINGS = MEANINGS | sepa_reasons.MEANINGS


def meaning(response: str | None, language: str) -> str:
    """The meaning in French or Italian, in English for every other language. None is a try that ended at its authentication."""
    return _in(language, _CHALLENGE if response is None else _MEANINGS.get(response, _UNKNOWN))


def advice(response: str | None, language: str) -> str:
    """What the merchant can do now, in the same languages. A try that ended at its authentication may be made again."""
    if response in sepa_reasons.ADVICE:
        return _in(language, sepa_reasons.ADVICE[response])
    name = "ask_again" if response is None else _ADVICE_OF.get(response, "other_card")
    return _in(language, _ADVICE[name])


def _in(language: str, words: Words) -> str:
    code = language[:2].lower()
    return words[_LANGUAGES.index(code) if code in _LANGUAGES else 1]
