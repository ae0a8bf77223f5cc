"""Who may ask, by what a server is started with; what Streamlit is told and what it keeps."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from starlette.types import Receive, Scope, Send
from streamlit import config, net_util
from streamlit.runtime.session_manager import SessionInfo
from streamlit.web.server.server_util import is_url_from_allowed_origins

from playground.ui import guard
from playground.ui.kept_sessions import KeptSessions
from playground.ui.server import addresses, ask_nobody

NAME = socket.gethostname().lower()
CLASS = {"server.address": "0.0.0.0"}


def status(headers: dict[str, str]) -> int:
    """Return the status that a request for a page gets; 200 where it reaches Streamlit."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> dict[str, Any]:
        raise AssertionError("there is nothing to receive")

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": pairs}
    asyncio.run(guard.Guard(app)(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("options", "host", "expected"),
    [
        (CLASS, "192.168.1.5:8501", 200),
        (CLASS, "[2001:db8::1]:8501", 200),
        (CLASS, "localhost:8501", 200),
        (CLASS, NAME, 200),
        (CLASS, f"{NAME.partition('.')[0]}.local:8501", 200),
        (CLASS, "evil.example", 403),
        (CLASS, f"{NAME}.evil.example", 403),
        (CLASS, "", 403),
        ({}, "192.168.1.5", 200),  # with no address Streamlit serves all
        ({"server.address": "::"}, "192.168.1.5", 200),
        ({"server.address": "::1"}, "192.168.1.5", 403),
        ({"server.address": "::1"}, "[::1]:8501", 200),
        ({"server.address": "localhost"}, NAME, 403),
        ({"server.address": "192.168.1.5"}, "192.168.1.5:8501", 200),
        ({"server.address": "teacher.school"}, "Teacher.School:8501", 200),
        ({**CLASS, "server.allowedHosts": ["teacher.school"]}, "teacher.school:8501", 200),
        ({**CLASS, "server.allowedHosts": ["teacher.school"]}, "192.168.1.5", 403),
        ({"server.address": "127.0.0.1", "server.allowedHosts": ["*"]}, "any.example", 200),
    ],
    ids=str,
)
def test_a_server_answers_to_the_names_that_it_is_started_with(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], host: str, expected: int
) -> None:
    monkeypatch.setattr(config, "get_option", options.get)
    assert status({"Host": host}) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"server.address": "127.0.0.1"}, ["http://127.0.0.1:8501"]),
        ({"server.address": "::1"}, ["http://[::1]:8501"]),
        (CLASS, ["http://localhost:8501", "http://192.168.1.5:8501"]),
        (
            {**CLASS, "server.allowedHosts": ["*.school", "play.school"]},
            ["http://play.school:8501"],
        ),
    ],
    ids=str,
)
def test_a_server_says_under_which_addresses_it_is_opened(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: list[str]
) -> None:
    defaults: dict[str, Any] = {
        "server.allowedHosts": [],
        "server.baseUrlPath": "",
        "browser.serverPort": 8501,
    }
    monkeypatch.setattr(config, "get_option", (defaults | options).get)
    own = [
        SimpleNamespace(family=socket.AF_INET, address=ip) for ip in ("127.0.0.1", "192.168.1.5")
    ]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": own})
    assert addresses() == expected


def test_an_origin_that_is_named_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {**CLASS, "server.corsAllowedOrigins": ["https://school.example"]}
    monkeypatch.setattr(config, "get_option", options.get)
    assert status({"Host": "localhost", "Origin": "https://school.example"}) == 200
    assert status({"Host": "localhost", "Origin": "http://school.example"}) == 403


def test_streamlit_asks_nobody_for_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    for name in ("_external_ip", "_internal_ip"):
        monkeypatch.setattr(net_util, name, None)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **_: asked.append(arguments))
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    ask_nobody()
    assert not is_url_from_allowed_origins("http://evil.example")
    assert asked == []
    monkeypatch.setattr(net_util, "_external_ip", None)
    is_url_from_allowed_origins("http://evil.example")
    assert asked  # what it is spared


@dataclass
class Page:
    """What a session looks like to whoever keeps it."""

    id: str
    is_over: bool = False

    def shutdown(self) -> None:
        self.is_over = True


def kept(page: Page) -> SessionInfo:
    return SessionInfo(client=None, session=page)  # type: ignore[arg-type]


def test_sessions_are_kept_for_a_while_and_end_in_the_order_in_which_they_went() -> None:
    async def story() -> None:
        pages = [Page(str(number)) for number in range(4)]
        storage = KeptSessions(1000)
        for page in pages:
            storage.save(kept(page))
        storage.delete("1")  # it is back
        storage.save(kept(pages[0]))  # it was back, and has gone again
        assert [info.session.id for info in storage.list()] == ["2", "3", "0"]
        assert storage.end_oldest()
        assert [page.is_over for page in pages] == [False, False, True, False]
        assert storage.get("2") is None
        assert storage.get("3") is not None
        assert storage.end_oldest()
        assert storage.end_oldest()
        assert not storage.end_oldest()
        assert not pages[1].is_over

    asyncio.run(story())


def test_a_session_that_does_not_come_back_ends_by_itself() -> None:
    async def story() -> None:
        page, storage = Page("0"), KeptSessions(0)
        storage.save(kept(page))
        while not page.is_over:
            await asyncio.sleep(0)
        assert storage.list() == []

    asyncio.run(story())
