"""A browser's tab without the browser: it speaks Streamlit's protocol and paints nothing.

It does what the page's JavaScript does: it loads the page, keeps the cookie, sends the values of
all widgets with every request, obeys the timers of fragments and remembers large messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from urllib.parse import parse_qs

from answers import Answers, Kind, Request
from message_cache import MessageCache
from page import Drawn, Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from timers import Timers
from web import COOKIE, Images, load_page
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE = 120.0  # seconds to wait for anything: what hangs is told, and nothing waits for ever


class Stuck(Exception):
    """A page does not come to what it must come to, or its connection ends."""


class Tab:
    """A visitor's tab at `address` (`http://…`), in a browser of its own: its cookie says so."""

    def __init__(self, address: str, query: str = "") -> None:
        self.address = address
        self.query = query
        self.page = Page()
        self.answers = Answers()
        self._cache = MessageCache()
        self._images = Images(address, self.page.errors)
        self._timers = Timers(self._look)
        self._page_hash = ""
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Tab:
        cookie = await asyncio.to_thread(load_page, self.address, self.query)
        self._socket: ClientConnection = await connect(
            f"{self.address.replace('http', 'ws', 1)}/_stcore/stream",
            origin=Origin(self.address),
            subprotocols=[Subprotocol("streamlit"), Subprotocol(cookie)],
            additional_headers={"Cookie": f"{COOKIE}={cookie}"},
            max_size=None,
        )
        self._reader = asyncio.create_task(self._read())
        self._reader.add_done_callback(lambda _: self._changed.set())
        await self._ask("open")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._timers.stop()
        await self._socket.close()
        await asyncio.wait([self._reader])

    def __str__(self) -> str:
        return f"?{self.query} says {self.progress!r}; {self._timers}; {self.answers}"

    @property
    def run_id(self) -> str:
        """The run that the address names; "" without one."""
        return parse_qs(self.query).get("run", [""])[0]

    @property
    def progress(self) -> str:
        """The words of the page's first progress bar."""
        return next((bar.text for bar in self.page.elements("progress")), "")

    async def click(self, key: str) -> None:
        """Click a button and wait for the page it leads to."""
        button = await self._find(key)
        clicked = WidgetState(id=button.element.id, trigger_value=True)
        await self._ask("click", button.fragment, clicked)

    async def choose(self, key: str, option: str) -> None:
        """Choose one of a row of buttons and wait for the page it leads to."""
        row = await self._find(key)
        self.page.states[row.element.id].string_array_value.data[:] = [option]
        await self._ask("click", row.fragment)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the page makes `condition` hold; raises `Stuck`."""
        limit = asyncio.get_running_loop().time() + PATIENCE
        while not condition():
            if self._reader.done():
                self._reader.result()
                raise Stuck(f"The server has closed a tab: {self}.")
            self._changed.clear()
            try:
                async with asyncio.timeout_at(limit):
                    await self._changed.wait()
            except TimeoutError:
                raise Stuck(f"Nothing came in {PATIENCE:.0f} s: {self}.") from None

    async def _find(self, key: str) -> Drawn:
        await self.until(lambda: self.page.widget(key) is not None)
        found = self.page.widget(key)
        assert found
        return found

    async def _look(self, fragment: str) -> None:
        await self._send("look", fragment)

    async def _ask(
        self, kind: Kind, fragment: str = "", clicked: WidgetState | None = None
    ) -> None:
        request = await self._send(kind, fragment, clicked)
        await self.until(lambda: request.seconds is not None)

    async def _send(self, kind: Kind, fragment: str, clicked: WidgetState | None = None) -> Request:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string = self.query
        rerun.page_script_hash = self._page_hash
        rerun.fragment_id = fragment
        rerun.is_auto_rerun = kind == "look"
        rerun.cached_message_hashes.extend(self._cache.hashes)
        rerun.context_info.url = self.address
        rerun.context_info.timezone = "Europe/Berlin"
        rerun.context_info.locale = "en-GB"
        rerun.widget_states.widgets.extend(self.page.states.values())
        if clicked:
            rerun.widget_states.widgets.append(clicked)
        request = self.answers.expect(kind, fragment)
        await self._socket.send(message.SerializeToString())
        return request

    async def _read(self) -> None:
        async for data in self._socket:
            assert isinstance(data, bytes)
            self._take(ForwardMsg.FromString(data))

    def _take(self, message: ForwardMsg) -> None:
        fragments = list(message.metadata.run.fragment_ids)
        match message.WhichOneof("type"):
            case "new_session":
                self._page_hash = message.new_session.page_script_hash
                self.page.begin_run()
                self.answers.begin_run(fragments)
                if not fragments:
                    self._timers.stop()
            case "delta" | "ref_hash":
                delta = self._cache.delta_of(message)
                self.page.draw(tuple(message.metadata.delta_path), delta)
                self._images.load(delta)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "auto_rerun":
                self._timers.start(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                self._timers.stop(*message.stop_auto_rerun.fragment_ids)
            case "script_finished" if (
                message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                self.page.end_run(fragments)
                self._cache.end_run(fragments)
                self.answers.end_run()
                self._changed.set()
