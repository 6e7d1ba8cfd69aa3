"""Event types and signatures on the webhooks page are the ones that are sent."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import payments_core
from payments_core import deliveries, event_types, events
from payments_core.clock import utc_now
from payments_core.db import db
from payments_core.docs import webhook_events
from payments_core.docs.samples import samples
from payments_core.models import Event
from tests.payments_core.docs.conformity import Conformity
from tests.payments_core.public_door import CARD, Caller

PACKAGE = Path(payments_core.__file__).parent
SECRET = bytes(range(32))
BODY = '{"id":"evt_1","type":"payment.captured","data":{"description":"Café, thé"}}'.encode()
# How each language's sample is asked: its own text, then these lines, which read the question from the first argument.
ASKING = {
    "python": "import json, sys\nq = json.loads(sys.argv[1])\nprint(verify(q['body'].encode(), q['header'], q['secret']))",
    "php": "$q = json_decode($argv[1], true);\necho verify($q['body'], $q['header'], $q['secret']) ? 'True' : 'False';",
    "javascript": "const q = JSON.parse(process.argv[2]);\n"
    "console.log(verify(Buffer.from(q.body), q.header, q.secret) ? 'True' : 'False');",
}
PROGRAMS = {"python": sys.executable, "php": "php", "javascript": "node"}
ENDINGS = {"python": "py", "php": "php", "javascript": "cjs"}


def emitted() -> Iterator[ast.expr]:
    """The type in every call of `emit`."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "emit" and len(node.args) > 1:
                yield node.args[1]


def test_every_event_that_is_sent_is_listed() -> None:
    types = {kind for subject in webhook_events.SUBJECTS for kind in subject.types}
    nouns = {subject.noun for subject in webhook_events.SUBJECTS}
    found = list(emitted())
    assert len(found) > 20
    for kind in found:
        if isinstance(kind, ast.Constant):
            assert kind.value in types
        elif isinstance(kind, ast.JoinedStr):  # noun.{status}: the noun must be known
            assert isinstance(kind.values[0], ast.Constant)
            assert str(kind.values[0].value).rstrip(".") in nouns


def test_the_listed_types_are_those_an_endpoint_may_choose() -> None:
    known = {kind for types in event_types.names().values() for kind in types}
    listed = {kind for subject in webhook_events.SUBJECTS for kind in subject.types}
    assert listed | webhook_events.NEVER_SENT == known
    assert not listed & webhook_events.NEVER_SENT


def test_events_are_what_the_document_says(public_app: Flask, api: Caller, conformity: Conformity) -> None:
    api.made("/v2/webhooks", {"url": "https://shop.example/hook"})
    payment = api.made("/v2/payments", {"amount": 2590, "card": {**CARD, "number": "4000000000000259"}})
    api.made("/v2/payment_intents", {"amount": 2590})
    api.made("/v2/payment_links", {"amount": 2590})
    api.made("/v2/refunds", {"payment": api.made("/v2/payments", {"amount": 500, "card": CARD})["id"]})
    with public_app.app_context():
        kept = [event for event in db.session.query(Event) if event.snapshot is not None]
        messages: list[dict[str, Any]] = [json.loads(deliveries.encoded(events.message(event))) for event in kept]
    nouns = {message["type"].partition(".")[0] for message in messages}
    assert {"payment", "dispute", "payment_intent", "payment_link", "refund"} <= nouns
    assert payment["id"] in {message["data"]["id"] for message in messages}
    for message in messages:
        subject = next(one for one in webhook_events.SUBJECTS if message["type"] in one.types)
        schema = {"$ref": f"#/components/schemas/{webhook_events.component_of(subject)}"}
        conformity.check_value(schema, message, message["type"])


@pytest.mark.parametrize("language", ["python", "php", "javascript"])
def test_the_sample_knows_a_true_signature_from_others(language: str, tmp_path: Path) -> None:
    (sample,) = samples("verify", (language,), "https://api.localhost")
    program = tmp_path / f"verify.{ENDINGS[language]}"
    program.write_text(sample.text + "\n" + ASKING[language], encoding="utf-8")
    now = utc_now()
    true = deliveries.signatures("evt_1", BODY, [SECRET], now)["Stancer-Signature"]
    stamp = true.partition(",")[0]
    old = deliveries.signatures("evt_1", BODY, [SECRET], now - timedelta(hours=1))["Stancer-Signature"]

    def verifies(header: str, body: bytes = BODY, secret: bytes = SECRET) -> bool:
        question = json.dumps({"body": body.decode(), "header": header, "secret": secret.hex()})
        done = subprocess.run(
            [PROGRAMS[language], str(program), question], capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout.strip() == "True"

    assert verifies(true)
    both = deliveries.signatures("evt_1", BODY, [bytes(32), SECRET], now)["Stancer-Signature"]
    assert verifies(both)  # while a secret is being replaced
    assert not verifies(true, body=BODY + b" ")
    assert not verifies(true, secret=bytes(32))
    assert not verifies(old)
    assert not verifies(f"{stamp},v1=")
    assert not verifies("nonsense")
