"""Fills PrestaShop's caches the way visitors do: real requests to shop and back office."""

import html
import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from shop_provisioner.boutique import ADMIN_FOLDER
from shop_provisioner.http_socket import Answer, Browser

_LINK = re.compile(r"""<a\b[^>]*?\bhref=["']([^"'#]+)""", re.IGNORECASE)
# Links that do something, leave, or are not pages.
_NOT_PAGES = re.compile(
    r"logout|mylogout|delete|submit|action=|add=|backup|\.(?:pdf|csv|zip|jpg|png|xml)\b", re.IGNORECASE
)


def front(browser: Browser, limit: int = 40) -> list[str]:
    """Visits the shop from its home pages on, breadth first. Returns the addresses that answered 200."""
    return _crawl(browser, ["/fr/", "/en/"], limit, lambda path: not path.startswith(f"/{ADMIN_FOLDER}"))


def back_office(browser: Browser, email: str, password: str, limit: int = 45) -> list[str]:
    """Signs in and visits the pages of the menu. Returns the addresses that answered 200, none when it cannot sign in."""
    start = sign_in(browser, email, password)
    if not start:
        return []
    return _crawl(browser, [start], limit, lambda path: path.startswith(f"/{ADMIN_FOLDER}/"), depth=1)


def sign_in(browser: Browser, email: str, password: str) -> str:
    """The address of the first page after signing in to the back office, or an empty text.

    8.x answers JSON to its own form's request; 9.x has an ordinary form with a CSRF token.
    """
    login = browser.follow(f"/{ADMIN_FOLDER}/")
    token = re.search(r"""name=["']_csrf_token["'][^>]*value=["']([^"']+)""", login.text)
    if token:
        return _sign_in_form(browser, login, email, password, html.unescape(token.group(1)))
    form = {"ajax": "1", "token": "", "controller": "AdminLogin", "submitLogin": "1"}
    form |= {"email": email, "passwd": password, "redirect": "AdminDashboard", "stay_logged_in": "0"}
    answer = browser.post(f"/{ADMIN_FOLDER}/index.php?controller=AdminLogin", form)
    target = re.search(r'"redirect"\s*:\s*"([^"]+)"', answer.text)
    return target.group(1).replace("\\/", "/") if target else ""


def _sign_in_form(browser: Browser, login: Answer, email: str, password: str, token: str) -> str:
    action = re.search(r"""<form[^>]*action=["']([^"']*login[^"']*)""", login.text, re.IGNORECASE)
    path = html.unescape(action.group(1)) if action else f"/{ADMIN_FOLDER}/login"
    form = {"email": email, "passwd": password, "_csrf_token": token, "submitLogin": "1"}
    answer = browser.post(path, form)
    location = answer.headers.get("location", "")
    return location if answer.status in (302, 303) and "login" not in location else ""


def _crawl(browser: Browser, start: list[str], limit: int, wanted: Callable[[str], bool], depth: int = 3) -> list[str]:
    queue = [(address, 0) for address in start]
    seen = set(start)
    answered: list[str] = []
    while queue and len(answered) < limit:
        address, level = queue.pop(0)
        page = browser.follow(address)
        if page.status != 200:
            continue
        answered.append(address)
        if level >= depth:
            continue
        for link in _links(page, urljoin(f"https://{browser.host}/", address)):
            parts = urlsplit(link)
            if parts.netloc == browser.host and wanted(parts.path) and link not in seen and not _NOT_PAGES.search(link):
                seen.add(link)
                queue.append((link, level + 1))
    return answered


def _links(page: Answer, base: str) -> list[str]:
    return [urljoin(base, html.unescape(link)) for link in _LINK.findall(page.text)]
