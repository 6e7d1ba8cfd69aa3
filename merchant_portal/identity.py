"""What people and companies are known by: e-mail, SIREN, IBAN. Each check is a library's; errors say which rule broke."""

from __future__ import annotations

from email_validator import validate_email
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError
from stdnum.fr import siren as siren_numbers
from stdnum.fr import siret as siret_numbers

# Countries of the SEPA area that use the euro or take SEPA transfers in euros (EPC409-09).
SEPA_COUNTRIES = frozenset(
    """AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM VA
    AL MD ME MK RS""".split()
)


class BadIdentity(ValueError):
    """`reason` is a stable word, the form turns it into a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def checked_email(text: str) -> str:
    """Lower case, ASCII. Raises email_validator.EmailNotValidError. Syntax only: the confirmation mail proves the rest."""
    parts = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    return str(parts.ascii_email or parts.normalized).lower()


def checked_siren(text: str) -> str:
    """Nine digits. Raises BadIdentity: letters, length, siret, checksum."""
    compact = "".join(text.split()).replace(".", "").replace("-", "")
    if len(compact) == 14 and siret_numbers.is_valid(compact):
        raise BadIdentity("siret")
    try:
        return str(siren_numbers.validate(compact))
    except InvalidLength:
        raise BadIdentity("length") from None
    except InvalidFormat:
        raise BadIdentity("letters") from None
    except (InvalidChecksum, ValidationError):
        raise BadIdentity("checksum") from None


def checked_iban(text: str) -> str:
    """The compact IBAN. Raises BadIdentity: country, length, checksum, characters, sepa."""
    compact = "".join(text.split()).replace("-", "").upper()
    try:
        iban = IBAN(compact)
        iban.validate(validate_bban=True)
    except SchwiftyException as error:
        raise BadIdentity(_iban_reason(error)) from error
    if iban.country_code not in SEPA_COUNTRIES:
        raise BadIdentity("sepa")
    return str(iban.compact)


def _iban_reason(error: SchwiftyException) -> str:
    reasons = {
        "InvalidLength": "length",
        "InvalidCountryCode": "country",
        "InvalidChecksumDigits": "checksum",
        "InvalidBBANChecksum": "checksum",
        "InvalidStructure": "characters",
    }
    return reasons.get(type(error).__name__, "checksum")
