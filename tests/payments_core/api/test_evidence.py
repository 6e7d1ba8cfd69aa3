"""Answering disputes by API: our extension of the wire contract."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from tests.payments_core.public_door import CARD, Caller

DISPUTED = {**CARD, "number": "4000000000000259"}


def png() -> bytes:
    """A whole picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


@pytest.fixture
def dispute(api: Caller) -> str:
    payment = api.made("/v2/payments", {"amount": 2590, "card": DISPUTED, "order_id": "o-1"})
    (opened,) = api.get(f"/v2/payments/{payment['id']}/disputes").get_json()
    return f"/v2/disputes/{opened['id']}"


def upload(
    api: Caller, dispute: str, content: bytes, query: str = "filename=receipt.png&kind=receipt", **more: Any
) -> Any:
    return api.post(f"{dispute}/evidence/files?{query}", data=content, **more)


def test_the_draft_starts_with_what_we_know(api: Caller, dispute: str) -> None:
    draft = api.get(f"{dispute}/evidence").get_json()
    assert (draft["text"], draft["files"], draft["sent_at"], draft["contestable"]) == ("", [], None, True)
    assert {"code": "order_id", "value": "o-1"} in draft["kit"]
    assert draft["days_left"] == 30


def test_words_and_files_are_gathered_then_sent_once(api: Caller, dispute: str) -> None:
    words = "It was delivered.\nHere is the receipt."
    assert api.patch(f"{dispute}/evidence", {"text": words}).get_json()["text"] == words
    file = upload(api, dispute, png()).get_json()
    assert (file["name"], file["kind"], file["type"], file["size"]) == (
        "receipt.png",
        "receipt",
        "image/png",
        len(png()),
    )
    read = api.get(f"{dispute}/evidence/files/{file['id']}")
    assert (read.data, read.mimetype) == (png(), "image/png")
    for _ in range(2):
        assert api.post(f"{dispute}/evidence/send").get_json()["status"] == "evidence_pending"
    assert api.patch(f"{dispute}/evidence", {"text": "more"}).status_code == 409
    assert upload(api, dispute, png()).status_code == 409
    assert api.post(f"{dispute}/accept").status_code == 409


def test_a_file_can_be_taken_out_again(api: Caller, dispute: str) -> None:
    file = upload(api, dispute, png()).get_json()
    address = f"{dispute}/evidence/files/{file['id']}"
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    assert api.get(f"{dispute}/evidence").get_json()["files"] == []


def test_one_key_keeps_one_file(api: Caller, dispute: str) -> None:
    header = {"Idempotency-Key": "f-1"}
    first = upload(api, dispute, png(), headers=header).get_json()
    assert upload(api, dispute, png(), headers=header).get_json() == first
    assert len(api.get(f"{dispute}/evidence").get_json()["files"]) == 1


def test_giving_in_ends_it(api: Caller, dispute: str) -> None:
    assert api.post(f"{dispute}/accept").get_json()["status"] == "accepted"
    again = api.post(f"{dispute}/accept")
    assert again.status_code == 409
    assert "accepted" in again.get_json()["error"]
    assert api.post(f"{dispute}/evidence/send").status_code == 409


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [
        (b"", "filename=a.png&kind=receipt", 422),
        (b"GIF89a" + bytes(40), "filename=a.gif&kind=receipt", 422),
        (png()[:-6], "filename=cut.png&kind=receipt", 422),
        (png(), "filename=a.png&kind=gossip", 422),
        (png(), "kind=receipt", 422),
        (png() + bytes(13 * 1024 * 1024), "filename=a.png&kind=receipt", 413),
    ],
)
def test_what_is_no_proof_is_refused(api: Caller, dispute: str, content: bytes, query: str, status: int) -> None:
    assert upload(api, dispute, content, query).status_code == status
    assert api.get(f"{dispute}/evidence").get_json()["files"] == []


def test_nothing_is_sent_without_a_word_or_a_file(api: Caller, dispute: str) -> None:
    refused = api.post(f"{dispute}/evidence/send")
    assert (refused.status_code, refused.headers["Error-Code"]) == (422, "nothing_to_send")
    assert api.post(f"{dispute}/accept", {"amount": 1}).status_code == 422


def test_the_kit_knows_where_it_went_and_was_billed(api: Caller) -> None:
    home = {"line1": "1 rue de la Paix", "city": "Paris", "zip_code": "75002", "country": "FR"}
    shop = {"line1": "Relais 7", "line2": "Gare", "city": "Lyon", "zip_code": "69002", "country": "FR"}
    billing, shipping = (api.made("/v2/addresses", one)["id"] for one in (home, shop))
    sold = {"amount": 2590, "card": DISPUTED, "billing_address": billing, "shipping_address": shipping}
    payment = api.made("/v2/payments", sold)
    (opened,) = api.get(f"/v2/payments/{payment['id']}/disputes").get_json()
    kit = {fact["code"]: fact["value"] for fact in api.get(f"/v2/disputes/{opened['id']}/evidence").get_json()["kit"]}
    assert kit["billing_address"] == "1 rue de la Paix, 75002 Paris, FR"
    assert kit["shipping_address"] == "Relais 7, Gare, 69002 Lyon, FR"
