"""The only user of the Docker SDK: small verbs that can be repeated, where 404 and 409 are answers.

Every object carries the label ``comptoir.instance``; everything of one state folder is found and removed by it. A
container also carries the digest of its specification, so that ``ensure_container`` replaces one made by an older release.
"""

import contextlib
import io
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Mount

from shop_provisioner.errors import EngineError
from shop_provisioner.specs import ContainerSpec, ContainerState

INSTANCE_LABEL = "comptoir.instance"
BOUTIQUE_LABEL = "comptoir.boutique"
SPEC_LABEL = "comptoir.spec"
EngineClient: TypeAlias = docker.DockerClient


@contextmanager
def _translated(verb: str) -> Iterator[None]:
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise EngineError(verb=verb, reason=str(error)[:500]) from error


class DockerHost:
    """One engine, seen by one instance."""

    def __init__(self, instance: str, client: EngineClient | None = None) -> None:
        self.instance = instance
        with _translated("connect"):
            # Two Celery threads and the parallel steps of one boutique talk at the same time.
            self._client = client or docker.DockerClient.from_env(max_pool_size=16, timeout=120)
        self.labels = {INSTANCE_LABEL: instance}

    def close(self) -> None:
        self._client.close()

    # Images

    def has_image(self, name: str) -> bool:
        with _translated("image"):
            try:
                self._client.images.get(name)
            except ImageNotFound:
                return False
            return True

    def build_image(self, tag: str, context: bytes) -> Iterator[str]:
        """Builds from a tar of the build context, yielding the engine's progress lines."""
        with _translated("build"):
            stream = self._client.api.build(
                fileobj=io.BytesIO(context), custom_context=True, tag=tag, rm=True, forcerm=True, decode=True
            )
            for line in stream:
                if "error" in line:
                    raise EngineError(verb="build", image=tag, reason=str(line["error"])[-500:])
                if text := str(line.get("stream", "")).strip():
                    yield text

    def pull(self, name: str) -> None:
        with _translated("pull"):
            self._client.images.pull(name)

    def remove_image(self, name: str) -> None:
        with _translated("image"):
            try:
                self._client.images.remove(name)
            except ImageNotFound:
                return

    def extract(self, image: str, path: str, destination: Path) -> None:
        """Copies a folder out of an image, through a container that is made but never started.

        GNU tar unpacks: it keeps members and links of a hostile archive inside the destination (Debian's Python cannot yet).
        """
        with _translated("extract"):
            container = self._client.containers.create(image, "never-run", labels=self.labels, network_mode="none")
            try:
                stream, _ = container.get_archive(path, chunk_size=1 << 20)
                _unpack(stream, destination)
            finally:
                container.remove(force=True)

    # Containers

    def ensure_container(self, spec: ContainerSpec) -> bool:
        """Makes the container exist as specified and run. True when it had to be made or started."""
        with _translated("container"):
            container = self._get(spec.name)
            if container is not None and container.labels.get(SPEC_LABEL) != spec.digest():
                container.remove(force=True)
                container = None
            if container is not None and container.status == "running":
                return False
            if container is None:
                container = self._create(spec)
            elif container.status not in ("created", "exited"):
                container.remove(force=True)  # dead, or in a restart loop: begin again
                container = self._create(spec)
            container.start()
            return True

    def _create(self, spec: ContainerSpec, auto_restart: bool = True) -> Any:
        try:
            return self._client.containers.create(**_arguments(spec, self.labels, auto_restart))
        except APIError as error:
            if error.status_code != 409:
                raise
            return self._client.containers.get(spec.name)  # made by another process between our look and our order

    def _get(self, name: str) -> Any | None:
        try:
            return self._client.containers.get(name)
        except NotFound:
            return None

    def run_once(self, spec: ContainerSpec, timeout_seconds: int = 300) -> tuple[int, str]:
        """Runs to the end and removes the container. Returns the exit code and everything it printed."""
        with _translated("run"):
            self.remove_container(spec.name)
            container = self._create(spec, auto_restart=False)
            try:
                container.start()
                code = container.wait(timeout=timeout_seconds)["StatusCode"]
                return int(code), container.logs().decode(errors="replace")
            finally:
                container.remove(force=True)

    def execute(self, name: str, command: list[str], user: str = "") -> tuple[int, bytes]:
        """Runs a command in a running container. Returns the exit code and its output, both streams together."""
        with _translated("exec"):
            container = self._get(name)
            if container is None:
                raise EngineError(verb="exec", container=name, reason="absent")
            code, output = container.exec_run(command, user=user)
            return int(code), output or b""

    def stop_container(self, name: str, grace_seconds: int = 5) -> None:
        """Stops it with a grace; an absent container is stopped already."""
        with _translated("stop"):
            container = self._get(name)
            if container is not None and container.status == "running":
                container.stop(timeout=grace_seconds)

    def remove_container(self, name: str) -> None:
        with _translated("remove"):
            try:
                self._client.api.remove_container(name, force=True, v=True)
            except NotFound:
                return
            except APIError as error:
                if error.status_code != 409:  # 409: its removal is already in progress
                    raise

    def logs(self, name: str, lines: int = 50) -> str:
        with _translated("logs"):
            container = self._get(name)
            return "" if container is None else container.logs(tail=lines).decode(errors="replace")

    def containers(self) -> dict[str, ContainerState]:
        """All containers of this instance by name, in one question to the engine."""
        with _translated("list"):
            rows = self._client.api.containers(all=True, filters={"label": f"{INSTANCE_LABEL}={self.instance}"})
        states = (
            ContainerState(row["Names"][0].lstrip("/"), row["Labels"].get(BOUTIQUE_LABEL, ""), row["State"])
            for row in rows
            if row["Names"]
        )
        return {state.name: state for state in states}

    def pid(self, name: str) -> int:
        """Process id of the container's first process on the host, 0 when it does not run."""
        with _translated("inspect"):
            container = self._get(name)
            return 0 if container is None else int(container.attrs["State"]["Pid"])

    # Volumes

    def ensure_overlay(self, name: str, lower: Path, upper: Path, work: Path, boutique: str) -> None:
        """A volume that shows ``upper`` over ``lower``; the three are host folders that exist."""
        options = {"type": "overlay", "device": "overlay", "o": f"lowerdir={lower},upperdir={upper},workdir={work}"}
        with _translated("volume"):
            try:
                volume = self._client.volumes.get(name)
            except NotFound:
                volume = None
            if volume is not None and volume.attrs.get("Options") != options:
                volume.remove(force=True)
                volume = None
            if volume is None:
                labels = self.labels | {BOUTIQUE_LABEL: boutique}
                self._client.volumes.create(name, driver="local", driver_opts=options, labels=labels)

    def remove_volume(self, name: str) -> None:
        with _translated("volume"):
            try:
                self._client.api.remove_volume(name, force=True)
            except NotFound:
                return

    def volumes(self) -> dict[str, str]:
        """Volume name to boutique id, of this instance."""
        with _translated("list"):
            rows = self._client.api.volumes(filters={"label": f"{INSTANCE_LABEL}={self.instance}"})["Volumes"] or []
        return {row["Name"]: (row.get("Labels") or {}).get(BOUTIQUE_LABEL, "") for row in rows}

    def remove_everything(self) -> tuple[int, int]:
        """Removes every container and volume of this instance. Returns how many of each."""
        containers, volumes = self.containers(), self.volumes()
        for name in containers:
            self.remove_container(name)
        for name in volumes:
            self.remove_volume(name)
        return len(containers), len(volumes)


def _unpack(stream: Iterator[bytes], destination: Path) -> None:
    """Raises EngineError with tar's words."""
    command = ["tar", "--extract", "--no-same-owner", "--directory", str(destination)]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as tar:  # noqa: S603  a fixed command
            assert tar.stdin is not None
            with contextlib.suppress(BrokenPipeError), tar.stdin as archive:
                archive.writelines(stream)
        if tar.returncode != 0:
            said.seek(0)
            raise EngineError(verb="extract", reason=said.read().decode(errors="replace").strip()[-300:])


def _arguments(spec: ContainerSpec, labels: dict[str, str], auto_restart: bool) -> dict[str, Any]:
    mounts = [Mount(b.target, b.source, type="bind", read_only=b.read_only) for b in spec.binds]
    if spec.volume:
        mounts.append(Mount(spec.volume[1], spec.volume[0], type="volume", no_copy=True))
    labels = labels | {SPEC_LABEL: spec.digest()} | ({BOUTIQUE_LABEL: spec.boutique} if spec.boutique else {})
    arguments: dict[str, Any] = {
        "name": spec.name,
        "image": spec.image,
        "command": list(spec.command) or None,
        "user": spec.user or None,
        "environment": spec.environment,
        "labels": labels,
        "mounts": mounts,
        "tmpfs": spec.tmpfs,
        "network_mode": "none",
        # Nothing listens there, so a name is refused at once instead of being waited for.
        "dns": ["127.0.0.1"],
        "dns_opt": ["timeout:1", "attempts:1"],
        "extra_hosts": spec.hosts,
        "cap_drop": ["ALL"],
        "cap_add": list(spec.capabilities),
        "security_opt": ["no-new-privileges"],
        "read_only": True,
        "stop_signal": spec.stop_signal,
        "log_config": LogConfig(type="json-file", config={"max-size": "5m", "max-file": "2"}),
    }
    if spec.entrypoint:
        arguments["entrypoint"] = list(spec.entrypoint)
    if auto_restart:
        # A crash is answered by the engine at once; what it does not restart (docker kill, reboot) the sweep does.
        arguments["restart_policy"] = {"Name": "on-failure"}
    if spec.memory_mib:
        arguments |= {"mem_limit": f"{spec.memory_mib}m", "memswap_limit": f"{spec.memory_mib}m"}
    if spec.pids:
        arguments["pids_limit"] = spec.pids
    if spec.cpus:
        arguments["nano_cpus"] = int(spec.cpus * 1_000_000_000)
    return arguments
