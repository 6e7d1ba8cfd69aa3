"""A signed-in merchant without a browser: posts the portal's own forms. For benches, where a browser would be measured too."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from stack.state import State
from stack.story import identities
from stack.story.mailbox import link, wait_for_mail
from stack.story.platform import require
from stack.web import Session


@dataclass
class PortalSession:
    """`web` carries the session's cookies."""

    state: State
    web: Session

    @classmethod
    def signed_up(cls, state: State, email: str) -> PortalSession:
        """Signs up, confirms by the mailed link and signs in."""
        session = cls(state, Session(state))
        password = secrets.token_urlsafe(18)
        session.post_form("/inscription", {
            "email": email, "password": password, "company": "Atelier Martin",
            "siren": identities.siren(email), "iban": identities.iban(email), "terms": "y",
        })  # fmt: skip
        session.web.get(link(wait_for_mail(state, email, "confirm"), "/confirmation/"))
        session.post_form("/connexion", {"email": email, "password": password})
        return session

    def post_form(self, path: str, fields: dict[str, str]) -> str:
        """Fetches the page, posts its form with these fields and its hidden ones; returns the page it leads to."""
        return self._post(path, {**self._hidden(path), **fields})

    def boutique_form(self) -> dict[str, str]:
        """The creation form's hidden fields, fetched before the click."""
        return self._hidden("/boutiques/creer")

    def create_boutique(self, hidden: dict[str, str], name: str) -> None:
        """The click."""
        self._post("/boutiques/creer", {**hidden, "name": name}, follow=False)

    def _hidden(self, path: str) -> dict[str, str]:
        page = self.web.get(self.state.url("portal") + path)
        require(page.ok, f"{path} answered {page.status_code}")
        inputs = re.findall(r"<input\b[^>]*type=\"hidden\"[^>]*>", page.text)
        return {_attribute(tag, "name"): _attribute(tag, "value") for tag in inputs}

    def _post(self, path: str, fields: dict[str, str], follow: bool = True) -> str:
        url = self.state.url("portal") + path
        answer = self.web.post(url, data=fields, headers={"Referer": url}, allow_redirects=follow)
        require(answer.status_code < 400, f"{path} answered {answer.status_code}: {answer.text[:400]}")
        return answer.text


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found.group(1) if found else ""
