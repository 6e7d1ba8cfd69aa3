"""The operations that the application really answers: each rule of the url map of /v1 and /v2 with its description."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from payments_core.api.answers.forms import Schema, identifier
from payments_core.docs.operations import NOT_DESCRIBED, OPERATIONS, Group, Operation, group_of
from payments_core.docs.operations.forms import Answer

_PARAMETER = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")
_PART = "part"
# Second names that the wire contract keeps for old programs.
_OLD_NAMES = ("/v2/checkout", "/v2/sepa/ibanonly")
_PREFIXES: dict[str, tuple[str, ...]] = {
    "payment": ("paym",),
    "payment_intent": ("pi",),
    "payment_link": ("plnk",),
    "subscription": ("sub",),
    "refund": ("refd",),
    "dispute": ("dspt",),
    "payout": ("pout",),
    "customer": ("cust",),
    "card": ("card",),
    "sepa": ("sepa",),
    "check": ("chck", "sepa"),
    "mandate": ("mndt",),
    "address": ("addr",),
    "webhook_endpoint": ("we",),
    "event": ("evt",),
}


@dataclass(frozen=True)
class Route:
    """One method of one path. `notes` is the view's docstring."""

    view: str
    version: int
    method: str
    path: str
    parameters: tuple[str, ...]
    operation: Operation
    answers: tuple[Answer, ...]
    notes: str

    @property
    def group(self) -> Group:
        return group_of(self.view)

    @property
    def deprecated(self) -> bool:
        return self.path.startswith(_OLD_NAMES)

    @property
    def name(self) -> str:
        """Unique among all operations."""
        words = re.sub(r"[^a-z0-9]+", "_", self.path.lower()).strip("_")
        return f"{self.method.lower()}_{words}"


def parameter_schema(name: str) -> Schema:
    """What a parameter of a path looks like."""
    prefixes = _PREFIXES.get(name.removesuffix("_id"))
    return identifier(*prefixes) if prefixes else {"type": "string"}


def views(app: Flask) -> Iterator[tuple[int, str]]:
    """Version and name of every view of the API."""
    for rule in app.url_map.iter_rules():
        found = re.fullmatch(r"api_v([12])\.(\w+)", rule.endpoint)
        if found:
            yield int(found[1]), found[2]


def routes(app: Flask) -> list[Route]:
    """Everything described, in the reference's order; what has no description yet is left out, and fails the tests."""
    found = []
    for rule in app.url_map.iter_rules():
        place = re.fullmatch(r"api_v([12])\.(\w+)", rule.endpoint)
        if place is None or place[2] in NOT_DESCRIBED or place[2] not in OPERATIONS:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found += _of_rule(app, int(place[1]), place[2], method, rule.rule)
    order = {view: position for position, view in enumerate(OPERATIONS)}
    return sorted(found, key=lambda route: (order[route.view], route.version, route.path))


def _of_rule(app: Flask, version: int, view: str, method: str, rule: str) -> list[Route]:
    """One route, or one for each part that the path's last parameter may name."""
    operation = OPERATIONS[view]
    notes = inspect.getdoc(app.view_functions[f"api_v{version}.{view}"]) or ""
    named = tuple(name for name in _PARAMETER.findall(rule) if name != _PART)
    path = _PARAMETER.sub(r"{\1}", rule)
    answers = tuple(answer for answer in operation.answers if answer.only in (None, version))
    if not operation.parts:
        return [Route(view, version, method, path, named, operation, answers, notes)]
    return [
        Route(view, version, method, path.replace(f"{{{_PART}}}", part), named, operation, (answer,), notes)
        for part, answer in operation.parts.items()
    ]
