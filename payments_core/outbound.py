"""The core's one way out to addresses merchants gave: a POST that reaches public addresses only.

The connection goes to the very address that outbound_targets.py checked. Redirects are not followed, certificates are always
verified, the environment's proxies are ignored, and the whole call, DNS and TLS included, ends after ten seconds.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

from payments_core.config import Config
from payments_core.outbound_targets import Refused, locate, target

TIMEOUT_SECONDS = 10.0
_SLACK_SECONDS = 0.02  # a timer may be early by the grain of the clock


@dataclass(frozen=True)
class Answer:
    """`status` of the HTTP answer, or None when there was none; `problem` is a key of PROBLEMS unless it was a success.

    `detail` is what TLS said of a certificate. `milliseconds` is how long the whole call lasted.
    """

    status: int | None
    problem: str | None = None
    detail: str | None = None
    milliseconds: int = 0

    @property
    def accepted(self) -> bool:
        """Any 2xx."""
        return self.status is not None and 200 <= self.status < 300


class _TimedConnection(HTTPSConnection):
    """Ends at its deadline: a time-out per read would let a handshake or an answer drip in for ever."""

    def __init__(self, *arguments: Any, deadline: float, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._deadline = deadline
        self._cutter: threading.Timer | None = None
        self._twin: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        """Keeps a second handle of the connection: TLS takes the first one for itself while it shakes hands."""
        made = super()._new_conn()
        self._twin = made.dup()
        self._cutter = threading.Timer(max(self._deadline - time.monotonic(), 0), self._cut, (self._twin,))
        self._cutter.daemon = True
        self._cutter.start()
        return made

    def close(self) -> None:
        if self._cutter is not None:
            self._cutter.cancel()
        super().close()
        if self._twin is not None:
            self._twin.close()

    @staticmethod
    def _cut(twin: socket.socket) -> None:
        """Wakes the waiting thread with an error."""
        with contextlib.suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)


class _PinnedAdapter(HTTPAdapter):
    """Connects to one address while speaking TLS and HTTP with the name."""

    def __init__(self, address: tuple[str, int], name: str, deadline: float) -> None:
        self._address, self._name, self._deadline = address, name, deadline
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: bool | str | None, proxies: Any = None, cert: Any = None
    ) -> Any:
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.ConnectionCls = _TimedConnection
        pool.conn_kw["deadline"] = self._deadline
        return pool

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        pinned = {**host, "host": self._address[0], "port": self._address[1]}
        return pinned, {**pool, "server_hostname": self._name, "assert_hostname": self._name}


def post(config: Config, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """One POST; whatever goes wrong is in the answer, nothing is raised."""
    started = time.monotonic()
    status, problem, detail = _answer(config, url, body, headers, started + TIMEOUT_SECONDS)
    return Answer(status, problem, detail, round((time.monotonic() - started) * 1000))


def _answer(
    config: Config, url: str, body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int | None, str | None, str | None]:
    """Status, problem and detail of one call."""
    try:
        wanted = target(config, url)
        address = locate(config, wanted, deadline - time.monotonic())
    except Refused as refusal:
        return None, refusal.problem, None
    left = max(deadline - time.monotonic(), 0.01)
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", _PinnedAdapter(address, wanted.name, deadline))
        try:
            with session.post(
                wanted.url,
                data=body,
                headers={**headers, "Host": wanted.host_header, "Connection": "close"},
                timeout=(left, left),
                allow_redirects=False,
                verify=config.ca_bundle or True,
                stream=True,  # the body of the answer is of no interest and may be endless
            ) as response:
                status = response.status_code
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            problem = _problem_of(error, deadline)
            return None, problem, _certificate_problem(error) if problem == "tls" else None
    accepted = 200 <= status < 300
    return status, None if accepted else "redirect" if 300 <= status < 400 else "status", None


def _problem_of(error: Exception, deadline: float) -> str:
    """A call that was cut off fails in many ways; that its time was over says more."""
    if isinstance(error, requests.Timeout) or time.monotonic() >= deadline - _SLACK_SECONDS:
        return "timeout"
    return "tls" if isinstance(error, requests.exceptions.SSLError) else "connection"


def _certificate_problem(error: BaseException) -> str | None:
    """What the TLS library says of a certificate it refused, or of the names in it."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message[:200]
        if isinstance(cause, CertificateError):
            return str(cause)[:200]
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything it was raised from or wraps."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        present = waiting.pop(0)
        if isinstance(present, BaseException) and present not in seen:
            seen.append(present)
            yield present
            waiting += [present.__cause__, present.__context__, getattr(present, "reason", None), *present.args]
