"""Tab: a browser's tab without the browser. It speaks Streamlit's protocol and paints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from playground.errors import PlaygroundError

_COOKIE = "_streamlit_xsrf"
_LIMIT = 60.0  # seconds for one answer of the server


class Drawn(NamedTuple):
    """An element as the last run that drew it left it."""

    kind: str
    element: Any  # the protocol buffer of this kind
    fragment: str
    run: int


@dataclass(eq=False)
class Request:
    """A wish to see the page, or one fragment of it, anew: kind is "open", "click" or "look".

    `seconds` is None until it is answered: by the first run that begins after it and is of the
    whole page or of its fragment.
    """

    kind: str
    fragment: str
    sent_at: float = field(default_factory=perf_counter)
    is_under_way: bool = False
    seconds: float | None = None


class Tab:
    """A visitor's tab at `address` (`http://…`) with the link's `query`; see `open_tab`.

    It obeys the timers of fragments and sends with every request the `states` of widgets that it is
    given. `seen` is told of every element, its kind and its protocol buffer. `first_paint` is how
    many seconds after the tab was opened the first one came. Messages come whole: the app's
    configuration lets no browser keep them.
    """

    def __init__(self, address: str, query: str = "", seen: Seen | None = None) -> None:
        self.first_paint = 0.0
        self.requests: list[Request] = []
        self.states: dict[str, WidgetState] = {}  # by the id of the widget
        self._address = address
        self._query = "&".join(filter(None, (query, "pace=full")))  # as nobody's first run goes
        self._seen = seen
        self._opened = perf_counter()
        self._socket: ClientConnection
        self._page_hash = ""
        self._run = 0
        self._drawn: dict[tuple[int, ...], Drawn] = {}  # by the path from the root of the page
        self._due: dict[str, tuple[float, float]] = {}  # by fragment: interval and next look

    @property
    def run_id(self) -> str:
        """The run that the address names; "" without one."""
        return parse_qs(self._query).get("run", [""])[0]

    @property
    def progress(self) -> str:
        """The words beside the first progress bar."""
        return next((bar.text for bar in self.elements("progress")), "")

    @property
    def shortest_interval(self) -> float:
        """Seconds between looks of the fragment that looks most often."""
        return min((interval for interval, _ in self._due.values()), default=float("inf"))

    def elements(self, kind: str) -> list[Any]:
        """Return the elements of a kind, from the top of the page's main part to its sidebar."""
        return [drawn.element for _, drawn in sorted(self._drawn.items()) if drawn.kind == kind]

    def number(self, label: str) -> str:
        """Return what the number called `label` shows; "" where it is not there."""
        return next((each.body for each in self.elements("metric") if each.label == label), "")

    def click(self, key: str, option: str = "") -> Request:
        """Press the button with this key of the app's code, or choose `option` of a row of them."""
        self.until(lambda: self._widget(key) is not None, f"the button {key}")
        drawn = self._widget(key)
        assert drawn
        state = WidgetState(id=drawn.element.id, trigger_value=True)
        if option:
            state.string_array_value.data[:] = [option]  # in place of the trigger
            self.states[state.id] = state
        return self._send("click", drawn.fragment, None if option else state)

    def until(self, condition: Callable[[], bool], what: str, limit: float = _LIMIT) -> None:
        """Follow the page until `condition` holds; raises `PlaygroundError` after `limit` s."""
        end = perf_counter() + limit
        while not condition():
            if perf_counter() > end:
                raise PlaygroundError(
                    f"The page did not show {what} within {limit:.0f} s, and says "
                    f"{self.progress!r}: is the app another version?"
                )
            self._step(end)

    def follow(self, seconds: float) -> None:
        """Be a page that is watched, for so many seconds."""
        end = perf_counter() + seconds
        while perf_counter() < end:
            self._step(end)

    def _step(self, end: float) -> None:
        """Take the next message, and look again where it is time."""
        wake = min([end, *(due for _, due in self._due.values())])
        try:
            data = self._socket.recv(timeout=max(0.0, wake - perf_counter()))
            assert isinstance(data, bytes)
            self.take(ForwardMsg.FromString(data))
        except TimeoutError:
            pass
        except ConnectionClosed:
            raise PlaygroundError("The server closed the page: its log says why.") from None
        for fragment, (interval, due) in list(self._due.items()):
            if perf_counter() >= due:  # no drift: a slow answer does not put the next look off
                self._due[fragment] = interval, due + interval
                self._send("look", fragment)

    def _send(self, kind: str, fragment: str = "", clicked: WidgetState | None = None) -> Request:
        rerun = ClientState(
            query_string=self._query,
            page_script_hash=self._page_hash,
            fragment_id=fragment,
            is_auto_rerun=kind == "look",
        )
        rerun.context_info.url = self._address
        rerun.widget_states.widgets.extend([*self.states.values(), *([clicked] if clicked else [])])
        self.requests.append(Request(kind, fragment))
        self._socket.send(BackMsg(rerun_script=rerun).SerializeToString())
        return self.requests[-1]

    def take(self, message: ForwardMsg) -> None:
        """Take a message of the server in."""
        fragments = list(message.metadata.run.fragment_ids)  # those of a run of fragments alone
        match message.WhichOneof("type"):
            case "new_session":
                self._page_hash = message.new_session.page_script_hash
                self._run += 1
                for request in self._unanswered():
                    request.is_under_way |= not fragments or request.fragment in fragments
                if not fragments:
                    self._due.clear()
            case "delta":
                self._draw(tuple(message.metadata.delta_path), message.delta)
            case "page_info_changed":
                before = self.run_id
                self._query = message.page_info_changed.query_string
                if self.run_id != before:  # the numbers shown are those of another run
                    self._keep(lambda drawn: drawn.kind != "metric")
            case "auto_rerun":
                fragment, interval = message.auto_rerun.fragment_id, message.auto_rerun.interval
                if fragment not in self._due or self._due[fragment][0] != interval:
                    self._due[fragment] = interval, perf_counter() + interval
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids or list(self._due):
                    self._due.pop(fragment, None)
            case "script_finished" if (
                message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                self._end_run(fragments)

    def _draw(self, path: tuple[int, ...], delta: Delta) -> None:
        if delta.WhichOneof("type") != "new_element":
            return  # a container, which shows nothing by itself
        self.first_paint = self.first_paint or perf_counter() - self._opened
        kind = delta.new_element.WhichOneof("type") or "empty"
        element = getattr(delta.new_element, kind)
        self._drawn[path] = Drawn(kind, element, delta.fragment_id, self._run)
        if self._seen:
            self._seen(self, kind, element)
        if kind == "exception":
            raise PlaygroundError(f"The page failed: {element.type}: {element.message}")

    def _end_run(self, fragments: list[str]) -> None:
        """Forget what the run, of `fragments` or of the whole page, did not draw or use again."""
        for request in self._unanswered():
            if request.is_under_way:
                request.seconds = perf_counter() - request.sent_at
        self._keep(
            lambda drawn: (
                drawn.run == self._run or (bool(fragments) and drawn.fragment not in fragments)
            )
        )
        here = {getattr(drawn.element, "id", "") for drawn in self._drawn.values()}
        self.states = {name: state for name, state in self.states.items() if name in here}

    def _keep(self, condition: Callable[[Drawn], bool]) -> None:
        self._drawn = {path: drawn for path, drawn in self._drawn.items() if condition(drawn)}

    def _unanswered(self) -> list[Request]:
        return [request for request in self.requests if request.seconds is None]

    def _widget(self, key: str) -> Drawn | None:
        for drawn in self._drawn.values():
            if getattr(drawn.element, "id", "").split("-", 2)[2:] == [key]:  # "$$ID-<hash>-<key>"
                return drawn
        return None


Seen = Callable[[Tab, str, Any], None]


@contextmanager
def open_tab(address: str, query: str = "", seen: Seen | None = None) -> Iterator[Tab]:
    """Open a tab in a browser of its own, its cookie says so; yield it once the page is drawn."""
    tab = Tab(address, query, seen)
    with urlopen(address, timeout=_LIMIT) as answer:
        answer.read()
    with urlopen(f"{address}/_stcore/health", timeout=_LIMIT) as answer:
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[_COOKIE].value
    with connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        origin=Origin(address),
        subprotocols=[Subprotocol("streamlit"), Subprotocol(cookie)],
        additional_headers={"Cookie": f"{_COOKIE}={cookie}"},
        max_size=None,
        ping_interval=None,  # a busy server may be silent for long, and is not gone
        close_timeout=0.5,  # seconds: a tab that is closed waits for nothing
    ) as tab._socket:
        opening = tab._send("open")
        tab.until(lambda: opening.seconds is not None, "anything")
        yield tab
