"""The programs that the pages show. Each is a file that the tests run as it is shown, against a running server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "samples"
_EXAMPLE = "https://api.example.com"
_TITLES = {"curl": "curl", "python": "Python", "php": "PHP", "javascript": "JavaScript"}


@dataclass(frozen=True)
class Sample:
    """`language` is one of curl, python, php, javascript."""

    language: str
    text: str

    @property
    def title(self) -> str:
        return _TITLES[self.language]


def samples(name: str, languages: tuple[str, ...], api_url: str) -> list[Sample]:
    """The samples of a name in these languages, pointed at the API's own address."""
    return [
        Sample(language, (_FOLDER / f"{name}.{language}").read_text(encoding="utf-8").replace(_EXAMPLE, api_url))
        for language in languages
    ]
