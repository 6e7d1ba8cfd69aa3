"""The pages: reachable without a key, small, complete, readable by everybody."""

from __future__ import annotations

import html
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from payments_core import create_app, policy, responses, simulated_cards, states
from payments_core.bank_test_accounts import TEST_ACCOUNTS
from payments_core.db import db
from payments_core.docs.error_table import TABLE
from payments_core.docs.operations import GROUPS
from tests.payments_core.conftest import FrozenClock, _empty, config_for
from tests.payments_core.public_door import API, PAGE, Caller, account

READING = ["/docs", "/docs/quick-start", "/docs/errors", "/docs/test-data", "/docs/webhooks", "/docs/transitions"]
BIGGEST = 150_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def reference_pages(app: Flask) -> list[str]:
    first = app.test_client().get("/docs/reference", base_url=API)
    assert first.status_code == 302
    overview = app.test_client().get("/docs", base_url=API).get_data(as_text=True)
    found = re.findall(r'href="(/docs/reference/v[12]/[a-z-]+)"', overview)
    assert {f"/docs/reference/v2/{group.slug}" for group in GROUPS} <= set(found)
    return sorted(set(found))


def test_every_page_is_read_without_a_key_and_is_small(described_app: Flask) -> None:
    client = described_app.test_client(use_cookies=False)
    for path in (*READING, *reference_pages(described_app)):
        answer = client.get(path, base_url=API)
        assert (answer.status_code, answer.mimetype) == (200, "text/html"), path
        assert len(answer.data) < BIGGEST, (path, len(answer.data))
        policy_header = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy_header
        assert "script-src" not in policy_header
        assert "<script" not in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers


def test_every_link_inside_leads_somewhere(described_app: Flask) -> None:
    client = described_app.test_client()
    pages = {
        path: client.get(path, base_url=API).get_data(as_text=True)
        for path in (*READING, *reference_pages(described_app))
    }
    anchors = {path: set(re.findall(r'id="([^"]+)"', text)) for path, text in pages.items()}
    for path, text in pages.items():
        for link in re.findall(r'href="(/[^"]*|#[^"]*)"', text):
            target, _, anchor = html.unescape(link).partition("#")
            target = target.partition("?")[0] or path
            if target in pages:
                assert not anchor or anchor in anchors[target], (path, link)
            else:
                assert client.get(target, base_url=API).status_code in (200, 302), (path, link)


def test_the_pages_are_not_on_the_other_hosts(described_app: Flask) -> None:
    client = described_app.test_client()
    assert client.get("/docs", base_url=PAGE).status_code == 404
    assert client.get("/docs/reference/v3/payments", base_url=API).status_code == 404
    assert client.get("/docs/reference/v2/nothing", base_url=API).status_code == 404


def test_the_stylesheet_holds_the_tokens_of_both_themes(described_app: Flask) -> None:
    answer = described_app.test_client().get("/docs/assets/docs.css?v=1", base_url=API)
    text = answer.get_data(as_text=True)
    assert "--ground:" in text
    assert "prefers-color-scheme: dark" in text
    assert answer.headers["Cache-Control"].endswith("immutable")
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert used <= set(re.findall(r"(--[\w-]+):", text))


def test_errors_test_cards_and_transitions_are_all_listed(described_app: Flask) -> None:
    client = described_app.test_client()
    errors = client.get("/docs/errors", base_url=API).get_data(as_text=True)
    assert all(f'id="{code}"' in errors for code in TABLE)
    assert all(f"<code>{code}</code>" in errors for code in responses.MEANINGS)
    data = client.get("/docs/test-data", base_url=API).get_data(as_text=True).replace(" ", "")
    assert all(card.number in data for card in simulated_cards.CARDS)
    assert all(account.iban in data for account in TEST_ACCOUNTS)
    tables = client.get("/docs/transitions", base_url=API).get_data(as_text=True)
    rows = sum(len(table) for table in states.TABLES.values())
    assert tables.count("<tr>") == rows + len(states.TABLES)


@dataclass
class Served:
    """A running core, and a merchant who tries the programs."""

    url: str
    api: Caller


@pytest.fixture
def served(core_database: str, clock: FrozenClock) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    hosts: dict[str, Any] = {
        "api_url": url,
        "payment_url": f"http://payment.localhost:{port}",
        "threeds_url": f"http://3ds.localhost:{port}",
    }
    app = create_app(config_for(core_database, **hosts), clock, doors=("public",))
    with app.app_context():
        _empty()
        policy.forget_cache()
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(url, account(app, clock, "account-1"))
    server.shutdown()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


RUN = {"curl": ["sh"], "python": [sys.executable], "php": ["php"]}


def run_shown(served: Served, language: str, key: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the program of a language as the page shows it."""
    page = served.api.client.get("/docs/quick-start", base_url=served.url).get_data(as_text=True)
    found = re.search(rf'<code data-sample="{language}">(.*?)</code>', page, re.S)
    assert found is not None
    program = folder / f"quick_start.{language}"
    program.write_text(html.unescape(found[1]), encoding="utf-8")
    environment = {**os.environ, "COMPTOIR_KEY": key, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run([*RUN[language], str(program)], capture_output=True, text=True, timeout=120, env=environment)


@pytest.mark.parametrize("language", ["curl", "python", "php"])
def test_the_quick_start_runs_as_it_is_shown(served: Served, language: str, tmp_path: Path) -> None:
    done = run_shown(served, language, served.api.secret, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/test_pi_" in done.stdout
    assert "captured" in done.stdout
    assert "to_refund" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("language", ["curl", "python", "php"])
def test_the_quick_start_says_what_is_wrong_with_a_bad_key(served: Served, language: str, tmp_path: Path) -> None:
    done = run_shown(served, language, "stest_" + "x" * 24, tmp_path)
    assert done.returncode != 0
    assert "not authorized" in done.stdout + done.stderr


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_accessible_and_nothing_sticks_out(served: Served, scheme: Any, width: int) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS, env={**os.environ}
        )
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        for path in (*READING, "/docs/reference/v2/payments", "/docs/reference/v1/payments"):
            page.goto(served.url + path)
            problems = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert problems.violations_count == 0, problems.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        browser.close()
