"""The local certificate authority's files: made by the edge at its first start, handed to whoever must trust it."""

from __future__ import annotations

import ssl
import time
from pathlib import Path


class NoAuthority(Exception):
    """The edge has made no authority in time."""


def hand_out(root_certificate: Path, bundle: Path, ca: Path, timeout_seconds: float = 30) -> None:
    """Waits for the edge's root, then writes it alone to `ca` and together with the system's authorities to `bundle`.

    Raises NoAuthority.
    """
    deadline = time.monotonic() + timeout_seconds
    while not root_certificate.exists():
        if time.monotonic() > deadline:
            raise NoAuthority(str(root_certificate))
        time.sleep(0.05)
    system = ssl.get_default_verify_paths()
    known = [Path("/etc/ssl/certs/ca-certificates.crt"), Path(system.openssl_cafile or "/nonexistent")]
    authorities = next((file.read_text() for file in known if file.exists()), "")
    bundle.parent.mkdir(exist_ok=True)
    _place(bundle, authorities + root_certificate.read_text())
    _place(ca, root_certificate.read_text())


def _place(path: Path, text: str) -> None:
    """Readers that start meanwhile see the old or the new text, never half of one."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text)
    temporary.chmod(0o644)
    temporary.replace(path)
