"""What a merchant may ask for in which state, and what makes a boutique settled. Pure tables."""

from shop_provisioner.errors import Refused

WANTED = frozenset({"pooled", "live", "suspended", "deleted"})
STATES = frozenset(
    {
        "queued",  # accepted, nothing done yet
        "creating",
        "changing",  # between two settled states
        "pooled",  # warm, waiting for a merchant; never shown
        "live",
        "suspended",
        "archived",
        "failed",
        "expired",  # its archive is gone; kept for the record, never shown
    }
)
ACTIONS = frozenset({"create", "suspend", "resume", "delete", "restore", "retry"})

# (action, state): the state wanted from then on. What is not listed is refused with wrong_state.
TRANSITIONS = {
    ("suspend", "live"): "suspended",
    ("resume", "suspended"): "live",
    ("delete", "live"): "deleted",
    ("delete", "suspended"): "deleted",
    ("delete", "failed"): "deleted",
    ("restore", "archived"): "live",
    ("retry", "failed"): "same",
}

SETTLED = {"pooled": "pooled", "live": "live", "suspended": "suspended", "deleted": "archived"}
RUNNING = frozenset({"pooled", "live", "suspended"})  # states in which the container must run


def next_wanted(action: str, state: str, wanted: str) -> str:
    """What is wanted after a command. Raises Refused(wrong_state)."""
    found = TRANSITIONS.get((action, state))
    if found is None:
        raise Refused("wrong_state", action=action, state=state)
    return wanted if found == "same" else found


def settled(wanted: str, state: str) -> bool:
    """Whether the world matches the wish. An expired boutique has nothing left to match."""
    return SETTLED[wanted] == state or state == "expired"


def under_way(wanted: str, live_before: bool) -> str:
    """The state shown while the world is being changed."""
    return "creating" if wanted in ("live", "pooled") and not live_before else "changing"
