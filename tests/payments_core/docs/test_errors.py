"""The error table names every code that the code gives, and nothing twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import payments_core
from payments_core import errors, http_errors
from payments_core.api import http
from payments_core.docs.error_table import ENTRIES, TABLE
from payments_core.docs.plain_answers import NOT_ON_THE_WIRE, PLAIN

PACKAGE = Path(payments_core.__file__).parent
# Where a class or function takes the code by position; everywhere else it is called `code`.
POSITIONS = {"RefundRefused": 0, "WrongState": 0, "_unusable": 0, "Conflict": 1, "InvalidRequest": 2}
CODE_TABLES = {"_WHY_NOT"}  # dictionaries whose keys are codes


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Every error code a module writes down."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            position = POSITIONS.get(name)
            if position is not None and len(node.args) > position:
                yield from texts_of(node.args[position])
            if name in POSITIONS or name.endswith(("Error", "Refused")) or name in vars(errors):
                yield from (
                    text for keyword in node.keywords if keyword.arg == "code" for text in texts_of(keyword.value)
                )
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if getattr(target, "id", None) in CODE_TABLES:
                yield from (text for key in node.value.keys if key is not None for text in texts_of(key))
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and raises_its_code(node)):
            for inner in node.body if isinstance(node, ast.ClassDef) else ast.walk(node):
                if isinstance(inner, ast.Assign) and [getattr(name, "id", None) for name in inner.targets] == ["code"]:
                    yield from texts_of(inner.value)


def raises_its_code(function: ast.FunctionDef) -> bool:
    """Whether the function raises with a variable `code`: ledger entries and answers have codes too."""
    raised = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    return any(getattr(keyword.value, "id", None) == "code" for call in raised for keyword in call.keywords)


def texts_of(node: ast.expr) -> Iterator[str]:
    """The texts an expression may come to; names and calls are not looked into."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def modules() -> list[Path]:
    skipped = {"migrations", "docs"}
    return [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in skipped]


def test_the_walk_finds_codes_however_they_are_written() -> None:
    found = {code for path in modules() for code in codes_in(ast.parse(path.read_text(encoding="utf-8")))}
    assert {
        "not_found",
        "bad_url",
        "partial_before_capture",
        "mandate_lapsed",
        "capture_too_high",
        "two_methods",
    } <= found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_code_is_explained(path: Path) -> None:
    unknown = set(codes_in(ast.parse(path.read_text(encoding="utf-8")))) - set(TABLE) - NOT_ON_THE_WIRE
    assert not unknown, f"{path.name}: say in docs/error_table.py what these mean and what to do"


def test_codes_are_listed_once_with_words() -> None:
    assert len(TABLE) == len(ENTRIES)
    assert not set(TABLE) & NOT_ON_THE_WIRE
    for entry in ENTRIES:
        assert entry.meaning.endswith("."), entry.code
        assert entry.advice.endswith("."), entry.code


def test_statuses_are_those_of_the_classes_that_carry_the_codes() -> None:
    for cls in vars(errors).values():
        if (
            isinstance(cls, type)
            and issubclass(cls, errors.PaymentsError)
            and "code" in vars(cls)
            and cls.code in TABLE
        ):
            nearest = next(http_errors.STATUSES[parent] for parent in cls.__mro__ if parent in http_errors.STATUSES)
            assert TABLE[cls.code].status(2) == nearest, cls


def test_answers_of_the_server_itself_are_listed() -> None:
    assert {(one.status, one.code) for one in PLAIN} == {*http._CODES.items(), (400, "bad_request")}
