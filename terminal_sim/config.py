"""A terminal's enrolment: who it is, its keys, its host, and the test cards in the drawer. One JSON file, mode 600."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal_sim.chip import Card
from terminal_sim.errors import CardError, NotEnrolled

FILE = "enrolment.json"


@dataclass(frozen=True)
class Enrolment:
    """What the host gave this terminal. `ca` is a file of the authority that signs the host's certificate."""

    terminal: str  # 8 characters, field 41
    merchant: str  # 15 characters, field 42
    merchant_name: str
    place: str
    currency: str  # ISO 4217 numeric
    host: str
    port: int
    address: str  # where the host's name is connected to
    ca: str
    mac_key: bytes = field(repr=False)
    pin_key: bytes = field(repr=False)
    cards: tuple[Card, ...] = ()
    statement_label: str = ""  # what the customer's bank statement will show

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Enrolment:
        """Raises NotEnrolled naming what is missing."""
        try:
            return cls(
                terminal=data["terminal"],
                merchant=data["merchant"],
                merchant_name=data["merchant_name"],
                place=data["place"],
                currency=data["currency"],
                host=data["host"],
                port=int(data["port"]),
                address=data.get("address", data["host"]),
                ca=data["ca"],
                mac_key=bytes.fromhex(data["mac_key"]),
                pin_key=bytes.fromhex(data["pin_key"]),
                cards=tuple(Card.from_json(card) for card in data.get("cards", [])),
                statement_label=str(data.get("statement_label", "")),
            )
        except (KeyError, TypeError, ValueError, CardError) as error:
            raise NotEnrolled(f"L'enrôlement est incomplet : {error}") from error

    def card(self, name: str) -> Card:
        """A card of the drawer. Raises CardError listing what there is."""
        for card in self.cards:
            if card.name == name:
                return card
        raise CardError(f"Carte inconnue : {name}. Dans le tiroir : {', '.join(card.name for card in self.cards)}")


def enrol(folder: Path, data: dict[str, Any]) -> Enrolment:
    """Keeps an enrolment in the terminal's folder, for its owner's eyes only. Raises NotEnrolled."""
    enrolment = Enrolment.from_json(data)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f".{FILE}.new"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE)
    return enrolment


def load(folder: Path) -> Enrolment:
    """The folder's enrolment. Raises NotEnrolled."""
    file = folder / FILE
    if not file.exists():
        raise NotEnrolled(f"Ce terminal n'est pas enrôlé ({file} manque)")
    try:
        return Enrolment.from_json(json.loads(file.read_text()))
    except ValueError as error:
        raise NotEnrolled(f"L'enrôlement est illisible : {error}") from error
