"""The env file of a stack of containers, read as Compose reads what `compose setup` wrote."""

from __future__ import annotations

from pathlib import Path


def read(env_file: Path) -> dict[str, str]:
    """The lines NAME=VALUE of an env file; an absent file holds none."""
    if not env_file.exists():
        return {}
    lines = (line.strip() for line in env_file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}
