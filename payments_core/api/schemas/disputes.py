"""Proof against disputes, our extension of the wire contract (which has disputes read only)."""

from __future__ import annotations

from payments_core.api.schemas.base import Body, Prose, Text, one_of
from payments_core.evidence import KINDS, MAXIMUM_TEXT


class EvidenceWords(Body):
    """PATCH …/evidence: the words of the draft; an empty text empties it."""

    text = Prose(0, MAXIMUM_TEXT, required=True, allow_none=False)


class EvidenceFileQuery(Body):
    """POST …/evidence/files: what the file in the body is called and shows."""

    filename = Text(1, 120, required=True, allow_none=False)
    kind = one_of(*KINDS, load_default="other", allow_none=False)
