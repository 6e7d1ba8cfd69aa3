"""The listener: TLS, two bytes of length, a message, its answer. One thread per connection; an idle one is closed."""

from __future__ import annotations

import logging
import socket
import socketserver
import ssl
import struct
import threading
from pathlib import Path

from flask import Flask

from payments_core.db import db
from payments_core.terminal_host import conversation, wire

log = logging.getLogger(__name__)

LONGEST = 4096
IDLE_SECONDS = 60
MOST_CONNECTIONS = 200


class Host(socketserver.ThreadingTCPServer):
    """Serves one application. The certificate is read again whenever its file changed, as short-lived ones do."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, app: Flask, address: tuple[str, int], certificate: Path, key: Path) -> None:
        self.app = app
        self._certificate, self._key = certificate, key
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._read_at = 0.0
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, Line)

    def secured(self, line: socket.socket) -> ssl.SSLSocket:
        """The connection after its handshake."""
        with self._lock:
            changed = self._certificate.stat().st_mtime
            if changed != self._read_at:
                self._context.load_cert_chain(self._certificate, self._key)
                self._read_at = changed
        return self._context.wrap_socket(line, server_side=True)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Refuses what is more than the host can hold."""
        if not self._slots.acquire(blocking=False):
            log.warning("too many connections")
            self.shutdown_request(request)
            return
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Lines break: that is no defect of ours, and nothing else reaches this far."""
        log.info("a line broke", exc_info=True)


class Line(socketserver.BaseRequestHandler):
    """One connection."""

    server: Host

    def handle(self) -> None:
        """Answers messages until the line ends."""
        self.request.settimeout(IDLE_SECONDS)
        try:
            with self.server.secured(self.request) as line:
                while (message := _receive(line)) is not None:
                    answer = self._answer(message)
                    if answer is None:
                        return
                    line.sendall(struct.pack(">H", len(answer)) + answer)
        except (OSError, EOFError) as error:
            log.info("line ended: %s", error)

    def _answer(self, message: bytes) -> bytes | None:
        with self.server.app.app_context():
            try:
                return conversation.reply(message)
            except wire.Unreadable as error:
                log.warning("unreadable message: %s", error)
                return None
            finally:
                db.session.remove()


def _receive(line: ssl.SSLSocket) -> bytes | None:
    """The next message; None at the end of the line or for an impossible length. Raises EOFError in mid-message."""
    head = _exactly(line, 2)
    if head is None:
        return None
    (length,) = struct.unpack(">H", head)
    if not 0 < length <= LONGEST:
        log.warning("a message of %s bytes is announced", length)
        return None
    body = _exactly(line, length)
    if body is None:
        raise EOFError("the line ended in mid-message")
    return body


def _exactly(line: ssl.SSLSocket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        part = line.recv(count - len(data))
        if not part:
            if data:
                raise EOFError("the line ended in mid-message")
            return None
        data += part
    return data
