"""Which addresses merchants gave may be called, and where a call to them goes.

The name is resolved here and every address of it must be public; the caller connects to the address that was checked, so a name
that changes its mind between check and use gains nothing. Names of boutiques live under our own domain: those lead to the edge and
nowhere else, and the platform's own names beside them are not called at all.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import idna

from payments_core.config import Config

PROBLEMS = {
    "bad_address": "Only addresses that start with https:// and hold neither a user name nor a password are called",
    "own_host": "This name belongs to the payment platform itself",
    "dns": "The name does not resolve",
    "address_refused": "The name leads to an address that is not on the public Internet",
    "tls": "TLS failed: the certificate or the protocol was refused",
    "timeout": "There was no complete answer within ten seconds",
    "connection": "The connection failed",
    "redirect": "The receiver redirects, and redirects are not followed",
    "status": "The receiver did not answer with success",
}
# Services of the platform, beside boutiques where both share a domain (the mail inbox has no setting of its own here).
_OWN_LABELS = ("portal", "api", "payment", "3ds", "mail", "terminal")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_RELAYS_6TO4 = ipaddress.ip_network("192.88.99.0/24")


class Refused(Exception):
    """The address must not or cannot be called; `problem` is a key of PROBLEMS."""

    def __init__(self, problem: str) -> None:
        super().__init__(PROBLEMS[problem])
        self.problem = problem


@dataclass(frozen=True)
class Target:
    """An address that may be called: normalised, with the name to speak TLS and HTTP with."""

    url: str
    name: str
    port: int
    boutique: bool

    @property
    def host_header(self) -> str:
        """The name with its port, as browsers write it."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == 443 else f"{name}:{self.port}"


def target(config: Config, url: str) -> Target:
    """What can be said of an address without asking DNS. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise Refused("bad_address") from error
    if parts.scheme != "https" or parts.username is not None or parts.password is not None:
        raise Refused("bad_address")
    name = _ascii_name(parts.hostname or "")
    if name in _own_hosts(config):
        raise Refused("own_host")
    if _is_literal(name) and not is_public(name):
        raise Refused("address_refused")
    # Put together again from what was checked, so that no later reader can see another host in it.
    found = Target("", name, port, name.endswith("." + config.boutiques_domain))
    rebuilt = urlunsplit(("https", found.host_header, parts.path or "/", parts.query, ""))
    return Target(rebuilt, name, port, found.boutique)


def locate(config: Config, wanted: Target, seconds: float) -> tuple[str, int]:
    """The address and port to connect to; reads DNS for foreign names, for so long at most. Raises Refused."""
    if wanted.boutique:
        return config.edge_address
    addresses = _resolve(wanted.name, wanted.port, seconds)
    if not addresses:
        raise Refused("dns")
    if not all(is_public(address) for address in addresses):
        raise Refused("address_refused")
    return addresses[0], wanted.port


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet's (RFC 6890).

    IPv4 inside IPv6 counts as what it is (mapped, RFC 4291; NAT64, RFC 6052). Tunnels are never called: nobody reaches a server
    through 6to4 or Teredo, but a tunnel's end might reach something of ours.
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour is not None or ip.teredo is not None or ip not in _GLOBAL_UNICAST:
            return False
    elif ip in _RELAYS_6TO4:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _ascii_name(host: str) -> str:
    """The name as DNS has it; full-width letters and the like become the ones they stand for. Raises Refused."""
    name = host.rstrip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode().rstrip(".")
        except idna.IDNAError as error:
            raise Refused("bad_address") from error
    if not name or any(character.isspace() or character in "/\\@?#" for character in name):
        raise Refused("bad_address")
    return name


def _own_hosts(config: Config) -> set[str]:
    """Names of the platform's own services, and the domain of the boutiques itself."""
    urls = (config.api_url, config.payment_url, config.threeds_url, config.portal_url)
    named = {urlsplit(url).hostname or "" for url in urls}
    base = (urlsplit(config.portal_url).hostname or "").partition(".")[2]
    beside = {f"{label}.{base}" for label in _OWN_LABELS} if base else set()
    return {*named, *beside, base, config.terminal_host, config.boutiques_domain} - {""}


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return True


def _resolve(name: str, port: int, seconds: float) -> list[str]:
    """The system's resolver takes no time-out, so it is asked from a thread that may be left behind. Raises Refused."""
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError):
            answers.put(None)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        addresses = answers.get(timeout=max(seconds, 0.01))
    except queue.Empty:
        raise Refused("timeout") from None
    if addresses is None:
        raise Refused("dns")
    return addresses
