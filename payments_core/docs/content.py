"""What each page shows, made once per process: routes and tables do not change while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask

from payments_core import states
from payments_core.api.answers.forms import Schema
from payments_core.config import Config
from payments_core.docs import document
from payments_core.docs.reference import Reference

_EXTENSION = "payments_core.docs"
# Tables a developer meets, in the order of the page, with what the object is called.
_NOUNS = {
    "payment": "Payment",
    "authentication": "3-D Secure authentication",
    "payment_intent": "Payment intent",
    "subscription": "Subscription",
    "refund": "Refund",
    "dispute": "Dispute",
    "payout": "Payout",
    "direct_debit": "Direct debit",
    "merchant_debit": "Debit of a merchant's account",
}


@dataclass(frozen=True)
class Content:
    """The document, as it is sent, and what is read out of it."""

    document: Schema
    encoded: bytes
    reference: Reference


def content_of(app: Flask, config: Config) -> Content:
    """The application's documentation, made when it is first asked for."""
    if _EXTENSION not in app.extensions:
        made = document.build(app, config)
        app.extensions[_EXTENSION] = Content(made, app.json.dumps(made).encode(), Reference(made))
    content: Content = app.extensions[_EXTENSION]
    return content


@dataclass(frozen=True)
class Transitions:
    """One object's table: from a status, by an event, to a status. None is an object that was not processed yet."""

    slug: str
    title: str
    rows: list[tuple[str | None, str, str]]
    final: list[str]


def transitions() -> Iterable[Transitions]:
    """Every transition table; one that nobody gave a title comes last, under its own name."""
    for kind in sorted(states.TABLES, key=lambda kind: list(_NOUNS).index(kind) if kind in _NOUNS else len(_NOUNS)):
        table = states.TABLES[kind]
        left = {status for status, _ in table}
        yield Transitions(
            slug=kind.replace("_", "-"),
            title=_NOUNS.get(kind, kind.replace("_", " ").capitalize()),
            rows=[(before, event.replace("_", " "), after) for (before, event), after in table.items()],
            final=sorted(set(table.values()) - left),
        )
