"""The state folder: what is minted once stays, and only its owner reads secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from stack.state import State
from stack.users import let_through


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State.at(tmp_path / "var")


def test_ports_and_secrets_survive_a_second_preparation(state: State) -> None:
    state.prepare(9100)
    first = (state.config, state.secret("core"))
    state.prepare()
    assert (state.config, state.secret("core")) == first
    assert state.port == 9100
    assert len(set(state.config["listeners"].values())) == len(state.config["listeners"])


def test_secrets_differ_and_are_for_their_owner_alone(state: State) -> None:
    state.prepare()
    assert state.secret("core") != state.secret("portal")
    assert len(bytes.fromhex(state.secret("core"))) == 32
    assert stat.S_IMODE((state.path / "secrets.json").stat().st_mode) == 0o600


def test_two_states_never_share_an_instance_name(tmp_path: Path) -> None:
    assert State.at(tmp_path / "a").instance != State.at(tmp_path / "b").instance


def test_a_long_path_keeps_its_sockets_where_their_paths_fit(tmp_path: Path) -> None:
    short, long = State(Path("/srv/var")), State(tmp_path / ("x" * 90))
    assert short.run == Path("/srv/var/run")
    assert len(str(long.run)) < 60


def test_letting_through_adds_the_search_bit_and_nothing_else(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    let_through(closed / "inner")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
