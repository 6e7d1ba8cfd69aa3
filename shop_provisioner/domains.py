"""What may be the address of a boutique. Pure: no database, no network; the portal imports this module too.

Sources: RFC 1034/1123 (labels), RFC 5891 and UTS #46 through the ``idna`` library, UTS #39 for the idea of confusable and
mixed-script names. Errors carry a code and parameters, never a sentence.
"""

import ipaddress
import unicodedata
from typing import Any

import idna

MAX_LENGTH = 80  # the edge puts the name in the path of a unix socket, which holds 107 bytes
MIN_LABEL = 3  # shorter names are kept for the platform
MAX_LABEL = 63
LAST_EUROPEAN_LATIN = "\u017f"  # end of the block Latin Extended-A; Romanian's two comma letters lie beyond


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = _words(
    """
    portal api payment payments pay 3ds mail www admin administrator root postmaster hostmaster webmaster abuse security
    noc support help aide contact status smtp imap pop pop3 mx ns ns1 ns2 dns ftp sftp ssh vpn git ci cdn static assets
    img media files app apps dashboard account accounts login signin signup auth sso oauth id webhook webhooks hooks
    test tests demo dev staging preprod prod production internal localhost local edge proxy caddy docker db database
    mysql mariadb postgres redis backup backups billing invoice invoices facture factures checkout shop boutique boutiques
    comptoir stancer prestashop autoconfig autodiscover wpad isatap broadcasthost blog docs doc info news legal cgu cgv
    terminal terminals acs acquirer issuer bank banque carte cartes visa mastercard
    """
)

# Characters that read as another one; a name is compared with reserved names in this reduced form (after UTS #39).
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "i": "l", "-": None})


class DomainError(Exception):
    """``code`` is domain_malformed or domain_reserved; ``params['reason']`` says which rule."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}")


def normalise(name: str, base_domain: str) -> str:
    """The bare host name of a boutique under the platform's domain, in ASCII and lower case.

    >>> normalise("Chez-Léa", "localhost")
    'xn--chez-la-gya.localhost'

    ``name`` is one label, or that label followed by the base domain. Raises DomainError.
    """
    text = unicodedata.normalize("NFKC", name).strip().lower().removesuffix("." + base_domain)
    if not text:
        raise DomainError("domain_malformed", reason="empty")
    if "." in text:
        raise DomainError("domain_malformed", reason="one_label", base=base_domain)
    label = _ascii_label(text)
    if len(text) < MIN_LABEL:
        raise DomainError("domain_malformed", reason="too_short", min=MIN_LABEL)
    _refuse_reserved(label, text)
    return _within_length(f"{label}.{base_domain}")


def normalise_own(name: str, base_domain: str) -> str:
    """A merchant's own domain: syntax only, ownership is proven elsewhere. Raises DomainError."""
    text = unicodedata.normalize("NFKC", name).strip().lower().removesuffix(".")
    if not text:
        raise DomainError("domain_malformed", reason="empty")
    if text == base_domain or text.endswith("." + base_domain):
        raise DomainError("domain_malformed", reason="platform_domain", base=base_domain)
    if _is_address(text):
        raise DomainError("domain_malformed", reason="address")
    labels = [_ascii_label(part) for part in text.split(".")]
    if len(labels) < 2 or labels[-1].isdigit() or len(labels[-1]) < 2:
        raise DomainError("domain_malformed", reason="not_public")
    if labels[-1] in {"localhost", "local", "internal", "invalid", "test", "example", "onion", "arpa", "alt"}:
        raise DomainError("domain_malformed", reason="not_public")  # RFC 6761, 6762, 7686, 9476
    return _within_length(".".join(labels))


def _ascii_label(text: str) -> str:
    if len(text.encode()) > 4 * MAX_LABEL:
        raise DomainError("domain_malformed", reason="too_long", max=MAX_LABEL)
    if text.startswith("xn--"):
        text = _decoded(text)
    elif text[2:4] == "--":
        raise DomainError("domain_malformed", reason="hyphens")
    if text.startswith("-") or text.endswith("-"):
        raise DomainError("domain_malformed", reason="hyphens")
    if text.isascii():
        return _plain_label(text)
    _refuse_mixed_scripts(text)
    try:
        return idna.alabel(text).decode()
    except idna.IDNAError:
        raise DomainError("domain_malformed", reason=_length_or_characters(text)) from None


def _plain_label(text: str) -> str:
    if not text or not all(c.isalnum() or c == "-" for c in text):
        raise DomainError("domain_malformed", reason="characters" if text else "empty_label")
    if len(text) > MAX_LABEL:
        raise DomainError("domain_malformed", reason="too_long", max=MAX_LABEL)
    return text


def _length_or_characters(text: str) -> str:
    return "too_long" if len(text.encode("punycode")) > MAX_LABEL - 4 else "characters"


def _decoded(label: str) -> str:
    try:
        return idna.ulabel(label)
    except idna.IDNAError:
        raise DomainError("domain_malformed", reason="characters") from None


def _refuse_mixed_scripts(text: str) -> None:
    """Beyond ASCII only the letters of Europe's Latin alphabets: another script, alone or mixed, can imitate a Latin name.

    The boutiques' public reads Latin script; accents are welcome, Cyrillic, Greek or phonetic look-alikes are not.
    """
    for char in text:
        if char.isalpha() and char > LAST_EUROPEAN_LATIN and char not in "șț":
            raise DomainError("domain_malformed", reason="script", character=char)


def _skeleton(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.replace("rn", "m").replace("vv", "w").translate(_LOOKALIKES).replace("ı", "l").replace("ø", "o")


_RESERVED_SKELETONS = {_skeleton(name): name for name in RESERVED}


def _refuse_reserved(label: str, text: str) -> None:
    shown = _decoded(label) if label.startswith("xn--") else text
    if label in RESERVED:
        raise DomainError("domain_reserved", name=label)
    imitated = _RESERVED_SKELETONS.get(_skeleton(shown))
    if imitated:
        raise DomainError("domain_reserved", name=imitated)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _within_length(domain: str) -> str:
    if len(domain) > MAX_LENGTH:
        raise DomainError("domain_malformed", reason="too_long", max=MAX_LENGTH)
    return domain
