"""`comptoir compose setup`: the folder, the ports and the secrets of a stack whose services are containers.

The data folder is a state folder like that of `up`, so every command that asks only for a folder works on either. What the
containers are told is derived from it and written to one env file, which Compose reads; only its owner may.
"""

from __future__ import annotations

import os
from pathlib import Path

from stack import edge
from stack.compose import envfile, images
from stack.databases import ROLES
from stack.lifecycle import StartError
from stack.processes import REPOSITORY
from stack.settings import PLATFORM_CALLERS
from stack.state import State, cache_dir, write_private
from stack.users import own, service_user

DEFAULT_ENV_FILE = REPOSITORY / ".env"
DEFAULT_STATE = "./var-compose"
_HEADER = """\
# Made by `bin/comptoir compose setup`; .env.example says what each line is. Holds secrets.
# A line of your own stays when it is run again, and so does a changed address, size, socket or image name.
"""
_UPSTREAMS = {"core": "core:8000", "portal": "portal:8000", "inbox": "inbox:8000"}


def prepare(state: State, env_file: Path, port: int | None) -> dict[str, str]:
    """Makes the folder and the env file; run again, it keeps ports, secrets and choices. Returns what the file says.

    Raises StartError where the folder belongs to a stack of `up`.
    """
    if state.exists and not state.composed:
        raise StartError(f"{state.path} is the state of a stack of `up`. Choose another folder with --state.")
    if state.path not in state.run.parents:
        raise StartError(f"{state.path} is too long for the sockets in it. Choose a shorter folder with --state.")
    state.prepare(port)
    project = f"comptoir-{state.instance}"
    composed = {"project": project, "file": str(images.COMPOSE_FILE), "env_file": str(env_file.resolve())}
    state.save_config(compose=composed)
    _folders(state)
    edge.place(state, _UPSTREAMS, "0.0.0.0")  # noqa: S104 - of its container; the ports are published on loopback
    known = envfile.read(env_file)
    _write(env_file, {"COMPOSE_PROJECT_NAME": project, **_choices(state), **known, **_derived(state)})
    return envfile.read(env_file)


def _folders(state: State) -> None:
    """Those the containers write to, and one path by which clients find the authority."""
    account = service_user()
    own(state.ca_bundle.parent, account, 0o755)
    if not state.ca.exists() and not state.ca.is_symlink():
        state.ca.symlink_to(f"{state.ca_bundle.parent.name}/{state.ca.name}")
    cache_dir().mkdir(parents=True, exist_ok=True)  # mounted, and the engine would make it with root's modes
    scratch = state.run / "tmp"
    scratch.mkdir(exist_ok=True)
    scratch.chmod(0o711)


def _derived(state: State) -> dict[str, str]:
    """Everything that follows from the state folder, the repository and the account."""
    account = service_user()
    values = {
        "COMPTOIR_IMAGE": images.application_image(),
        "COMPTOIR_DATA": str(state.path),
        "COMPTOIR_RUN": str(state.run),
        "COMPTOIR_CACHE": str(cache_dir()),
        "COMPTOIR_INSTANCE": state.instance,
        "COMPTOIR_UID": str(account.pw_uid),
        "COMPTOIR_GID": str(account.pw_gid),
        "COMPTOIR_PORT": str(state.port),
        "COMPTOIR_HTTP_PORT": str(state.port + 1),
        "COMPTOIR_PLATFORM_PORT": str(state.listener("platform")),
        "COMPTOIR_TERMINAL_PORT": str(state.listener("terminal")),
        "COMPTOIR_ASK_PORT": str(state.listener("ask")),
        "COMPTOIR_POSTGRES_PASSWORD": state.secret("postgres"),
        "COMPTOIR_REDIS_PASSWORD": state.secret("redis"),
    }
    values |= {f"COMPTOIR_ROLE_{role.upper()}_PASSWORD": state.secret(f"role-{role}") for role in ROLES}
    values |= {f"COMPTOIR_PLATFORM_TOKEN_{name.upper()}": state.secret(f"platform-{name}") for name in PLATFORM_CALLERS}
    values |= {f"COMPTOIR_{name.upper()}_SECRET_KEY": state.secret(name) for name in ("core", "portal", "provisioner")}
    return values


def _choices(state: State) -> dict[str, str]:
    """What a person may change in the env file: kept by the next run, these are the values of the first."""
    return {
        "COMPTOIR_POSTGRES_ADDRESS": "postgres:5432",
        "COMPTOIR_REDIS_URL": f"redis://:{state.secret('redis')}@redis:6379/0",
        "COMPTOIR_SMTP_URL": "smtp://mail:2525",
        "COMPTOIR_POOL_SIZE": "1",
        "COMPTOIR_PRESTASHOP": "",
        "COMPTOIR_BOUTIQUE_IMAGE": "",
        "COMPTOIR_DOCKER_SOCKET": "/var/run/docker.sock",
    }


def _write(env_file: Path, values: dict[str, str]) -> None:
    for name, value in values.items():
        if set(value) & set("$'\"\n#"):
            raise StartError(
                f"{name} holds a character that env files give a meaning to: {value}. Choose another path."
            )
    write_private(env_file, _HEADER + "".join(f"{name}={value}\n" for name, value in values.items()))


def environment(env_file: Path) -> dict[str, str]:
    """For starting Compose: variables of the caller would win over the env file's of the same name."""
    names = envfile.read(env_file).keys()
    return {name: value for name, value in os.environ.items() if name not in names}
