"""The core's one way out to addresses merchants gave: a POST that reaches public addresses only.

The name is resolved here, every address of it must be public, and the connection goes to the address that was checked, so a name
that changes its mind between check and use gains nothing. Names of boutiques live under our own domain: those connect to the
edge and nowhere else. Redirects are not followed, certificates are always verified, the environment's proxies are ignored.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection

from payments_core.config import Config

TIMEOUT_SECONDS = 10
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """The address must not be called; the text names the rule."""


@dataclass(frozen=True)
class Answer:
    """`status` of the HTTP answer, or None and the `error` when there was none."""

    status: int | None
    error: str | None = None


class _TimedConnection(HTTPSConnection):
    """Ends when the whole call lasted too long: a time-out per read would let an answer drip in for ever."""

    _cutter: threading.Timer | None = None

    def connect(self) -> None:
        super().connect()
        self._cutter = threading.Timer(TIMEOUT_SECONDS, self._cut)
        self._cutter.daemon = True
        self._cutter.start()

    def close(self) -> None:
        if self._cutter is not None:
            self._cutter.cancel()
        super().close()

    def _cut(self) -> None:
        """Wakes the reading thread with an error."""
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


class _PinnedAdapter(HTTPAdapter):
    """Connects to one address while speaking TLS and HTTP with the name."""

    def __init__(self, address: str, port: int, name: str) -> None:
        self._address, self._port, self._name = address, port, name
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: bool | str | None, proxies: Any = None, cert: Any = None
    ) -> Any:
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.ConnectionCls = _TimedConnection
        return pool

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        pinned = {**host, "host": self._address, "port": self._port}
        return pinned, {**pool, "server_hostname": self._name, "assert_hostname": self._name}


def check_url(config: Config, url: str) -> tuple[str, int, str, int]:
    """(name, its port, address to connect to, port there). Raises Refused; reads DNS for foreign names."""
    parts = urlsplit(url)
    try:
        port = parts.port or 443
    except ValueError as error:
        raise Refused("the port is malformed") from error
    name = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme != "https" or not name:
        raise Refused("only https addresses are called")
    if parts.username is not None or parts.password is not None:
        raise Refused("an address with credentials is not called")
    if name == config.boutiques_domain or name.endswith("." + config.boutiques_domain):
        return name, port, *config.edge_address
    return name, port, _public_address(name, port), port


def post(config: Config, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """One POST; whatever goes wrong is in the answer, nothing is raised."""
    try:
        name, port, address, there = check_url(config, url)
    except Refused as refusal:
        return Answer(None, str(refusal))
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", _PinnedAdapter(address, there, name))
        sent = {**headers, "Host": name if port == 443 else f"{name}:{port}", "Connection": "close"}
        try:
            with session.post(
                url,
                data=body,
                headers=sent,
                timeout=(TIMEOUT_SECONDS / 2, TIMEOUT_SECONDS),
                allow_redirects=False,
                verify=config.ca_bundle or True,
                stream=True,  # the body of the answer is of no interest and may be endless
            ) as response:
                return Answer(response.status_code)
        except requests.RequestException as error:
            return Answer(None, type(error).__name__)


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet's, embedded IPv4 addresses included (RFC 6890, RFC 6052, RFC 3056)."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _public_address(name: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("the name does not resolve") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused("the name leads to an address that is not public")
    return addresses[0]
