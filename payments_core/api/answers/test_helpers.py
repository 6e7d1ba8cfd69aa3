"""The acquirer simulator's script (our extension). v2 only."""

from __future__ import annotations

from payments_core.acquirer_script import KINDS, LOSSES
from payments_core.api.answers.forms import COUNT, FLAG, TEXT, Schema, nullable, record, several, words

ANSWERS: dict[str, Schema] = {
    "Script": record(
        answers=several(
            record(
                kind=words(*KINDS),
                response=nullable(TEXT),
                delay_ms=COUNT,
                loss=nullable(words(*LOSSES)),
                duplicate=FLAG,
                times=COUNT,
            )
        )
    ),
}
