"""A served core with a shop beside it and a real browser in front of both."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from payments_core import create_app, policy
from payments_core.db import db
from tests.payments_core.conftest import FrozenClock, _empty, config_for
from tests.payments_core.payment_page.steps import GOOD
from tests.payments_core.public_door import Caller, account

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PARENT = """<!doctype html><title>Shop</title><script>
window.told = []; addEventListener("message", (event) => {{ told.push(event.data); {reaction} }});
</script><iframe src="{url}" width="400" height="700" allow="payment"
sandbox="allow-forms allow-scripts allow-same-origin allow-top-navigation"></iframe>"""
STAY = "if (event.data.status === 'finished') event.source.postMessage({stopRedirection: true}, '*');"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


class Shop:
    """The merchant's own site, served beside the core: a page that frames ours, and one that says thank you."""

    def __init__(self, core: WSGIApplication) -> None:
        self.core = core
        self.parent = ""

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not environ["HTTP_HOST"].startswith("shop."):
            return self.core(environ, start)
        page = self.parent if environ["PATH_INFO"] == "/checkout" else "<!doctype html><title>Merci</title>"
        return Response(page, mimetype="text/html")(environ, start)


@dataclass
class Counter:
    """A served core, a browser in front of it, and a merchant's key to make payments with."""

    context: BrowserContext
    api: Caller
    port: int
    shop: Shop

    @property
    def back(self) -> str:
        """Where the shop wants its customers back."""
        return f"https://shop.localhost:{self.port}/merci?commande=1"

    def new_payment(self, lang: str = "fr", **fields: Any) -> str:
        """The page's address of a new payment."""
        payment = self.api.made("/v2/payments", {"amount": 2590, "currency": "eur", "return_url": self.back, **fields})
        return f"https://payment.localhost:{self.port}/{self.api.public}/{payment['id']}?lang={lang}"

    def open(self, lang: str = "fr", **fields: Any) -> Page:
        page = self.context.new_page()
        page.goto(self.new_payment(lang, **fields))
        return page

    def frame(self, reaction: str = "", **fields: Any) -> Page:
        """A shop's page that frames the payment page and writes down what it is told."""
        self.shop.parent = PARENT.format(url=self.new_payment(**fields), reaction=reaction)
        page = self.context.new_page()
        page.goto(f"https://shop.localhost:{self.port}/checkout")
        page.frame_locator("iframe").locator("#pay").wait_for()
        return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS, env={**os.environ}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def counter(core_database: str, clock: FrozenClock, browser: Browser) -> Iterator[Counter]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hosts = {
        f"{name}_url": f"https://{host}.localhost:{port}"
        for name, host in (("api", "api"), ("payment", "payment"), ("threeds", "3ds"))
    }
    app = create_app(config_for(core_database, **hosts), clock, doors=("public",))
    with app.app_context():
        _empty()
        policy.forget_cache()
    shop = Shop(app.wsgi_app)
    server = make_server("127.0.0.1", port, shop, threaded=True, ssl_context="adhoc")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(ignore_https_errors=True, locale="fr-FR", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield Counter(context, account(app, clock, "account-1"), port, shop)
    context.close()
    server.shutdown()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def fill(page: Any, number: str = GOOD, expiry: str = "1230", cvc: str = "123") -> None:
    for field, text in (("#number", number), ("#expiry", expiry), ("#cvc", cvc)):
        page.locator(field).press_sequentially(text)
