"""Languages: French msgids, catalogues of English and Italian, compiled when they are older than their sources."""

from __future__ import annotations

import atexit
import os
import shutil
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
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(usable_folder())
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


def usable_folder(folder: Path = FOLDER) -> Path:
    """Where compiled catalogues are: the folder itself, or a copy for this process when it may not write there."""
    if os.access(folder, os.W_OK):
        compile_stale(folder)
    if all(_fresh(source) for source in _sources(folder)):
        return folder
    copy = Path(tempfile.mkdtemp(prefix="portal-translations-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    for source in _sources(folder):
        target = copy / source.relative_to(folder)
        target.parent.mkdir(parents=True)
        compile_one(source, target.with_suffix(".mo"))
    return copy


def compile_stale(folder: Path = FOLDER) -> list[Path]:
    """Compiles each catalogue whose .mo is missing or older than its .po; returns what was written."""
    stale = [source for source in _sources(folder) if not _fresh(source)]
    for source in stale:
        compile_one(source, source.with_suffix(".mo"))
    return [source.with_suffix(".mo") for source in stale]


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/messages.po"))


def _fresh(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return target.exists() and target.stat().st_mtime >= source.stat().st_mtime


def compile_one(source: Path, target: Path) -> None:
    """Writes beside and renames: several processes start at the same time."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as file:
        write_mo(file, catalogue)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)
