"""Chromium for the story: headless, trusting the local authority through its own certificate store, French."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from stack import engine, trust
from stack.state import State

# Background services of Chromium look up names on the internet at every start; a closed network answers none of them.
_ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
STEP_TIMEOUT_MS = 12_000


def chromium() -> str:
    """Path of the system's Chromium; it and what drives it are installed from Debian where the caller is root."""
    engine.ensure_packages(*engine.BROWSER_PACKAGES)
    return shutil.which("chromium") or "chromium"


@contextmanager
def open_browser(state: State) -> Iterator[Browser]:
    """A browser whose home folder (and so its certificate store) is the state's own."""
    home = trust.chromium_home(state)
    program = chromium()
    arguments = [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=arguments, env={**os.environ, "HOME": str(home)}
        )
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, phone: bool = False) -> Page:
    """A page with cookies of its own; `phone` gives a narrow touch screen."""
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    context = browser.new_context(locale="fr-FR", viewport=size, timezone_id="Europe/Paris", has_touch=phone)  # type: ignore[arg-type]
    context.set_default_timeout(STEP_TIMEOUT_MS)
    return context.new_page()


def screenshot(page: Page, folder: Path | None, name: str) -> None:
    """Keeps a picture of the whole page when a folder is given."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)


def open_pages(browser: Browser) -> str:
    """Address and visible text of every open page, for whoever has to find out why a step failed."""
    return "\n".join(_described(page) for context in browser.contexts for page in context.pages)


def _described(page: Page) -> str:
    try:
        text = page.locator("body").inner_text(timeout=2_000)
    except Error as error:
        text = f"(no text: {str(error).splitlines()[0]})"
    return f"--- {page.url}\n{' | '.join(text.split(chr(10)))[:2_000]}"
