"""Reads the mail catcher, as the people of the story do."""

from __future__ import annotations

import re
from typing import Any

from stack.state import State
from stack.story.platform import require, wait_for
from stack.web import Session


def wait_for_mail(state: State, to: str, subject: str, timeout_seconds: float = 60) -> dict[str, Any]:
    """The newest message to an address whose subject contains `subject`; raises NotHeld when none comes."""

    def find() -> dict[str, Any] | None:
        answer = Session(state).get(f"{state.url('mail')}/api/messages", params={"to": to})
        found = answer.json()["messages"] if answer.ok else []
        return next((mail for mail in found if subject.lower() in mail["subject"].lower()), None)

    mail: dict[str, Any] = wait_for(find, f"a mail «{subject}» to {to}", timeout_seconds)
    return mail


def link(mail: dict[str, Any], part: str) -> str:
    """The first address in the mail's text that contains `part`."""
    addresses = re.findall(r"https://[^\s<>\"')]+", mail["text"])
    found = next((address for address in addresses if part in address), "")
    require(bool(found), f"the mail «{mail['subject']}» has no link with {part!r}: {addresses}")
    return str(found)
