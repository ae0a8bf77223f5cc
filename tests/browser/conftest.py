"""A real Chromium, a real server, a real worker. No page may ask any other host for anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from app_server import App, serving_app
from browser_page import TIME_LIMIT, BrowserPage, Open
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP *.example 127.0.0.1",  # as whoever has such a name may do
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("PLAYGROUND_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{CHROMIUM} is missing: install it (apt install chromium)")
        pytest.skip(f"needs {CHROMIUM} (apt install chromium)")
    expect.set_options(timeout=TIME_LIMIT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def app(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Serve the app without network: what is not on this machine cannot be had."""
    folder = tmp_path_factory.mktemp("app")
    with serving_app(folder, PLAYGROUND_MIRROR="http://127.0.0.1:9") as server:
        yield server


class Complaints:
    """What a browser complains of, and every host it asks."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        page.on("request", self.see)
        page.on("requestfailed", self.see_failed)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text}")

    def see(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.found.append(f"request to another host: {request.url}")

    def see_failed(self, request: Request) -> None:
        # A page that is left or refreshed drops what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"failed request: {request.url} ({request.failure})")


@pytest.fixture
def open_page(chromium: Browser, app: App) -> Iterator[Open]:
    """Open the app in a context of its own; keywords as `Browser.new_context` takes them."""
    complaints = Complaints()
    opened: list[BrowserPage] = []

    def open_new(query: str = "", server: App = app, **options: Any) -> BrowserPage:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(TIME_LIMIT)
        page = context.new_page()
        complaints.watch(page)
        opened.append(BrowserPage(page, server.address))
        opened[-1].go(query)
        return opened[-1]

    yield open_new
    for shown in opened:
        expect(shown.page.get_by_test_id("stException")).to_have_count(0)
        shown.end_run()
        shown.page.context.close()
    assert not complaints.found
