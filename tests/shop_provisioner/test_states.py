"""Every (action, state) pair, and what counts as settled."""

import itertools

import pytest

from shop_provisioner import states
from shop_provisioner.errors import Refused


@pytest.mark.parametrize(("action", "state"), list(itertools.product(sorted(states.ACTIONS), sorted(states.STATES))))
def test_a_command_is_legal_exactly_where_the_table_says(action: str, state: str) -> None:
    expected = states.TRANSITIONS.get((action, state))
    if expected is None:
        with pytest.raises(Refused) as caught:
            states.next_wanted(action, state, "live")
        assert caught.value.code == "wrong_state"
    else:
        wanted = states.next_wanted(action, state, "suspended")
        assert wanted == ("suspended" if expected == "same" else expected)
        assert wanted in states.WANTED


@pytest.mark.parametrize(("wanted", "state"), list(itertools.product(sorted(states.WANTED), sorted(states.STATES))))
def test_each_wish_is_settled_in_one_state(wanted: str, state: str) -> None:
    assert states.settled(wanted, state) == (state in (states.SETTLED[wanted], "expired"))


def test_nothing_can_be_asked_of_a_boutique_that_is_being_changed() -> None:
    for state in ("queued", "creating", "changing", "pooled", "expired"):
        assert not [action for action, from_state in states.TRANSITIONS if from_state == state]
