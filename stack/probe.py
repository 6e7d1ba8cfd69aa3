"""Is the service of this container well? A container's health check runs this file every few seconds.

So it is a script of the standard library alone, started without the virtual environment, which costs a tenth of importing Celery.
`probe.py http PORT HOST`, `probe.py smtp PORT`, `probe.py tcp PORT`,
`probe.py pulse FILE`; exit code 0 when well, else one line says why not.
"""

from __future__ import annotations

import http.client
import smtplib
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

TIMEOUT_SECONDS = 4
SILENCE_SECONDS = 20  # a worker's heart beats every 2 s, the scheduler's every 5 s


def http_problem(port: str, host: str) -> str:
    """Asks /health by the name the application knows itself by."""
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=TIMEOUT_SECONDS)
    connection.request("GET", "/health", headers={"Host": host})
    status = connection.getresponse().status
    return "" if status == 200 else f"/health answers {status}"


def smtp_problem(port: str) -> str:
    """Greets the mail catcher."""
    with smtplib.SMTP("127.0.0.1", int(port), timeout=TIMEOUT_SECONDS) as server:
        code, text = server.noop()
    return "" if code == 250 else f"NOOP answers {code} {text.decode(errors='replace')}"


def tcp_problem(port: str) -> str:
    """Whether anybody listens."""
    socket.create_connection(("127.0.0.1", int(port)), TIMEOUT_SECONDS).close()
    return ""


def pulse_problem(file: str) -> str:
    """Looks when `stack.pulse` was last told of a heartbeat. Both times are the same container's clock."""
    silence = time.time() - Path(file).stat().st_mtime
    return "" if silence < SILENCE_SECONDS else f"no heartbeat for {silence:.0f} s"


_PROBES: dict[str, Callable[..., str]] = {
    "http": http_problem,
    "smtp": smtp_problem,
    "tcp": tcp_problem,
    "pulse": pulse_problem,
}


def main(arguments: list[str]) -> int:
    """0 when well."""
    try:
        problem = _PROBES[arguments[0]](*arguments[1:])
    except (OSError, http.client.HTTPException, smtplib.SMTPException) as error:
        problem = f"{type(error).__name__}: {error}"
    if problem:
        print(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
