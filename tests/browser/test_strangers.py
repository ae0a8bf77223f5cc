"""What a real browser lets other sites try, and what they get: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from app_server import App
from browser_page import BrowserPage
from playwright.sync_api import Browser, Response

# Returns what a page of another site got hold of, by the way it tried.
TRY_ALL = """async address => {
    const got = []
    const load = (kind, set) => new Promise(done => {
        const element = document.createElement(kind)
        element.onload = () => { got.push(kind); done() }
        element.onerror = done
        set(element)
        document.body.append(element)
    })
    await fetch(`${address}/_stcore/host-config`).then(() => got.push('fetch'), () => {})
    await load('img', image => { image.src = `${address}/favicon.png` })
    await load('script', script => { script.src = `${address}/static/no.js` })
    await new Promise(done => {
        const socket = new WebSocket(`${address.replace('http', 'ws')}/_stcore/stream`)
        socket.onopen = () => { got.push('socket'); done() }
        socket.onerror = done
    })
    return got
}"""


@pytest.fixture
def site(tmp_path: Path, app: App) -> Iterator[str]:
    """Serve a page with a link to the app, and return its address."""
    (tmp_path / "index.html").write_text(f"<a href='{app.address}'>the app</a>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://site.example:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_page_of_another_site_reads_nothing_and_its_links_lead_here(
    chromium: Browser, app: App, site: str
) -> None:
    statuses: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.url.startswith(app.address):
            statuses[urlsplit(response.url).path] = response.status

    with chromium.new_context() as context:
        page = context.new_page()
        page.on("response", note)
        page.goto(site)
        assert page.evaluate(TRY_ALL, app.address) == []
        assert statuses == {"/favicon.png": 403, "/static/no.js": 403}  # of fetch none is told
        page.get_by_role("link", name="the app").click()
        BrowserPage(page, app.address).until_drawn()


def test_a_name_that_leads_to_this_machine_reads_nothing(chromium: Browser, app: App) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        answer = page.goto(f"http://evil.example:{urlsplit(app.address).port}/runs")
        assert answer
        assert answer.status == 403
        assert "does not answer to the name" in page.inner_text("body")
