"""One terminal: idle → card → authorizing → approved, declined or reversed.

A sale is in the journal before its first byte leaves. Whatever ends without a whole, authentic answer (time-out, broken line, wrong
MAC, an issuer that does not authenticate, kill -9) is reversed, at once or before the next thing the terminal does: the
payer is never charged for what the screen did not show as accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from psec import des, pinblock

from terminal_sim import messages
from terminal_sim.chip import Card, Cryptogram, generate, issuer_authentic
from terminal_sim.config import Enrolment
from terminal_sim.errors import CardError, HostFault, HostUnreachable, NotPossible
from terminal_sim.host_link import TIMEOUT_SECONDS, HostLink
from terminal_sim.journal import Journal, Sale

APPROVED = "00"
_PURCHASE, _VOID = "000000", "020000"
HIGHEST_AMOUNT = 10**8


@dataclass
class Terminal:
    """An enrolled terminal with its journal and clock (aware, the terminal's local time)."""

    enrolment: Enrolment
    journal: Journal
    clock: Callable[[], datetime]
    timeout_seconds: float = TIMEOUT_SECONDS

    def sell(self, amount: int, card: Card, pin: str) -> Sale:
        """A sale of `amount` minor units by chip and PIN; the sale as it ended: approved, declined or reversed.

        Raises CardError, NotPossible for an amount outside 1 to 10^8, HostUnreachable when even the reversal of an earlier
        unfinished sale does not get through.
        """
        if not 0 < amount < HIGHEST_AMOUNT:
            raise NotPossible("Le montant doit être positif et inférieur à un million")
        if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
            raise CardError("Le code secret a de 4 à 12 chiffres")
        now = self.clock()
        if card.expired(now.date()):
            raise CardError("Carte expirée")
        self.recover()
        number = f"{self.journal.next('sale', 10**12):012d}"
        counter = self.journal.next(f"chip:{card.name}", 65_536)
        cryptogram = generate(card, amount, self.enrolment.currency, now.date(), counter)
        self.journal.begin(number, amount, card.name, card.masked, card.aid, card.network, now)
        try:
            answer = self.ask("0100", self._authorization(number, amount, card, pin, cryptogram, now))
        except (HostUnreachable, HostFault):
            return self._reverse(self.journal.mark(number, "reversing"), _PURCHASE, "reversed")
        if answer["39"] != APPROVED:
            return self.journal.mark(number, "declined", answer["39"])
        if not issuer_authentic(cryptogram, answer.get("55", "")):
            return self._reverse(self.journal.mark(number, "reversing", "82"), _PURCHASE, "reversed")
        return self.journal.mark(number, "approved", answer["39"], answer.get("38"))

    def cancel(self, number: str) -> Sale:
        """Annulation: an approved sale before its telecollection. Raises NotPossible, HostUnreachable (it is tried again)."""
        self.recover()
        sale = self.journal.sale(number)
        if sale is None:
            raise NotPossible(f"Aucune vente {number}")
        if sale.state == "collected":
            raise NotPossible("Cette vente est déjà télécollectée : remboursez-la")
        if sale.state == "canceled":
            return sale
        if sale.state != "approved" or sale.batch is not None:
            raise NotPossible(f"Cette vente ne peut pas être annulée ({sale.state})")
        return self._reverse(self.journal.mark(number, "canceling"), _VOID, "canceled", must=True)

    def recover(self) -> list[Sale]:
        """Reverses what an earlier run left unfinished. Raises HostUnreachable as long as the host cannot be told."""
        finished = []
        for sale in self.journal.sales("sent", "reversing"):
            finished.append(
                self._reverse(self.journal.mark(sale.number, "reversing"), _PURCHASE, "reversed", must=True)
            )
        for sale in self.journal.sales("canceling"):
            finished.append(self._reverse(sale, _VOID, "canceled", must=True))
        return finished

    def echo(self) -> bool:
        """Whether the host answers and knows this terminal's key."""
        return self.ask("0800", {"70": "301"})["39"] == APPROVED

    def ask(self, kind: str, fields: dict[str, str]) -> dict[str, str]:
        """One question on a line of its own, with trace number, time and terminal filled in."""
        asked = {
            "7": f"{self.clock():%m%d%H%M%S}",
            "11": f"{self.journal.next('trace'):06d}",
            "41": self.enrolment.terminal,
            **fields,
        }
        raw = messages.build(kind, asked, self.enrolment.mac_key)
        with HostLink(self.enrolment, self.timeout_seconds) as line:
            return messages.read(line.ask(raw), kind, asked, self.enrolment.mac_key)

    def _authorization(
        self, number: str, amount: int, card: Card, pin: str, cryptogram: Cryptogram, now: datetime
    ) -> dict[str, str]:
        block = pinblock.encode_pinblock_iso_3(pin, card.number)
        return {
            "2": card.number,
            "3": _PURCHASE,
            "4": f"{amount:012d}",
            "12": f"{now:%H%M%S}",
            "13": f"{now:%m%d}",
            "14": card.expiry,
            "22": "051",  # chip read, PIN possible
            "23": f"0{card.sequence}",
            "25": "00",
            "37": number,
            "42": self.enrolment.merchant,
            "49": self.enrolment.currency,
            "52": des.encrypt_tdes_ecb(self.enrolment.pin_key, block).hex().upper(),
            "55": cryptogram.icc_data,
        }

    def _reverse(self, sale: Sale, processing: str, state: str, must: bool = False) -> Sale:
        """Takes the sale back at the host. Without `must` an unreachable host leaves it to `recover`."""
        fields = {
            "3": processing,
            "4": f"{sale.amount:012d}",
            "37": sale.number,
            "42": self.enrolment.merchant,
            "49": self.enrolment.currency,
        }
        try:
            answer = self.ask("0400", fields)
            if answer["39"] != APPROVED:
                raise HostUnreachable(f"Le serveur n'a pas pris l'annulation (code {answer['39']})")
        except (HostUnreachable, HostFault) as error:
            if must:
                raise HostUnreachable(f"La vente {sale.number} doit d'abord être annulée. {error}") from error
            return sale
        return self.journal.mark(sale.number, state)
