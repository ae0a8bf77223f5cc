"""A tab without a browser: it opens the page, looks again when its timers say so, and clicks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from http.cookies import SimpleCookie
from time import monotonic, perf_counter
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from playground.errors import PlaygroundError

_COOKIE = "_streamlit_xsrf"
_LIMIT = 60.0  # seconds for one answer of the server
AT_REST_SECONDS = 10.0  # a page that waits for nothing looks again no sooner
_KEPT_RUNS = 2  # a browser remembers large messages for so many redraws


class Tab:
    """A visitor's tab at `address` (`http://…`) whose link has `settings`; a context manager.

    It keeps what the measures read: buttons, numbers and progress. `first_paint` is how many
    seconds after the tab was opened the first element came.
    """

    def __init__(self, address: str, settings: Mapping[str, str] | None = None) -> None:
        self.first_paint = 0.0
        self._address = address
        self._query = urlencode(settings or {})
        self._page_hash = ""
        self._drawn: dict[tuple[int, ...], tuple[str, Any, str]] = {}  # kind, element, fragment
        self._due: dict[str, tuple[float, float]] = {}  # fragment: interval, next look
        self._kept: dict[str, tuple[Delta, int]] = {}
        self._redraws = 0
        self._finished = 0

    def __enter__(self) -> Tab:
        self._opened = perf_counter()
        cookie = self._load_page()
        connection = connect(
            f"{self._address.replace('http', 'ws', 1)}/_stcore/stream",
            origin=Origin(self._address),
            subprotocols=[Subprotocol("streamlit"), Subprotocol(cookie)],
            additional_headers={"Cookie": f"{_COOKIE}={cookie}"},
            max_size=None,
            close_timeout=0.5,  # seconds: a tab that is closed waits for nothing
        )
        with ExitStack() as stack:
            self._socket = stack.enter_context(connection)
            self._send()
            self.until(lambda: self._finished > 0, "the page to be drawn")
            self._stack = stack.pop_all()  # nothing went wrong: it stays open
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def run_id(self) -> str:
        """The run that the address names; "" without one."""
        return parse_qs(self._query).get("run", [""])[0]

    @property
    def is_waiting(self) -> bool:
        """Whether the page looks again soon, as it does while something is under way."""
        return any(interval < AT_REST_SECONDS for interval, _ in self._due.values())

    @property
    def progress(self) -> str:
        """The words beside the progress bar."""
        bars = [element for kind, element, _ in self._drawn.values() if kind == "progress"]
        return bars[0].text if bars else ""

    def number(self, label: str) -> str:
        """Return what the number called `label` shows; "" where it is not there."""
        for kind, element, _ in self._drawn.values():
            if kind == "metric" and element.label == label:
                return str(element.body)
        return ""

    def click(self, key: str) -> None:
        """Press the button with this key of the app's code."""
        for _, element, fragment in self._drawn.values():
            name = getattr(element, "id", "")
            if name.split("-", 2)[2:] == [key]:  # "$$ID-<hash>-<key>"
                self._send(fragment, WidgetState(id=name, trigger_value=True))
                return
        raise PlaygroundError(f"The page has no button {key} to press: is the app another version?")

    def until(self, condition: Callable[[], bool], what: str, limit: float = _LIMIT) -> None:
        """Follow the page until `condition` holds; raises `PlaygroundError` after `limit` s."""
        end = monotonic() + limit
        while not condition():
            if monotonic() > end:
                raise PlaygroundError(
                    f"The page was measured for {limit:.0f} s in vain: it waited for {what}, and "
                    f"the page says {self.progress!r}."
                )
            self._step(end)

    def follow(self, seconds: float) -> None:
        """Be a page that is watched, for so many seconds."""
        end = monotonic() + seconds
        while monotonic() < end:
            self._step(end)

    def _step(self, end: float) -> None:
        """Take the next message, or look again where it is time."""
        due = min((next_look for _, next_look in self._due.values()), default=end)
        try:
            data = self._socket.recv(timeout=max(0.0, min(due, end) - monotonic()))
        except TimeoutError:
            self._look()
            return
        except ConnectionClosed:
            raise PlaygroundError(
                "The server closed the page that was measured: start the benchmark again."
            ) from None
        assert isinstance(data, bytes)
        self._take(ForwardMsg.FromString(data))
        self._look()

    def _look(self) -> None:
        for fragment, (interval, due) in list(self._due.items()):
            if monotonic() >= due:
                self._due[fragment] = interval, due + interval
                self._send(fragment, by_itself=True)

    def _load_page(self) -> str:
        """Load the frame of the page; return the cookie that the server gives."""
        with urlopen(self._address, timeout=_LIMIT) as answer:
            answer.read()
        with urlopen(f"{self._address}/_stcore/health", timeout=_LIMIT) as answer:
            return SimpleCookie(answer.headers["Set-Cookie"])[_COOKIE].value

    def _send(
        self, fragment: str = "", clicked: WidgetState | None = None, by_itself: bool = False
    ) -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string = self._query
        rerun.page_script_hash = self._page_hash
        rerun.fragment_id = fragment
        rerun.is_auto_rerun = by_itself
        rerun.cached_message_hashes.extend(self._kept)
        rerun.context_info.url = self._address
        if clicked:
            rerun.widget_states.widgets.append(clicked)
        self._socket.send(message.SerializeToString())

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._page_hash = message.new_session.page_script_hash
                if not message.metadata.run.fragment_ids:
                    self._due.clear()
            case "delta":
                if message.metadata.cacheable:
                    self._kept[message.hash] = message.delta, self._redraws
                self._draw(message, message.delta)
            case "ref_hash":
                delta, _ = self._kept[message.ref_hash]
                self._kept[message.ref_hash] = delta, self._redraws
                self._draw(message, delta)
            case "page_info_changed":
                before = self.run_id
                self._query = message.page_info_changed.query_string
                if self.run_id != before:
                    self._forget_numbers()
            case "auto_rerun":
                interval = message.auto_rerun.interval
                if self._due.get(message.auto_rerun.fragment_id, (0.0, 0.0))[0] != interval:
                    self._due[message.auto_rerun.fragment_id] = interval, monotonic() + interval
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._due.pop(fragment, None)
            case "script_finished" if (
                message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                self._finished += 1
                self._redraws += 1
                self._kept = {
                    name: (delta, used)
                    for name, (delta, used) in self._kept.items()
                    if self._redraws - used <= _KEPT_RUNS
                }

    def _forget_numbers(self) -> None:
        """Forget the numbers of the run before: those of the new one are yet to come."""
        self._drawn = {path: drawn for path, drawn in self._drawn.items() if drawn[0] != "metric"}

    def _draw(self, message: ForwardMsg, delta: Delta) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        self.first_paint = self.first_paint or perf_counter() - self._opened
        kind = delta.new_element.WhichOneof("type") or "empty"
        element = getattr(delta.new_element, kind)
        self._drawn[tuple(message.metadata.delta_path)] = kind, element, delta.fragment_id
        if kind == "exception":
            raise PlaygroundError(f"The page that was measured failed: {element.message}")
