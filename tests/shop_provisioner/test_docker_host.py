"""Verbs on a real engine: repeatable, labelled, and shut as tightly as they say."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from shop_provisioner import images, release
from shop_provisioner.config import BuildSettings
from shop_provisioner.docker_host import INSTANCE_LABEL, DockerHost
from shop_provisioner.errors import EngineError, ReleaseError
from shop_provisioner.specs import Bind, ContainerSpec
from tests.shop_provisioner.factories import make_release_tree

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]
BASE = "debian:bookworm-slim"


@pytest.fixture
def spec(docker_host: DockerHost, tmp_path: Path) -> Iterator[ContainerSpec]:
    name = f"comptoir-{docker_host.instance}-test"
    yield ContainerSpec(name, BASE, command=("sleep", "600"), binds=(Bind(str(tmp_path), "/seen", read_only=True),))
    docker_host.remove_container(name)


def test_ensure_makes_starts_and_replaces_only_when_needed(docker_host: DockerHost, spec: ContainerSpec) -> None:
    assert docker_host.ensure_container(spec)
    first = docker_host.pid(spec.name)
    assert not docker_host.ensure_container(spec)
    assert docker_host.pid(spec.name) == first
    docker_host.stop_container(spec.name, grace_seconds=0)
    assert docker_host.pid(spec.name) == 0
    assert docker_host.ensure_container(spec)
    changed = ContainerSpec(spec.name, BASE, command=("sleep", "601"))
    assert docker_host.ensure_container(changed)
    assert docker_host.containers()[spec.name].status == "running"
    docker_host.remove_container(spec.name)
    docker_host.remove_container(spec.name)
    docker_host.stop_container(spec.name)
    assert spec.name not in docker_host.containers()


def test_a_container_is_shut_unless_stated(docker_host: DockerHost, spec: ContainerSpec) -> None:
    docker_host.ensure_container(spec)
    client = docker.from_env()
    attributes = client.containers.get(spec.name).attrs
    client.close()
    host = attributes["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["ReadonlyRootfs"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert attributes["Config"]["Labels"][INSTANCE_LABEL] == docker_host.instance
    assert docker_host.execute(spec.name, ["touch", "/etc/x"])[0] != 0
    assert docker_host.execute(spec.name, ["touch", "/seen/x"])[0] != 0
    assert docker_host.execute(spec.name, ["sh", "-c", "exit 7"]) == (7, b"")


def test_run_once_gives_code_and_output_and_leaves_nothing(docker_host: DockerHost, spec: ContainerSpec) -> None:
    once = ContainerSpec(spec.name, BASE, command=("sh", "-c", "echo out; echo err >&2; exit 3"))
    code, output = docker_host.run_once(once)
    assert code == 3
    assert sorted(output.split()) == ["err", "out"]
    assert spec.name not in docker_host.containers()


def test_an_overlay_shows_the_lower_and_writes_to_the_upper(docker_host: DockerHost, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("lower", "upper", "work")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / "file").write_text("below")
    volume = f"comptoir-{docker_host.instance}-overlay"
    docker_host.ensure_overlay(volume, *folders, boutique="btq_x")
    docker_host.ensure_overlay(volume, *folders, boutique="btq_x")
    assert docker_host.volumes()[volume] == "btq_x"
    script = "cat /v/file && echo above > /v/file"
    once = ContainerSpec(f"{volume}-c", BASE, command=("sh", "-c", script), volume=(volume, "/v"))
    assert docker_host.run_once(once) == (0, "below")
    assert ((folders[0] / "file").read_text(), (folders[1] / "file").read_text()) == ("below", "above\n")
    docker_host.remove_volume(volume)
    docker_host.remove_volume(volume)
    assert volume not in docker_host.volumes()


def test_a_folder_comes_out_of_an_image_that_never_ran(docker_host: DockerHost, tmp_path: Path) -> None:
    docker_host.extract(BASE, "/etc/apt", tmp_path)
    assert (tmp_path / "apt" / "apt.conf.d").is_dir()


def test_a_release_is_taken_from_the_official_images_folder(docker_host: DockerHost, tmp_path: Path) -> None:
    tree = make_release_tree(tmp_path / "tree")
    (tree / "Dockerfile").write_text(f"FROM {BASE}\nCOPY . {release.IMAGE_TREE}/prestashop\n")
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(tree, arcname=".")
    image = f"comptoir/test-release:{docker_host.instance}"
    list(docker_host.build_image(image, context.getvalue()))
    settings = BuildSettings(cache_dir=tmp_path / "cache")
    try:
        assert release.keep(settings, image, docker_host).version == "8.2.1"
        with pytest.raises(ReleaseError, match="not_found"):
            release.keep(settings, "comptoir/absent:none", docker_host)
    finally:
        docker_host.remove_image(image)


def test_refusals_of_the_engine_are_one_error(docker_host: DockerHost) -> None:
    with pytest.raises(EngineError) as caught:
        docker_host.ensure_container(ContainerSpec("x", "comptoir/absent:none"))
    assert caught.value.code == "engine_failed"
    assert not docker_host.has_image("comptoir/absent:none")


def test_images_are_built_once_per_content(docker_host: DockerHost) -> None:
    settings = BuildSettings(instance=docker_host.instance)
    images.ensure(settings, docker_host)
    lines: list[str] = []
    images.ensure(settings, docker_host, lines.append)
    assert lines == []
