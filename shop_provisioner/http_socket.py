"""HTTP over unix sockets: a boutique's own nginx (plain) and the edge (TLS, with the boutique's name checked)."""

import http.client
import re
import socket
import ssl
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

SAFE_PATH = "/%:@!$&'()*+,;=~-._"  # RFC 3986 3.3, with % because addresses in pages are quoted already
SAFE_QUERY = SAFE_PATH + "?[]"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, host: str, tls: ssl.SSLContext | None, timeout_seconds: float) -> None:
        super().__init__(host, timeout=timeout_seconds)
        self._path, self._tls = path, tls

    def connect(self) -> None:
        raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        raw.settimeout(self.timeout)
        try:
            raw.connect(str(self._path))
            name = self.host.partition(":")[0]
            self.sock = self._tls.wrap_socket(raw, server_hostname=name) if self._tls else raw
        except BaseException:
            raw.close()
            raise


@dataclass
class Browser:
    """Just enough of a browser: cookies, redirects on the same host, forms. Raises OSError, http.client errors."""

    path: Path
    host: str  # as a browser writes it: with the port unless 443
    tls: ssl.SSLContext | None = None
    timeout_seconds: float = 60
    cookies: dict[str, str] = field(default_factory=dict)

    def answers(self) -> bool:
        """Whether a server listens on the socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.path))
            except OSError:
                return False
        return True

    def get(self, url: str) -> Answer:
        return self.request("GET", url)

    def post(self, url: str, form: dict[str, str]) -> Answer:
        return self.request("POST", url, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})

    def request(self, method: str, url: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        """One exchange; ``url`` may be absolute or a path."""
        parts = urlsplit(url)
        target = quote(parts.path or "/", safe=SAFE_PATH)
        target += f"?{quote(parts.query, safe=SAFE_QUERY)}" if parts.query else ""
        sent = {
            "Host": self.host,
            "User-Agent": "comptoir-provisioner",
            "Accept": "text/html,*/*",
            "Connection": "close",
        }
        if self.tls is None:  # what the edge would add
            sent |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": self.host}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = _SocketConnection(self.path, self.host, self.tls, self.timeout_seconds)
        try:
            connection.request(method, target, body=body, headers=sent | (headers or {}))
            response = connection.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
            self._keep_cookies(response.headers.get_all("Set-Cookie") or [])
        finally:
            connection.close()
        return answer

    def follow(self, url: str, limit: int = 5) -> Answer:
        """GET, following redirects that stay on this host."""
        answer = self.get(url)
        for _ in range(limit):
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                break
            url = urljoin(f"https://{self.host}{urlsplit(url).path}", location)
            if urlsplit(url).netloc != self.host:
                break
            answer = self.get(url)
        return answer

    def _keep_cookies(self, headers: list[str]) -> None:
        for header in headers:
            # SimpleCookie gives up on attributes it does not know; name and value are all we need.
            for name, morsel in SimpleCookie(re.split(r";", header, maxsplit=1)[0]).items():
                if morsel.value == "deleted":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def accepts(path: Path) -> bool:
    """Whether a server listens on a unix socket; a killed one leaves its file behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def trusting(ca_bundle: Path) -> ssl.SSLContext:
    """A client TLS context that trusts the platform's bundle (system authorities and the local root)."""
    return ssl.create_default_context(cafile=str(ca_bundle))
