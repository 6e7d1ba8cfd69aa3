"""The terminal without a host: its messages, its journal, its command line, and kill -9 at any moment."""

from __future__ import annotations

import doctest
import json
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyemv import ac, tlv

from stack.processes import REPOSITORY
from terminal_sim import chip, config, messages
from terminal_sim.chip import Card
from terminal_sim.errors import CardError, HostFault, NotEnrolled
from terminal_sim.journal import Journal

KEY = bytes(range(16))
CARD = Card("test", "4000002500000003", "3112", "01", "A0000000421010", "CB", "CB", bytes.fromhex("01" * 8 + "02" * 8))


def enrolment(port: int) -> dict[str, object]:
    return {
        "terminal": "12345678",
        "merchant": "ABCDEFGHIJKLMNO",
        "merchant_name": "Chez Léa",
        "place": "Paris",
        "currency": "978",
        "host": "localhost",
        "port": port,
        "address": "127.0.0.1",
        "ca": "/nonexistent",
        "mac_key": KEY.hex(),
        "pin_key": "01" * 8 + "02" * 8 + "04" * 8,
        "cards": [
            {
                "name": "cb",
                "number": CARD.number,
                "expiry": "3112",
                "sequence": "01",
                "aid": CARD.aid,
                "label": "CB",
                "network": "CB",
                "key": CARD.key.hex(),
            }
        ],
    }


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(messages).failed == 0


@given(
    trace=st.integers(1, 999_999),
    amount=st.integers(0, 10**12 - 1),
    number=st.from_regex(r"[0-9]{12}", fullmatch=True),
    key=st.binary(min_size=16, max_size=16),
)
def test_what_is_built_is_read_back_with_its_key_only(trace: int, amount: int, number: str, key: bytes) -> None:
    asked = {"11": f"{trace:06d}", "41": "12345678"}
    answer = messages.build("0110", {**asked, "4": f"{amount:012d}", "37": number, "39": "00"}, key)
    fields = messages.read(answer, "0100", asked, key)
    assert (int(fields["4"]), fields["37"]) == (amount, number)
    with pytest.raises(HostFault, match="MAC"):
        messages.read(answer, "0100", asked, bytes(byte ^ 1 for byte in key))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "illisible"),
        (b"0110zz", "illisible"),
        (messages.build("0410", {"11": "000001", "41": "12345678", "39": "00"}, KEY), "0410"),
        (messages.build("0110", {"11": "000002", "41": "12345678", "39": "00"}, KEY), "champ 11"),
        (messages.build("0110", {"11": "000001", "41": "12345679", "39": "00"}, KEY), "champ 41"),
        (messages.build("0110", {"11": "000001", "41": "12345678"}, KEY), "champ 39"),
    ],
)
def test_a_wrong_answer_is_named(answer: bytes, words: str) -> None:
    with pytest.raises(HostFault, match=words):
        messages.read(answer, "0100", {"11": "000001", "41": "12345678"}, KEY)


def test_the_card_takes_its_issuers_answer_only() -> None:
    made = chip.generate(CARD, 1290, "978", date(2026, 9, 15), 7)
    good = tlv.encode({"91": ac.generate_arpc_1(made.session_key, made.arqc, b"00") + b"00"}).hex()
    assert chip.issuer_authentic(made, good)
    other = chip.generate(CARD, 1290, "978", date(2026, 9, 15), 8)
    assert not chip.issuer_authentic(other, good)
    for wrong in ("", "zz", "91", "9101", good[:-2], good[:-4] + "3035"):
        assert not chip.issuer_authentic(made, wrong)


def test_an_expired_card_is_known_as_such() -> None:
    assert not CARD.expired(date(2031, 12, 31))
    assert CARD.expired(date(2032, 1, 1))


@pytest.mark.parametrize("missing", ["terminal", "mac_key", "pin_key", "host", "port", "ca"])
def test_an_incomplete_enrolment_changes_nothing(tmp_path: Path, missing: str) -> None:
    data = enrolment(1)
    config.enrol(tmp_path, data)
    before = (tmp_path / config.FILE).read_bytes()
    with pytest.raises(NotEnrolled, match=missing):
        config.enrol(tmp_path, {name: value for name, value in data.items() if name != missing})
    assert (tmp_path / config.FILE).read_bytes() == before
    assert (tmp_path / config.FILE).stat().st_mode & 0o777 == 0o600


def test_unreadable_cards_and_folders_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled, match="pas enrôlé"):
        config.load(tmp_path)
    (tmp_path / config.FILE).write_text("{")
    with pytest.raises(NotEnrolled, match="illisible"):
        config.load(tmp_path)
    with pytest.raises(CardError):
        Card.from_json({"name": "x"})


def test_counters_wrap_and_batches_survive_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert [journal.next("trace", 4) for _ in range(5)] == [1, 2, 3, 1, 2]
    now = datetime(2026, 9, 15, tzinfo=UTC)
    for number in ("000000000001", "000000000002"):
        journal.begin(number, 500, "cb", "•0003", "A0", "CB", now)
        journal.mark(number, "approved", "00", "ABC123")
    opened = journal.open_batch()
    journal.close()
    journal = Journal(tmp_path)
    journal.begin("000000000003", 700, "cb", "•0003", "A0", "CB", now)
    journal.mark("000000000003", "approved", "00", "ABC124")
    assert journal.open_batch() == opened
    journal.close_batch("000001", False, 1, 500)
    again = journal.open_batch()
    assert again is not None
    assert (again[0], len(again[1])) == ("000002", 3)
    journal.close_batch("000002", True, 3, 1700)
    assert journal.open_batch() is None
    assert {sale.state for sale in journal.sales()} == {"collected"}
    journal.close()


def run(folder: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "terminal_sim", "--folder", str(folder), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)


def test_the_command_line_explains_itself(tmp_path: Path) -> None:
    done = run(tmp_path / "t", "sell", "--amount", "100", "--card", "cb", "--pin", "1234")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pas enrôlé" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(tmp_path / "t", "enrol", "-", text="{").returncode == 1
    assert run(tmp_path / "t", "enrol", "-", text=json.dumps(enrolment(1))).returncode == 0
    done = run(tmp_path / "t", "sell", "--amount", "100", "--card", "cb", "--pin", "1234", "--json")
    assert done.returncode == 3
    assert (
        json.loads(done.stdout)["state"] == "reversing"
    )  # nobody answers: to be told to the host before anything else
    assert "warning" not in done.stderr.lower()
    assert "certificat" not in run(tmp_path / "t", "telecollect").stdout


def test_a_terminal_killed_while_it_waits_reverses_before_it_goes_on(tmp_path: Path) -> None:
    """The host hears the connection and stays silent; the terminal dies by kill -9 in the handshake."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        folder = tmp_path / "t"
        config.enrol(folder, {**enrolment(silent.getsockname()[1]), "ca": "/etc/ssl/certs/ca-certificates.crt"})
        arguments = ["sell", "--amount", "100", "--card", "cb", "--pin", "1234"]
        process = subprocess.Popen(
            [sys.executable, "-m", "terminal_sim", "--folder", str(folder), *arguments],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        silent.settimeout(30)
        line, _ = silent.accept()
        assert line.recv(1)  # the first byte of the handshake: the sale is in the journal
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        line.close()
    journal = Journal(folder)
    assert [sale.state for sale in journal.sales()] == ["sent"]
    journal.close()
    done = run(folder, *arguments)
    assert done.returncode == 1
    assert "doit d'abord être annulée" in done.stderr
