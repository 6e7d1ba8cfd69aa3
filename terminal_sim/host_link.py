"""The line to the acquirer host: TCP with TLS, one length-prefixed message at a time.

Every failure to get a whole answer is HostUnreachable: the caller cannot know whether the host heard it.
"""

from __future__ import annotations

import socket
import ssl
import struct
from types import TracebackType

from terminal_sim.config import Enrolment
from terminal_sim.errors import HostFault, HostUnreachable

LONGEST = 4096
TIMEOUT_SECONDS = 20.0


class HostLink:
    """One connection; a context manager."""

    def __init__(self, enrolment: Enrolment, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._enrolment = enrolment
        self._timeout = timeout_seconds
        self._socket: ssl.SSLSocket | None = None

    def __enter__(self) -> HostLink:
        """Connects and verifies the host's certificate. Raises HostUnreachable."""
        enrolment = self._enrolment
        try:
            context = ssl.create_default_context(cafile=enrolment.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            line = socket.create_connection((enrolment.address, enrolment.port), self._timeout)
            self._socket = context.wrap_socket(line, server_hostname=enrolment.host)
        except ssl.SSLCertVerificationError as error:
            raise HostUnreachable(f"Le certificat du serveur est refusé : {error.verify_message}") from error
        except OSError as error:
            raise HostUnreachable(f"Pas de connexion au serveur ({error})") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            self._socket.close()

    def ask(self, message: bytes) -> bytes:
        """Sends a message and waits for the answer. Raises HostUnreachable, HostFault for an impossible length."""
        assert self._socket is not None
        try:
            self._socket.sendall(struct.pack(">H", len(message)) + message)
            (length,) = struct.unpack(">H", self._exactly(2))
            if not 0 < length <= LONGEST:
                raise HostFault(f"Réponse d'une longueur impossible : {length}")
            return self._exactly(length)
        except OSError as error:
            raise HostUnreachable(f"Pas de réponse du serveur ({error})") from error

    def _exactly(self, count: int) -> bytes:
        assert self._socket is not None
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise HostUnreachable("Le serveur a fermé la ligne")
            data += part
        return data
