"""The portal's orders: accepted or refused once, in one transaction, with a reason the portal can say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shop_provisioner import commands, pool, reconcile, sweep
from shop_provisioner.db.models import Boutique, Command, ReservedDomain
from shop_provisioner.provisioner import Provisioner
from tests.shop_provisioner.factories import make_boutique, order


def rows(p: Provisioner, query: str) -> list[Any]:
    with p.session() as session:
        return list(session.execute(text(query)).mappings())


def reason(p: Provisioner, given: commands.Order) -> tuple[str | None, dict[str, Any]]:
    with p.session() as session:
        command = session.get_one(Command, given.command_id)
        assert command.status == "refused"
        return command.reason_code, command.reason_params or {}


def test_a_free_name_is_taken_and_a_row_waits_for_reconcile(provisioner: Provisioner) -> None:
    given = order("create", domain="Chez-Lea")
    boutique_id = commands.accept(provisioner, given)
    row = provisioner.load(boutique_id or "")
    assert (row.domain, row.wanted, row.state) == ("chez-lea.localhost", "live", "queued")
    assert commands.accept(provisioner, given) == boutique_id
    assert len(rows(provisioner, "SELECT * FROM boutique")) == 1
    assert reconcile.unfinished(provisioner) == [boutique_id]
    (shown,) = rows(provisioner, "SELECT * FROM portal_commands")
    assert (shown["status"], shown["boutique_id"]) == ("accepted", boutique_id)


@pytest.mark.parametrize(
    ("name", "code"), [("a b", "domain_malformed"), ("admin", "domain_reserved"), ("", "domain_malformed")]
)
def test_a_name_that_cannot_be_used_is_refused_and_changes_nothing(
    provisioner: Provisioner, name: str, code: str
) -> None:
    given = order("create", domain=name)
    assert commands.accept(provisioner, given) is None
    assert reason(provisioner, given)[0] == code
    assert commands.accept(provisioner, given) is None
    assert rows(provisioner, "SELECT * FROM boutique") == rows(provisioner, "SELECT * FROM reserved_domain") == []


def test_one_name_goes_to_one_of_many_who_ask_at_the_same_moment(provisioner: Provisioner) -> None:
    orders = [order("create", domain="chez-lea") for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        accepted = [x for x in threads.map(lambda o: commands.accept(provisioner, o), orders) if x]
    assert len(accepted) == 1
    assert len(rows(provisioner, "SELECT * FROM boutique")) == 1
    refused = rows(provisioner, "SELECT reason_code FROM portal_commands WHERE status = 'refused'")
    assert [row["reason_code"] for row in refused] == ["domain_taken"] * 7


def test_the_same_command_at_the_same_moment_is_done_once(provisioner: Provisioner) -> None:
    given = order("create", domain="chez-lea")
    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(lambda _: commands.accept(provisioner, given), range(6)))
    assert len(answers - {None}) == 1
    assert len(rows(provisioner, "SELECT * FROM boutique")) == 1
    assert [row["status"] for row in rows(provisioner, "SELECT status FROM command")] == ["accepted"]


def test_a_pool_member_is_claimed_by_one_merchant_only(provisioner: Provisioner) -> None:
    template = provisioner.current_template().digest
    pooled = {"merchant_id": None, "domain": None, "wanted": "pooled", "state": "pooled"}
    members = {make_boutique(provisioner, template=template, **pooled).id for _ in range(2)}
    make_boutique(provisioner, template="older", **pooled)
    make_boutique(provisioner, template=template, **(pooled | {"state": "creating"}))
    orders = [order("create", domain=f"chez-lea-{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        claimed = list(threads.map(lambda o: commands.accept(provisioner, o), orders))
    assert len(set(claimed)) == 4
    assert members < set(claimed)
    assert pool.ready(provisioner) == 1


def test_without_a_release_everything_but_creation_goes_on(provisioner: Provisioner) -> None:
    for path in provisioner.settings.cache_dir.glob("prestashop/*/release.json"):
        path.unlink()
    sweep.check_availability(provisioner)
    (shown,) = rows(provisioner, "SELECT * FROM portal_provisioning")
    assert (shown["available"], shown["missing_code"]) == (False, "prestashop_missing")
    assert shown["missing_params"]["what"] == "release"
    assert "--prestashop" in shown["missing_params"]["how"]
    given = order("create", domain="chez-lea")
    assert commands.accept(provisioner, given) is None
    assert reason(provisioner, given) == ("prestashop_missing", shown["missing_params"])
    live = make_boutique(provisioner)
    assert commands.accept(provisioner, order("suspend", live.id)) == live.id


@pytest.mark.parametrize(("action", "code"), [("suspend", "not_found"), ("delete", "not_found")])
def test_a_stranger_cannot_tell_that_a_boutique_exists(provisioner: Provisioner, action: str, code: str) -> None:
    row = make_boutique(provisioner)
    for given in (order(action, row.id, merchant="mrch_stranger"), order(action, "btq_absent"), order(action)):
        assert commands.accept(provisioner, given) is None
        assert reason(provisioner, given)[0] == code
    assert provisioner.load(row.id).state == "live"


def test_an_order_at_the_wrong_time_is_refused_with_the_present_state(provisioner: Provisioner) -> None:
    row = make_boutique(provisioner, state="changing")
    given = order("resume", row.id)
    assert commands.accept(provisioner, given) is None
    assert reason(provisioner, given) == ("wrong_state", {"action": "resume", "state": "changing"})


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def test_a_deleted_boutiques_name_is_kept_then_closed_to_others_then_free(provisioner: Provisioner) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    row = make_boutique(provisioner, domain="chez-lea.localhost", state="archived", wanted="deleted")
    with provisioner.session() as session:
        kept, closed = now + timedelta(days=30), now + timedelta(days=120)
        session.add(
            ReservedDomain(
                domain="chez-lea.localhost",
                boutique_id=row.id,
                merchant_id=row.merchant_id,
                kept_until=kept,
                closed_until=closed,
            )
        )

    def try_on(day: int, merchant: str) -> str | None:
        provisioner.clock = at(now + timedelta(days=day))
        given = order("create", domain="chez-lea", merchant=merchant)
        boutique_id = commands.accept(provisioner, given)
        if boutique_id:
            with provisioner.session() as session:
                session.query(Command).filter_by(boutique_id=boutique_id).delete()
                session.delete(session.get_one(Boutique, boutique_id))
                held = session.get_one(ReservedDomain, "chez-lea.localhost")
                held.kept_until, held.closed_until, held.merchant_id = kept, closed, row.merchant_id or ""
        return boutique_id

    owner = row.merchant_id or ""
    assert try_on(29, owner) is None
    assert try_on(29, "mrch_other") is None
    assert try_on(31, "mrch_other") is None
    assert try_on(31, owner)
    assert try_on(119, "mrch_other") is None
    assert try_on(121, "mrch_other")


def test_failed_work_is_tried_again_ever_more_rarely_until_a_person_retries(provisioner: Provisioner) -> None:
    boutique_id = commands.accept(provisioner, order("create", domain="chez-lea")) or ""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    pauses = []
    for _ in range(6):
        provisioner.clock = at(now)
        assert reconcile.reconcile(provisioner, boutique_id)  # no engine here: the first step that needs it fails
        row = provisioner.load(boutique_id)
        assert row.next_try_at is not None
        pauses.append((row.next_try_at - now).total_seconds())
        assert reconcile.unfinished(provisioner) == []
        now = row.next_try_at
    assert pauses == [2, 4, 8, 16, 32, 64]
    assert row.state == "failed"
    (shown,) = rows(provisioner, "SELECT * FROM portal_boutiques")
    assert shown["error_code"] == row.error_code
    assert commands.accept(provisioner, order("retry", boutique_id)) == boutique_id
    row = provisioner.load(boutique_id)
    assert (row.state, row.attempts, row.error_code, row.next_try_at) == ("queued", 0, None, None)
