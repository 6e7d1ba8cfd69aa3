"""Telecollection: the approved sales of a batch, one by one, then their totals.

The batch and its sales are in the journal before the first message; a run that was killed is repeated whole under the same batch
number, which the host takes for the same batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal_sim.errors import HostFault
from terminal_sim.journal import Sale
from terminal_sim.terminal import APPROVED, Terminal

_DIFFERENT = "95"


@dataclass(frozen=True)
class Report:
    """How a batch ended; totals in minor units. `unknown` are sales the host had no record of."""

    batch: str
    agreed: bool
    count: int
    total: int
    host_count: int
    host_total: int
    unknown: tuple[str, ...] = ()


def collect(terminal: Terminal) -> Report | None:
    """Collects what is approved, or None when there is nothing. Raises HostUnreachable (repeat it), HostFault."""
    terminal.recover()
    opened = terminal.journal.open_batch()
    if opened is None:
        return None
    batch, sales = opened
    unknown = tuple(sale.number for sale in sales if not _upload(terminal, batch, sale))
    count, total = len(sales), sum(sale.amount for sale in sales)
    answer = terminal.ask(
        "0500",
        {
            "42": terminal.enrolment.merchant,
            "49": terminal.enrolment.currency,
            "60": batch,
            "76": f"{count:010d}",
            "88": f"{total:016d}",
        },
    )
    if answer["39"] not in (APPROVED, _DIFFERENT):
        raise HostFault(f"La télécollecte est refusée (code {answer['39']})")
    agreed = answer["39"] == APPROVED
    host_count, host_total = _number(answer, "76"), _number(answer, "88")
    terminal.journal.close_batch(batch, agreed, host_count, host_total)
    return Report(batch, agreed, count, total, host_count, host_total, unknown)


def _upload(terminal: Terminal, batch: str, sale: Sale) -> bool:
    """Whether the host knows the sale. Raises HostFault when it refuses the message itself."""
    answer = terminal.ask(
        "0320",
        {
            "3": "000000",
            "4": f"{sale.amount:012d}",
            "37": sale.number,
            "38": sale.authorization or "",
            "42": terminal.enrolment.merchant,
            "49": terminal.enrolment.currency,
            "60": batch,
        },
    )
    # 94: the batch is closed at the host already (its answer was lost); the totals' answer will be the same as then.
    if answer["39"] not in (APPROVED, "25", "94"):
        raise HostFault(f"La vente {sale.number} est refusée (code {answer['39']})")
    return answer["39"] != "25"


def _number(answer: dict[str, str], field: str) -> int:
    try:
        return int(answer[field])
    except (KeyError, ValueError) as error:
        raise HostFault(f"Le champ {field} de la réponse n'est pas un nombre") from error
