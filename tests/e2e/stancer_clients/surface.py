"""Which members of the client reach the server, read from its byte code: nobody has to remember to list one.

A member reaches the server when it names `Request`, or reads a member of its class that does. What the byte code promises and the
client's own early return never lets happen is listed with its reason; an entry that does happen is an error too.
"""

from __future__ import annotations

import dis
import json
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

import stancer

NOTHING_NESTED = "only v2's payments and intents send their nested objects first, and only a refund reads its payment"
WITH_ID = "with an id it answers without looking, and without one there is nothing to read"
FLATTENS = hasattr(stancer.Payment, "_get_flat_attributes")  # release 2.0.0: nested objects are sent beforehand in v2


def classes() -> list[type]:
    """The public classes of objects that live on the server."""
    public = [getattr(stancer, name) for name in dir(stancer) if not name.startswith("_")]
    return [cls for cls in public if isinstance(cls, type) and getattr(cls, "_ENDPOINT", None)]


def reaching(cls: type) -> set[str]:
    """Names of the class's public members that can send a request."""
    known = {name: list(_codes(cls, name)) for name in dir(cls) if not name.startswith("__")}
    found: set[str] = set()
    while True:
        more = {
            name
            for name, codes in known.items()
            if name not in found and any(_names(code) & (found | {"Request"}) for code in codes)
        }
        if not more:
            return {name for name in found if not name.startswith("_")}
        found |= more


def operations(version: int) -> set[tuple[str, str]]:
    """(class, member) of everything that has to have sent a request in a drive of this version."""
    spoken = [cls for cls in classes() if getattr(cls, "_version", 1) <= version]
    return {(cls.__name__, name) for cls in spoken for name in reaching(cls)} - set(never(version))


def never(version: int) -> dict[tuple[str, str], str]:
    """Members that send nothing in this version whatever is done, and why."""
    with_id = ("Card", "Customer", "Sepa") if FLATTENS else ("Card", "Sepa")  # 1.0.0 looks for a customer's e-mail
    plain = ("Card", "Customer", "Sepa", "Dispute") + (() if version > 1 else ("Payment",))
    found = {(name, member): WITH_ID for name in with_id for member in ("is_complete", "is_not_complete")}
    return found | {(name, member): NOTHING_NESTED for name in plain for member in ("to_json", "to_json_repr")}


def _codes(cls: type, name: str) -> Iterator[CodeType]:
    member: Any = next(owner.__dict__[name] for owner in cls.__mro__ if name in vars(owner))
    if isinstance(member, property):
        functions = [member.fget]
    elif isinstance(member, classmethod | staticmethod):
        functions = [member.__func__]
    else:
        functions = [member]
    for function in functions:
        while function is not None and hasattr(function, "__code__"):
            yield from _nested(function.__code__)
            function = getattr(function, "__wrapped__", None)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _names(code: CodeType) -> set[str]:
    """Attributes that the code reads, and `Request` where it is used."""
    return {
        step.argval
        for step in dis.get_instructions(code)
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") or (step.opname == "LOAD_GLOBAL" and step.argval == "Request")
    }


if __name__ == "__main__":
    asked = int(sys.argv[1])
    sys.stdout.write(json.dumps([sorted(operations(asked)), sorted(never(asked))]))
