"""All HTTP to the payments platform: who the merchant is, a boutique's keys, its webhook endpoint."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from shop_provisioner.config import Settings
from shop_provisioner.errors import PlatformError

TIMEOUT_SECONDS = (3, 10)  # connect, read


@dataclass(frozen=True)
class Merchant:
    id: str
    name: str
    email: str
    language: str


@dataclass(frozen=True)
class Keys:
    secret: str
    public: str


class PaymentsClient:
    """One session, one error. Raises PlatformError with the platform's status and code."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.platform_url.rstrip("/") + "/platform/v1"
        self._session = requests.Session()
        self._session.trust_env = False  # loopback: no proxy, no .netrc
        self._session.headers["Authorization"] = f"Bearer {settings.platform_token}"

    def close(self) -> None:
        self._session.close()

    def _call(
        self, method: str, path: str, person: str, body: dict[str, Any] | None = None, key: str = ""
    ) -> dict[str, Any]:
        headers = {"Comptoir-Acting-Person": person.encode("ascii", "replace").decode()}
        if key:
            headers["Idempotency-Key"] = key
        try:
            response = self._session.request(
                method, self._base + path, json=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
            content = response.json() if response.content else {}
        except (requests.RequestException, ValueError) as error:
            raise PlatformError(path=path, reason=str(error)[:300]) from error
        if response.status_code == 404 and method == "DELETE":
            return {}
        if response.status_code >= 300:
            problem = content.get("error", {}) if isinstance(content, dict) else {}
            raise PlatformError(path=path, status=response.status_code, platform_code=problem.get("code"))
        return content if isinstance(content, dict) else {}

    def merchant(self, merchant_id: str, person: str) -> Merchant:
        found = self._call("GET", f"/merchants/{quote(merchant_id)}", person)
        return Merchant(found["id"], found["name"], found["email"], found.get("language") or "fr")

    def issue_keys(self, merchant_id: str, label: str, name: str, person: str, attempt: str) -> Keys:
        """A test key pair for ``label``; an earlier pair of that label stops working.

        ``attempt`` names this attempt: the answer to it is given again when it is repeated.
        """
        body = {"name": name, "live": False, "label": label}
        pair = self._call("POST", f"/merchants/{quote(merchant_id)}/keys", person, body, f"keys-{label}-{attempt}")
        return Keys(pair["secret"]["value"], pair["public"]["value"])

    def revoke_keys(self, merchant_id: str, label: str, person: str) -> None:
        self._call("DELETE", f"/merchants/{quote(merchant_id)}/keys?label={quote(label)}", person)

    def put_webhook(self, merchant_id: str, label: str, url: str, person: str) -> str:
        """The endpoint's secret, in hex."""
        path = f"/merchants/{quote(merchant_id)}/webhook_endpoints/{quote(label)}"
        return str(self._call("PUT", path, person, {"url": url, "live": False})["secret"])

    def delete_webhook(self, merchant_id: str, label: str, person: str) -> None:
        self._call("DELETE", f"/merchants/{quote(merchant_id)}/webhook_endpoints/{quote(label)}", person)
