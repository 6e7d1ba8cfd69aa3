"""Languages: French msgids, catalogues of English and Italian, compiled when they are older than their sources."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, has_request_context, request, session
from flask_babel import Babel
from flask_login import current_user

LANGUAGES = {"fr": "Français", "en": "English", "it": "Italiano"}
DEFAULT = "fr"
FOLDER = Path(__file__).parent / "translations"


def init_app(app: Flask) -> None:
    """Sets up Flask-Babel; times are shown in Europe/Paris, the zone of every rule."""
    compile_stale()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(
        app,
        default_locale=DEFAULT,
        default_timezone="Europe/Paris",
        locale_selector=current_language,
        timezone_selector=lambda: "Europe/Paris",
    )


def current_language() -> str:
    """The person's own choice, else this browser's choice here, else what the browser asks for."""
    if not has_request_context():
        return DEFAULT
    if current_user and current_user.is_authenticated:
        return str(current_user.person.language)
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    # By the reader's order of preference: en-GB is English, even where plain French is accepted too but less wanted.
    wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((code for code in wanted if code in LANGUAGES), DEFAULT)


def compile_stale(folder: Path = FOLDER) -> list[Path]:
    """Compiles each catalogue whose .mo is missing or older than its .po; returns what was written.

    A folder that cannot be written (an image's) must come with its .mo files; they are then left as they are.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        if not os.access(source.parent, os.W_OK):
            continue
        compile_one(source, target)
        written.append(target)
    return written


def compile_one(source: Path, target: Path) -> None:
    """Writes beside and renames: several processes start at the same time."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as file:
        write_mo(file, catalogue)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)
