"""What goes over the wire and which of the client's members sent it, seen from outside by Python's audit events (PEP 578).

Nothing is replaced: the standard library announces every request it sends, and the call stack says on whose behalf.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import stancer

_CLIENT = str(Path(stancer.__file__).parent)


@dataclass(frozen=True)
class Sent:
    """One request of the client: `members` are (class, member) pairs from the innermost outwards."""

    method: str
    path: str
    body: str
    members: tuple[tuple[str, str], ...]


class Wire:
    """Every request the client sent, in order; requests of a payer's browser are not its."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        sys.addaudithook(self._hear)

    def since(self, mark: int) -> list[str]:
        """ "GET /v1/…" of the requests after the first `mark` of them."""
        return [f"{sent.method} {sent.path}" for sent in self.sent[mark:]]

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "http.client.send":
            return
        data = arguments[1]
        if not isinstance(data, bytes | str):
            return
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        members = tuple(_members(sys._getframe(1)))
        if not members:
            return
        head, _, rest = text.partition("\r\n")
        words = head.split(" ")
        if len(words) == 3 and words[2].startswith("HTTP/"):
            self.sent.append(Sent(words[0], words[1], rest.partition("\r\n\r\n")[2], members))
        elif self.sent:  # the body follows its head in a send of its own
            last = self.sent.pop()
            self.sent.append(Sent(last.method, last.path, last.body + text, last.members))


def _members(frame: FrameType | None) -> Iterator[tuple[str, str]]:
    """The client's members on the call stack."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_CLIENT):
            yield from _of_frame(frame)
        frame = frame.f_back


def _of_frame(frame: FrameType) -> Iterator[tuple[str, str]]:
    known, name = frame.f_locals, frame.f_code.co_name
    if name in ("gen", "_create_generator"):  # a list's generator outlives the call that made it
        asked = type(known["obj"]).__name__
        for listing in ("list",) if asked != "InnerSearchObject" else ("list_inner", "get_payment_list"):
            yield ("PaymentIntent" if asked == "InnerSearchObject" else asked, listing)
    elif "self" in known:
        wrapped = known.get("method") if name == "wrapper" else None
        yield type(known["self"]).__name__, getattr(wrapped, "__name__", name)
