"""Answering disputes (our extension of the wire contract): proof is a draft until it is sent, or the merchant gives in."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from payments_core import disputes, evidence
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import load_body, load_query, no_fields
from payments_core.api.idempotency import suffix, whole
from payments_core.api.schemas.disputes import EvidenceFileQuery, EvidenceWords
from payments_core.api.versions import v2
from payments_core.models import Dispute, EvidenceFile
from payments_core.representation import unix


@v2.get("/disputes/<dispute_id>/evidence")
def read_evidence(dispute_id: str) -> dict[str, Any]:
    """The draft or what was sent, what we know that speaks for the merchant, and until when something can be done."""
    return _evidence(disputes.get(current_scope(), dispute_id))


@v2.patch("/disputes/<dispute_id>/evidence")
def write_evidence(dispute_id: str) -> dict[str, Any]:
    """Replaces the words of the draft."""
    disputes.get(current_scope(), dispute_id)
    return _evidence(evidence.write(current_scope(), dispute_id, load_body(EvidenceWords)["text"]))


@v2.post("/disputes/<dispute_id>/evidence/files")
def add_evidence_file(dispute_id: str) -> dict[str, Any]:
    """The body is the file itself, whole: PDF, PNG or JPEG by its content, at most 10 MB, at most ten of them."""
    disputes.get(current_scope(), dispute_id)
    said = load_query(EvidenceFileQuery)
    made = evidence.add_file(current_scope(), dispute_id, said["filename"], said["kind"], request.get_data(), suffix())
    return _file(made)


@v2.get("/disputes/<dispute_id>/evidence/files/<file_id>")
def read_evidence_file(dispute_id: str, file_id: str) -> Response:
    """The file as it was given."""
    file = evidence.get_file(current_scope(), dispute_id, file_id)
    return Response(file.content, mimetype=file.type, headers={"Content-Disposition": "attachment"})


@v2.delete("/disputes/<dispute_id>/evidence/files/<file_id>")
def remove_evidence_file(dispute_id: str, file_id: str) -> tuple[str, int]:
    """Takes it out of the draft."""
    evidence.get_file(current_scope(), dispute_id, file_id)
    evidence.remove_file(current_scope(), dispute_id, file_id)
    return "", 204


@v2.post("/disputes/<dispute_id>/evidence/send")
@whole
def send_evidence(dispute_id: str) -> dict[str, Any]:
    """Sends the draft to the payer's bank; nothing can be changed afterwards. Again is no error."""
    disputes.get(current_scope(), dispute_id)
    no_fields()
    return objects.disputes([evidence.send(current_scope(), dispute_id)])[0]


@v2.post("/disputes/<dispute_id>/accept")
@whole
def accept_dispute(dispute_id: str) -> dict[str, Any]:
    """The merchant gives in: the payer keeps the money, the dispute is over."""
    disputes.get(current_scope(), dispute_id)
    no_fields()
    return objects.disputes([disputes.accept(current_scope(), dispute_id)])[0]


def _evidence(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute": dispute.id,
        "text": dispute.evidence_text,
        "kit": evidence.kit(dispute),
        "files": [_file(file) for file in evidence.files(dispute)],
        "contestable": dispute.contestable,
        "deadline_at": unix(dispute.deadline_at),
        "days_left": disputes.days_left(dispute, current_scope().now),
        "sent_at": unix(dispute.sent_at),
    }


def _file(file: EvidenceFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "type": file.type,
        "size": file.size,
        "created": unix(file.created_at),
    }
