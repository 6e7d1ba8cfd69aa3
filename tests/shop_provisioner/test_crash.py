"""Killing the provisioner anywhere ends in the same final state as not killing it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from shop_provisioner import commands, pool, reconcile
from tests.shop_provisioner.acts import assert_archived, assert_live, discard, perform, reconcile_and_kill, swept
from tests.shop_provisioner.factories import order
from tests.shop_provisioner.lab import Lab

pytestmark = [pytest.mark.prestashop, pytest.mark.docker, pytest.mark.xdist_group("prestashop")]


class Killed(BaseException):
    """Nothing in the code under test catches it, as nothing catches SIGKILL."""


def names(stages: tuple[reconcile.Stage, ...]) -> list[str]:
    return [name for stage in stages for name, _ in stage.steps]


@pytest.fixture
def dying(lab: Lab) -> Iterator[Callable[[str], None]]:
    """Makes the next finish of a step the last thing its process does."""

    def die_after(name: str) -> None:
        def die(finished: str) -> None:
            if finished == name:
                lab.p.after_step = lambda _: None
                raise Killed(name)

        lab.p.after_step = die

    yield die_after
    lab.p.after_step = lambda _: None


def crash_after_each(lab: Lab, dying: Callable[[str], None], boutique_id: str, steps: list[str]) -> None:
    """One run per step, each killed after it; then what the sweep would do."""
    for name in steps:
        dying(name)
        with pytest.raises(Killed):
            reconcile.reconcile(lab.p, boutique_id)
    swept(lab)


@pytest.mark.parametrize("step", names(reconcile.CREATE))
def test_a_creation_killed_after_a_step_is_finished_by_the_sweep(
    lab: Lab, dying: Callable[[str], None], step: str
) -> None:
    shop = commands.accept(lab.p, order("create", domain=f"crash-{step}")) or ""
    crash_after_each(lab, dying, shop, [step])
    assert_live(lab, shop)
    discard(lab, shop)


def test_deletion_and_restore_killed_after_every_step_keep_everything(lab: Lab, dying: Callable[[str], None]) -> None:
    shop = perform(lab, "create", domain="crash-twice")
    assert commands.accept(lab.p, order("delete", shop))
    crash_after_each(lab, dying, shop, names(reconcile.ARCHIVE))
    assert_archived(lab, shop)
    assert commands.accept(lab.p, order("restore", shop))
    before = names(reconcile.RESTORE)
    # Once the archive is left behind, what remains is an ordinary start of a boutique that has its data.
    cut = before.index("archive") + 1
    crash_after_each(lab, dying, shop, before[:cut])
    assert_live(lab, shop)
    discard(lab, shop)


def test_a_pool_member_killed_after_every_step_is_completed(lab: Lab, dying: Callable[[str], None]) -> None:
    original = lab.p.settings
    lab.p.settings = replace(original, pool_size=1)
    try:
        (member,) = pool.order_members(lab.p, lab.p.current_template())
        crash_after_each(lab, dying, member, names(reconcile.POOL))
        assert pool.ready(lab.p) == 1
        assert lab.p.load(member).state == "pooled"
    finally:
        lab.p.settings = replace(original, pool_size=0)
        swept(lab)
        lab.p.settings = original


@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.1])
def test_a_worker_killed_at_any_moment_leaves_work_that_another_finishes(lab: Lab, seconds: float) -> None:
    shop = commands.accept(lab.p, order("create", domain=f"killed-{int(seconds * 100)}")) or ""
    reconcile_and_kill(lab, shop, seconds)
    swept(lab)
    assert_live(lab, shop)
    assert commands.accept(lab.p, order("delete", shop))
    reconcile_and_kill(lab, shop, seconds)
    swept(lab)
    assert_archived(lab, shop)
