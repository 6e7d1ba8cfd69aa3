"""What terminals may send wrongly: each refused as the protocol says, with a reason, and nothing changed."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import iso8583
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso8583.specs import default_ascii as SPEC
from sqlalchemy import func, select

from payments_core.db import db
from payments_core.models import AcquirerOrder, Attempt, Payment, SimulatorRecord, TerminalBatch, TerminalSale
from payments_core.terminal_host.server import Host
from terminal_sim import messages, telecollection
from terminal_sim.chip import generate
from terminal_sim.errors import HostFault, HostUnreachable
from terminal_sim.terminal import Terminal
from tests.payments_core.terminals.conftest import HOST_NAME, make_certificate
from tests.payments_core.terminals.test_counter import sell

TABLES = (Payment, Attempt, TerminalSale, TerminalBatch, AcquirerOrder, SimulatorRecord)


@pytest.fixture
def line(host: Host, certificate: tuple[Path, Path]) -> Iterator[ssl.SSLSocket]:
    """A TLS connection to the host."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    raw = socket.create_connection(host.server_address[:2], 10)  # type: ignore[arg-type]
    with closing(context.wrap_socket(raw, server_hostname=HOST_NAME)) as secured:
        yield secured


def exchange(line: ssl.SSLSocket, message: bytes) -> dict[str, str] | None:
    """The host's answer, or None when it closed the line."""
    line.sendall(struct.pack(">H", len(message)) + message)
    if ended(line, head := bytearray(2)):
        return None
    fields, _ = iso8583.decode(line.recv(struct.unpack(">H", head)[0]), SPEC)
    return dict(fields)


def ended(line: ssl.SSLSocket, head: bytearray) -> bool:
    """Whether the host closed the line instead of sending two bytes."""
    try:
        return line.recv_into(head, 2) == 0
    except ssl.SSLEOFError:
        return True


def authorization(
    terminal: Terminal, number: str = "000000000001", amount: int = 1290, **changes: str
) -> dict[str, str]:
    """The fields of a good request, then the changes; an empty value takes a field out."""
    card, now = terminal.enrolment.card("cb"), terminal.clock()
    cryptogram = generate(card, amount, "978", now.date(), terminal.journal.next("chip:cb", 65_536))
    fields = {
        "7": "0915100000",
        "11": "000001",
        "41": terminal.enrolment.terminal,
        **terminal._authorization(number, amount, card, terminal.pins["cb"], cryptogram, now),  # type: ignore[attr-defined]
    }
    fields |= {name[1:]: value for name, value in changes.items()}
    return {name: value for name, value in fields.items() if value}


def rows() -> list[int]:
    """How much there is of everything a sale could leave."""
    found = [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in TABLES]
    db.session.commit()
    return found


def build(terminal: Terminal, kind: str, fields: dict[str, str]) -> bytes:
    return messages.build(kind, fields, terminal.enrolment.mac_key)


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"f2": ""}, "30", "field 2 missing"),
        ({"f4": ""}, "30", "field 4 missing"),
        ({"f37": ""}, "30", "field 37 missing"),
        ({"f42": ""}, "30", "field 42 missing"),
        ({"f52": ""}, "30", "field 52 missing"),
        ({"f55": ""}, "30", "field 55 missing"),
        ({"f4": "00000000129x"}, "30", "field 4 not numeric"),
        ({"f55": "ZZ"}, "30", "field 55 not hexadecimal"),
        ({"f49": "840"}, "30", "field 49: currency"),
        ({"f42": "someone-else-01"}, "03", "field 42"),
        ({"f22": "901"}, "12", "fields 3, 22"),
        ({"f3": "200000"}, "12", "fields 3, 22"),
        ({"f52": "0011223344556677"}, "81", "PIN block"),
        ({"f14": "2001"}, "13", None),
        ({"f14": "3113"}, "13", None),
        ({"f2": "4000002500000004"}, "13", None),
        ({"f4": "000000000010"}, "13", None),
    ],
)
def test_a_broken_message_is_refused_with_its_reason(
    line: ssl.SSLSocket, terminal: Terminal, changes: dict[str, str], code: str, text: str | None
) -> None:
    fields = authorization(terminal)
    if changes.get("f2"):
        changes = changes | {"f52": fields["52"]}
    answer = exchange(line, build(terminal, "0100", authorization(terminal, **changes)))
    assert answer is not None
    assert answer["t"] == "0110"
    if code == "13" and answer["39"] == "81":  # the PIN block belongs to the right number
        assert "f2" in changes
    else:
        assert (answer["39"], answer.get("44")) == (code, text)
    assert rows() == [0] * len(TABLES)


@pytest.mark.parametrize("field", ["9F26", "9F02", "9F36", "9F37", "95"])
def test_an_altered_cryptogram_is_refused_by_the_issuer(line: ssl.SSLSocket, terminal: Terminal, field: str) -> None:
    fields = authorization(terminal)
    at = fields["55"].index(field) + len(field) + 2
    flipped = f"{int(fields['55'][at], 16) ^ 1:X}"
    fields["55"] = fields["55"][:at] + flipped + fields["55"][at + 1 :]
    answer = exchange(line, build(terminal, "0100", fields))
    assert answer is not None
    assert answer["39"] == "82"
    assert db.session.scalars(select(Payment.status)).all() == ["refused"]
    db.session.commit()


def test_a_cryptogram_is_good_for_one_sale(line: ssl.SSLSocket, terminal: Terminal) -> None:
    fields = authorization(terminal)
    codes = [
        (exchange(line, build(terminal, "0100", fields | {"37": number})) or {})["39"]
        for number in ("000000000001", "000000000002", "000000000001")
    ]
    assert codes == ["00", "82", "00"]


@pytest.mark.parametrize("kind", ["0800", "0100", "0400", "0320", "0500"])
def test_a_wrong_mac_is_refused_unsigned(line: ssl.SSLSocket, terminal: Terminal, kind: str) -> None:
    message = messages.build(
        kind, authorization(terminal) | {"60": "000001", "76": "0" * 10, "88": "0" * 16}, bytes(16)
    )
    answer = exchange(line, message)
    assert answer is not None
    assert (answer["39"], answer["44"]) == ("63", "wrong MAC")
    assert "64" not in answer
    assert "128" not in answer
    assert rows() == [0] * len(TABLES)


def test_every_flipped_byte_is_noticed(line: ssl.SSLSocket, terminal: Terminal) -> None:
    message = build(terminal, "0400", {**authorization(terminal), "3": "000000"})
    for at in range(20, len(message), 7):
        altered = bytearray(message)
        altered[at] ^= 0x01
        answer = exchange(line, bytes(altered))
        assert answer is not None
        assert answer["39"] in ("63", "03")  # 03: the byte was in the terminal's own code
    assert rows() == [0] * len(TABLES)


def test_an_unknown_terminal_is_told_so(line: ssl.SSLSocket, terminal: Terminal) -> None:
    answer = exchange(line, build(terminal, "0100", authorization(terminal, f41="00000000")))
    assert answer is not None
    assert answer["39"] == "03"


@pytest.mark.parametrize("message", [b"hello, host", b"\x00" * 40, b"9999" + b"0" * 16, b"01"])
def test_what_is_no_message_closes_the_line(line: ssl.SSLSocket, terminal: Terminal, message: bytes) -> None:
    assert exchange(line, message) is None
    assert terminal.echo()


@pytest.mark.parametrize("frame", [b"\x00\x00", b"\xff\xff" + b"x" * 10, b"\x00\x50short"])
def test_impossible_frames_close_the_line_and_harm_nobody(
    line: ssl.SSLSocket, terminal: Terminal, frame: bytes
) -> None:
    line.sendall(frame)
    if frame.startswith(b"\x00\x50"):
        line.shutdown(socket.SHUT_RDWR)  # ends in mid-message
    else:
        assert ended(line, bytearray(2))
    assert terminal.echo()


def test_a_truncated_message_names_the_field(line: ssl.SSLSocket, terminal: Terminal) -> None:
    fields = authorization(terminal)
    raw, _ = iso8583.encode({"t": "0100", **fields, "64": "0" * 16}, SPEC)
    body = bytes(raw[:-40])
    answer = exchange(line, body + messages.mac(body, terminal.enrolment.mac_key).encode())
    assert answer is not None
    assert answer["39"] == "30"
    assert "field" in answer["44"]
    assert rows() == [0] * len(TABLES)


def test_the_same_sale_at_the_same_moment_is_one(
    host: Host, certificate: tuple[Path, Path], terminal: Terminal
) -> None:
    message, answers = build(terminal, "0100", authorization(terminal)), []

    def send() -> None:
        context = ssl.create_default_context(cafile=str(certificate[0]))
        raw = socket.create_connection(host.server_address[:2], 10)  # type: ignore[arg-type]
        with context.wrap_socket(raw, server_hostname=HOST_NAME) as secured:
            answers.append(exchange(secured, message))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer or {}).get("39") for answer in answers} == {"00"}
    assert len({(answer or {}).get("38") for answer in answers}) == 1
    assert rows()[:3] == [1, 1, 1]


def test_a_reversal_works_once_in_any_order(line: ssl.SSLSocket, terminal: Terminal) -> None:
    fields = authorization(terminal)
    back = {name: fields[name] for name in ("4", "7", "11", "37", "41", "42", "49")} | {"3": "000000"}
    early = back | {"37": "000000000009"}
    for _ in range(2):
        assert (exchange(line, build(terminal, "0400", early)) or {})["39"] == "00"
    assert (exchange(line, build(terminal, "0100", authorization(terminal, "000000000009"))) or {})["39"] == "94"
    assert (exchange(line, build(terminal, "0100", fields)) or {})["39"] == "00"
    for _ in range(2):
        assert (exchange(line, build(terminal, "0400", back)) or {})["39"] == "00"
    assert db.session.scalars(select(Payment.status)).all() == ["canceled"]
    assert db.session.scalars(select(AcquirerOrder.kind)).all() == ["reverse"]
    db.session.commit()


def test_a_replayed_batch_gets_the_same_answer_and_another_claim_none(line: ssl.SSLSocket, terminal: Terminal) -> None:
    sale = sell(terminal)
    report = telecollection.collect(terminal)
    assert report is not None
    common = {
        "7": "0915100000",
        "11": "000077",
        "41": terminal.enrolment.terminal,
        "42": terminal.enrolment.merchant,
        "49": "978",
        "60": report.batch,
    }
    totals = common | {"76": f"{1:010d}", "88": f"{1290:016d}"}
    before = rows()
    for _ in range(2):
        answer = exchange(line, build(terminal, "0500", totals))
        assert answer is not None
        assert (answer["39"], int(answer["76"]), int(answer["88"])) == ("00", 1, 1290)
    assert (exchange(line, build(terminal, "0500", totals | {"88": f"{1291:016d}"})) or {})["39"] == "94"
    upload = common | {"3": "000000", "4": f"{1290:012d}", "37": sale.number}
    assert (exchange(line, build(terminal, "0320", upload)) or {})["39"] == "00"
    assert (exchange(line, build(terminal, "0320", upload | {"4": f"{1291:012d}"})) or {})["39"] == "25"
    assert (exchange(line, build(terminal, "0320", upload | {"60": "000002"})) or {})["39"] == "94"
    assert rows()[:3] == before[:3]
    assert db.session.scalars(select(Payment.status)).all() == ["capture_sent"]
    db.session.commit()


def test_a_host_of_another_name_or_authority_is_not_spoken_to(terminal: Terminal, tmp_path: Path) -> None:
    enrolment = vars(terminal.enrolment)
    for change in ({"host": "elsewhere.localhost"}, {"ca": str(make_certificate(tmp_path)[0])}):
        terminal.enrolment = type(terminal.enrolment)(**{**enrolment, **change})
        with pytest.raises(HostUnreachable, match="certificat"):
            terminal.echo()


class Spoiling:
    """Stands between terminal and host and spoils answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
        from terminal_sim.host_link import HostLink

        true = HostLink.ask
        monkeypatch.setattr(HostLink, "ask", lambda link, message: spoil(true(link, message), message))


def test_an_answer_that_is_not_authentic_is_no_answer(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        Spoiling(patch, lambda answer, _: answer[:-1] + b"!")
        with pytest.raises(HostFault, match="MAC"):
            terminal.echo()
        assert sell(terminal).state == "reversing"
    assert [one.state for one in terminal.recover()] == ["reversed"]
    assert db.session.scalars(select(Payment.status)).all() == ["canceled"]
    db.session.commit()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_confuse_the_reader(data: bytes) -> None:
    from payments_core.terminal_host import wire

    try:
        question = wire.read(data)
    except wire.Unreadable:
        return
    with pytest.raises(wire.Refusal, match="30 field") as refused:
        wire.check_format(question)
    assert wire.answer(question, refused.value.code, bytes(16), f44=refused.value.text)
