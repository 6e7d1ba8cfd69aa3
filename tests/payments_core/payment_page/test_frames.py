"""The page inside a shop's page: what the parent is told, and who leaves (wire contract 5.3)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.payments_core.payment_page.counter import STAY, Counter, fill
from tests.payments_core.payment_page.steps import CHALLENGED

pytestmark = pytest.mark.browser


def told(page: Page) -> list[Any]:
    return [message["status"] for message in page.evaluate("window.told")]


def test_in_a_frame_the_parent_is_told_and_the_top_window_goes_on(counter: Counter) -> None:
    page = counter.frame()
    first = page.evaluate("window.told[0]")
    assert set(first) == {"status", "width", "height", "url", "paymentStatus"}
    assert (first["status"], first["url"], first["paymentStatus"]) == ("init", None, None)
    assert first["width"] > 300
    assert first["height"] > 320
    inside = page.frame_locator("iframe")
    fill(inside)
    inside.locator("#pay").click()
    page.wait_for_url(counter.back)


def test_a_parent_may_keep_the_page_from_leaving(counter: Counter) -> None:
    page = counter.frame(reaction=STAY)
    inside = page.frame_locator("iframe")
    fill(inside)
    inside.locator("#pay").click()
    inside.locator(".state").wait_for()
    page.wait_for_function("window.told.some((message) => message.status === 'finished')")
    finished = page.evaluate("window.told.find((message) => message.status === 'finished')")
    assert (finished["url"], finished["paymentStatus"]) == (counter.back, "to_capture")
    inside.locator("body.staying").wait_for(state="attached")
    assert page.url == f"https://shop.localhost:{counter.port}/checkout"


def test_in_a_frame_the_challenge_is_announced_and_its_end_too(counter: Counter) -> None:
    page = counter.frame(reaction=STAY, auth=True)
    inside = page.frame_locator("iframe")
    fill(inside, CHALLENGED)
    inside.locator("#pay").click()
    inside.locator('[value="decline"]').click()
    inside.locator(".alert").wait_for()
    assert told(page)[-1] in ("secure-auth-error", "init")
    fill(inside, CHALLENGED)
    inside.locator("#pay").click()
    inside.locator('[value="succeed"]').click()
    inside.locator(".state").wait_for()
    page.wait_for_function("window.told.some((message) => message.status === 'finished')")
    spoken = [status for status in told(page) if status != "init"]
    assert spoken == ["secure-auth-start", "secure-auth-error", "secure-auth-start", "secure-auth-end", "finished"]
