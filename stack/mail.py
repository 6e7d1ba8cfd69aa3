"""The mail catcher of one machine: takes every message by SMTP, on a loopback port and on a Unix socket, and keeps it.

Boutiques have no network: their mail comes through the socket. A message is a file in a Maildir, written before the
sender is told 250, so a killed catcher loses nothing it accepted. `stack.inbox` shows them.
"""

from __future__ import annotations

import mailbox
import os
import signal
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller, UnixSocketController
from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MESSAGE_BYTES = 20 * 1024 * 1024


class Catcher:
    """Stores each accepted message in the Maildir."""

    def __init__(self, folder: str) -> None:
        self.maildir = mailbox.Maildir(folder, create=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keeps the message; the envelope's recipients go in a header, since Bcc appears nowhere else."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        message = mailbox.MaildirMessage(content)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        message["X-Envelope-From"] = envelope.mail_from or ""
        self.maildir.add(message)
        return "250 2.0.0 Message kept"


def main() -> None:
    """Serves until a signal ends it."""
    folder, port, path = os.environ["MAIL_DIR"], int(os.environ["MAIL_PORT"]), Path(os.environ["MAIL_SOCKET"])
    host = os.environ.get("MAIL_HOST", "127.0.0.1")  # another address only inside a container of its own
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # before the threads: the waiting main thread is the one told
    options: dict[str, Any] = {"data_size_limit": MAX_MESSAGE_BYTES, "enable_SMTPUTF8": True}
    path.unlink(missing_ok=True)
    by_port = Controller(Catcher(folder), hostname=host, port=port, **options)
    by_socket = UnixSocketController(Catcher(folder), unix_socket=str(path), **options)
    by_port.start()
    by_socket.start()
    path.chmod(0o666)
    signal.sigwait(signals)
    by_socket.stop()
    by_port.stop()


if __name__ == "__main__":
    main()
