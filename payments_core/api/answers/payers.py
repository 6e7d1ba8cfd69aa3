"""Customers, cards, SEPA accounts, checks, mandates and addresses (wire contract 2.3 to 2.5 and 2.12)."""

from __future__ import annotations

from payments_core.api.answers.forms import (
    ANYTHING,
    COUNT,
    COUNTRY,
    DAY,
    FLAG,
    SECONDS,
    TEXT,
    Schema,
    identifier,
    nullable,
    record,
    words,
)
from payments_core.api.schemas.cards import NETWORKS

_FUNDING = nullable(words("credit", "debit", "prepaid", "universal", "charge", "deferred", "unknown"))
_SCORE = {**COUNT, "maximum": 100}

_CARD: Schema = {
    "id": identifier("card"),
    "brand": TEXT,
    "country": nullable(COUNTRY),
    "created": SECONDS,
    "exp_month": {"type": "integer", "minimum": 1, "maximum": 12},
    "exp_year": {"type": "integer", "minimum": 2000, "maximum": 2100},
    "external_id": nullable(TEXT),
    "funding": _FUNDING,
    "last4": {"type": "string", "pattern": "^[0-9]{4}$"},
    "name": nullable(TEXT),
    "network": nullable(words(*NETWORKS, "unknown")),
    "preferred_network": nullable(words(*NETWORKS)),
    "zip_code": nullable(TEXT),
}
_CUSTOMER: Schema = {
    "id": identifier("cust"),
    "name": nullable(TEXT),
    "email": nullable(TEXT),
    "mobile": nullable(TEXT),
    "country": nullable(COUNTRY),
    "created": SECONDS,
    "date_birth": nullable(DAY),
    "external_id": nullable(TEXT),
    "legal_id": nullable(TEXT),
}
_SEPA: Schema = {
    "id": identifier("sepa"),
    "bic": nullable(TEXT),
    "country": COUNTRY,
    "created": SECONDS,
    "date_birth": nullable(DAY),
    "last4": {"type": "string", "minLength": 4, "maxLength": 4},
    "mandate": nullable(TEXT),
    "name": TEXT,
}
_ADDRESS: Schema = {
    "id": identifier("addr"),
    "line1": nullable(TEXT),
    "line2": nullable(TEXT),
    "line3": nullable(TEXT),
    "city": TEXT,
    "zip_code": TEXT,
    "country": COUNTRY,
    "state": nullable(TEXT),
    "metadata": ANYTHING,
    "created_at": SECONDS,
}
_FOUND = record(
    score=_SCORE,
    score_name=nullable(_SCORE),
    birth_date_valid=nullable(FLAG),
    existing_account=nullable(FLAG),
    correct_account_holder_type=nullable(FLAG),
    valid_identifier=nullable(FLAG),
    classification=words("HIGH", "MEDIUM", "LOW", "NO"),
)

ANSWERS: dict[str, Schema] = {
    "CardV1": record(**_CARD, nature=nullable(words("personnal", "corporate")), live_mode=FLAG),
    "Card": record(
        **_CARD,
        nature=nullable(words("personal", "corporate", "unknown")),
        customer=nullable(identifier("cust")),
        deleted=FLAG,
    ),
    "CustomerV1": record(**_CUSTOMER, live_mode=FLAG),
    "Customer": record(
        **_CUSTOMER,
        billing_address=nullable(identifier("addr")),
        shipping_address=nullable(identifier("addr")),
        deleted=FLAG,
    ),
    "SepaAccountV1": record(**_SEPA, date_mandate=nullable(SECONDS), live_mode=FLAG),
    "SepaAccount": record(**_SEPA, date_mandate=nullable(DAY), customer=nullable(identifier("cust")), deleted=FLAG),
    # One form for both versions: clients read it in both.
    "SepaAccountCheck": record(
        id=identifier("sepa"),
        created=SECONDS,
        date_birth=nullable(FLAG),
        response=TEXT,
        score_name=nullable(_SCORE),
        status=words("available", "check_sent", "checked", "check_error", "unavailable"),
        optional={"live_mode": FLAG},
    ),
    "IbanCheckAsked": record(id=identifier("chck")),
    "IbanCheck": record(
        id=identifier("chck"),
        created=SECONDS,
        check_type=words("person", "company"),
        status=words("pending", "succeeded"),
        person=nullable(_FOUND),
        company=nullable(_FOUND),
    ),
    "TestIban": record(iban=TEXT),
    "Mandate": record(
        id=identifier("mndt"),
        rum=TEXT,
        sepa=identifier("sepa"),
        customer=nullable(identifier("cust")),
        recurrent=FLAG,
        proof=nullable(TEXT),
        sign_url=nullable(TEXT),
        upload_url=nullable(TEXT),
        url=TEXT,
        signed_at=nullable(SECONDS),
        created_at=SECONDS,
        last_used_at=nullable(SECONDS),
        deleted_at=nullable(SECONDS),
        deleted=FLAG,
    ),
    "AddressV1": record(**_ADDRESS, live_mode=FLAG),
    "Address": record(**_ADDRESS, deleted=FLAG),
    "Ping": record(ping=words("pong")),
}
