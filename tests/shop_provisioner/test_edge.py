"""Marker files: what the edge sees is always whole."""

import os
from pathlib import Path

from shop_provisioner import edge


def test_a_domain_runs_is_suspended_and_disappears(tmp_path: Path) -> None:
    hosts, run = tmp_path / "hosts", tmp_path / "run"
    for marker in (edge.RUNNING, edge.RUNNING, edge.SUSPENDED, edge.SUSPENDED, edge.RUNNING):
        edge.place(hosts, "a.localhost", run, marker)
        assert edge.marker(hosts, "a.localhost") == marker
        assert sorted(os.listdir(hosts / "a.localhost")) == sorted(["app", marker])
    assert os.readlink(hosts / "a.localhost" / "app") == str(run)
    edge.remove(hosts, "a.localhost")
    edge.remove(hosts, "a.localhost")
    assert edge.marker(hosts, "a.localhost") is None
    assert list(hosts.iterdir()) == []


def test_a_moved_run_folder_is_linked_anew(tmp_path: Path) -> None:
    edge.place(tmp_path, "a.localhost", tmp_path / "one", edge.RUNNING)
    edge.place(tmp_path, "a.localhost", tmp_path / "two", edge.RUNNING)
    assert os.readlink(tmp_path / "a.localhost" / "app") == str(tmp_path / "two")


def test_leftovers_of_an_interrupted_change_are_no_domains(tmp_path: Path) -> None:
    edge.place(tmp_path, "a.localhost", tmp_path, edge.RUNNING)
    (tmp_path / ".gone-1").mkdir()
    (tmp_path / ".new-1").mkdir()
    assert edge.domains(tmp_path) == {"a.localhost"}
    assert not (tmp_path / ".gone-1").exists()
    assert edge.domains(tmp_path / "absent") == set()
