"""What a container must be and what the engine says of one. Plain values, so that they can be compared and hashed."""

import hashlib
import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Bind:
    """A host folder or file seen in a container; it must exist before."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class ContainerSpec:
    """What one container must be. No network, no capability and a read-only root unless stated."""

    name: str
    image: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    user: str = ""
    binds: tuple[Bind, ...] = ()
    volume: tuple[str, str] | None = None  # (volume, target)
    environment: dict[str, str] = field(default_factory=dict)
    tmpfs: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    hosts: dict[str, str] = field(default_factory=dict)
    boutique: str = ""
    memory_mib: int = 0
    pids: int = 0
    cpus: float = 0
    stop_signal: str = "SIGTERM"

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ContainerState:
    """What the engine says of one of our containers."""

    name: str
    boutique: str
    status: str  # created, running, restarting, exited, dead
    pid: int = 0
