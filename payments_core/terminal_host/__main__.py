"""Starts the acquirer host: CORE_TERMINAL_LISTEN is host:port, CORE_TERMINAL_CERTIFICATE and CORE_TERMINAL_KEY are PEM files."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from payments_core import create_app
from payments_core.config import Config, ConfigError
from payments_core.terminal_host.server import Host

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60


def main() -> int:
    """Serves until it is told to stop. 1 when a setting is missing or no certificate appears in time."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    names = ("CORE_TERMINAL_LISTEN", "CORE_TERMINAL_CERTIFICATE", "CORE_TERMINAL_KEY")
    missing = [name for name in names if not os.environ.get(name)]
    try:
        if missing:
            raise ConfigError(f"the acquirer host cannot start; missing settings: {', '.join(missing)}")
        app = create_app(Config.from_environment(os.environ), doors=())
    except ConfigError as error:
        log.error("%s", error)
        return 1
    listen, certificate, key = (os.environ[name] for name in names)
    if not _appears(Path(certificate), Path(key)):
        log.error("no certificate at %s", certificate)
        return 1
    host, _, port = listen.rpartition(":")
    with Host(app, (host, int(port)), Path(certificate), Path(key)) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever()
    return 0


def _appears(*files: Path) -> bool:
    """The edge makes the certificate at its first start."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not all(file.exists() for file in files):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


if __name__ == "__main__":
    sys.exit(main())
