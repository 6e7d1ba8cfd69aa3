"""What docker-compose.yml, the env file and the build context promise each other; no engine is needed."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from stack import settings
from stack.compose import envfile, images, setup
from stack.lifecycle import StartError
from stack.processes import REPOSITORY, all_processes
from stack.state import State, cache_dir

COMPOSE = images.COMPOSE_FILE.read_text()
EXAMPLE = REPOSITORY / ".env.example"
OPTIONAL = {"COMPTOIR_POSTGRES_IMAGE", "COMPTOIR_REDIS_IMAGE", "COMPTOIR_CADDY_IMAGE", "COMPTOIR_MARIADB_IMAGE"}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    return tmp_path_factory.mktemp("c")


@pytest.fixture
def state(folder: Path) -> State:
    return State.at(folder / "var")


def test_setup_gives_every_variable_that_the_file_reads(folder: Path, state: State) -> None:
    read = set(re.findall(r"\$\{(\w+)", COMPOSE))
    given = setup.prepare(state, folder / "env", 9100)
    assert read - OPTIONAL <= set(given)
    assert set(given) - {"COMPOSE_PROJECT_NAME"} <= read, "a variable that nothing reads"


def test_the_example_names_every_variable_and_holds_no_secret(folder: Path, state: State) -> None:
    given, example = setup.prepare(state, folder / "env", 9100), envfile.read(EXAMPLE)
    assert set(example) == set(given)
    assert all(f"#{name}=" in EXAMPLE.read_text() for name in OPTIONAL)
    secret = {name for name, value in given.items() if re.fullmatch(r"[0-9a-f]{64}", value)}
    assert len(secret) == 12
    assert {example[name] for name in secret} == {""}


def test_the_services_are_the_processes_of_up(state: State) -> None:
    state.prepare(9100)
    services = set(re.findall(r"^  ([a-z-]+):$", COMPOSE.partition("\nservices:")[2].partition("\nnetworks:")[0], re.M))
    once = {"prepare", "migrate-core", "migrate-portal", "migrate-provisioner", "boutique-images"}
    assert services - once == {process.name for process in all_processes(state)}


def test_every_published_port_is_on_loopback() -> None:
    published = re.findall(r"(\S+):\$\{COMPTOIR_\w*PORT\}:(?:\$\{COMPTOIR_\w*PORT\}|8000)", COMPOSE)
    assert [address.lstrip("\"['") for address in published] == ["127.0.0.1"] * 3


def test_the_env_file_is_its_owners_alone(folder: Path, state: State) -> None:
    setup.prepare(state, folder / "env", 9100)
    assert stat.S_IMODE((folder / "env").stat().st_mode) == 0o600
    assert (cache_dir()).is_dir()


def test_a_second_setup_keeps_secrets_ports_and_choices(folder: Path, state: State) -> None:
    env_file = folder / "env"
    first = setup.prepare(state, env_file, 9100)
    text = env_file.read_text().replace("COMPTOIR_POOL_SIZE=1", "COMPTOIR_POOL_SIZE=4")
    env_file.write_text(text + "COMPTOIR_CADDY_IMAGE=registry.example/caddy:2.11\n")
    second = setup.prepare(state, env_file, None)
    assert second == {**first, "COMPTOIR_POOL_SIZE": "4", "COMPTOIR_CADDY_IMAGE": "registry.example/caddy:2.11"}


def test_a_template_built_from_the_host_is_of_the_images_in_the_env_file(folder: Path, state: State) -> None:
    setup.prepare(state, folder / "env", 9100)
    assert "PROVISIONER_BOUTIQUE_IMAGE" not in settings.provisioner(state)
    text = (folder / "env").read_text()
    (folder / "env").write_text(text.replace("BOUTIQUE_IMAGE=", "BOUTIQUE_IMAGE=registry.example/boutique:7"))
    assert settings.provisioner(state)["PROVISIONER_BOUTIQUE_IMAGE"] == "registry.example/boutique:7"


def test_two_stacks_share_neither_names_nor_secrets(folder: Path, state: State) -> None:
    one = setup.prepare(state, folder / "a", 9100)
    two = setup.prepare(State.at(folder / "other"), folder / "b", 9102)
    for name in ("COMPOSE_PROJECT_NAME", "COMPTOIR_INSTANCE", "COMPTOIR_DATA", "COMPTOIR_CORE_SECRET_KEY"):
        assert one[name] != two[name]


def test_a_folder_of_up_is_refused_in_words(folder: Path, state: State) -> None:
    state.prepare(9100)
    with pytest.raises(StartError, match="stack of `up`"):
        setup.prepare(state, folder / "env", None)
    assert not (folder / "env").exists()


@pytest.mark.parametrize("name", ["x" * 90, "with$sign", "with'quote"])
def test_a_path_that_sockets_or_env_files_cannot_hold_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(StartError, match=r"Choose"):
        setup.prepare(State.at(folder / name), folder / "env", 9100)


def test_the_callers_variables_do_not_win_over_the_env_files(
    folder: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.prepare(state, folder / "env", 9100)
    monkeypatch.setenv("COMPTOIR_PORT", "1")
    environment = setup.environment(folder / "env")
    assert "COMPTOIR_PORT" not in environment
    assert "PATH" in environment


def test_all_the_dockerfile_copies_is_hashed_and_let_through() -> None:
    dockerfile, ignored = (REPOSITORY / images.DOCKERFILE).read_text(), (REPOSITORY / ".dockerignore").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M)
    for source in {word.replace("[", "").replace("]", "") for line in copied for word in line.split()}:
        if source != "deploy/extra/wheels":  # their content is in the locked hashes
            assert source in images.APPLICATION, source
        assert any(f"!{parent}\n" in ignored for parent in (source, "deploy/extra")), source


def test_the_applications_image_is_named_by_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    name = images.application_image()
    assert re.fullmatch(r"comptoir/application:[0-9a-f]{12}", name)
    assert name == images.application_image()
    monkeypatch.setattr(images, "APPLICATION", images.APPLICATION[1:])
    assert images.application_image() != name


def test_each_server_has_a_stand_in_and_a_pinned_name() -> None:
    assert images.servers() == {
        "POSTGRES": "postgres:15-bookworm",
        "REDIS": "redis:7-bookworm",
        "CADDY": "caddy:2",
        "MARIADB": "mariadb:10.11",
    }
