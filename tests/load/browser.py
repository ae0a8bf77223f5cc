"""What a browser does beside the protocol: loads program and images, and answers for widgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.WidgetStates_pb2 import WidgetState

from playground.benchmark.tab import Tab, open_tab

_LIMIT = 60.0  # seconds


@contextmanager
def open_browser(address: str, query: str, errors: list[str]) -> Iterator[Tab]:
    """Open a tab that is all that a browser is to a server; `errors` takes what goes wrong."""

    def loaded(image: Future[bytes]) -> None:
        if error := image.exception():
            errors.append(f"An image did not come: {error}")

    def seen(tab: Tab, kind: str, element: Any) -> None:
        if kind == "exception":
            errors.append(f"{element.type}: {element.message}")
        elif kind == "alert" and element.format == Alert.ERROR:
            errors.append(element.body)
        elif kind == "imgs":
            for image in element.imgs:
                if image.url.startswith("/"):
                    loader.submit(fetch, address + image.url).add_done_callback(loaded)
        state = state_as_drawn(kind, element)
        if state and (state.id not in tab.states or getattr(element, "set_value", False)):
            tab.states[state.id] = state

    frame = fetch(f"{address}/?{query}").decode()
    for file in re.findall(r'(?:src|href)="\./(static/[^"]+)"', frame):
        fetch(f"{address}/{file}")
    fetch(f"{address}/_stcore/host-config")
    with ThreadPoolExecutor() as loader, open_tab(address, query, seen) as tab:
        yield tab


def fetch(url: str) -> bytes:
    """Return what is at `url`; raises `OSError` where the server does not give it."""
    with urlopen(url, timeout=_LIMIT) as answer:
        content: bytes = answer.read()
    return content


def state_as_drawn(kind: str, widget: Any) -> WidgetState | None:
    """Return what a browser says of a widget once it is drawn; None for what holds no value.

    Kinds that no page here has are left out: the server then takes their default.
    """
    state, is_set = WidgetState(id=getattr(widget, "id", "")), getattr(widget, "set_value", False)
    match kind:
        case "checkbox":
            state.bool_value = widget.value if is_set else widget.default
        case "number_input" | "text_input" | "text_area":
            field = "value" if is_set else "default"
            if widget.HasField(field):
                name = "double_value" if kind == "number_input" else "string_value"
                setattr(state, name, getattr(widget, field))
        case "slider" if widget.options:
            chosen = [widget.options[int(place)] for place in widget.default]
            state.string_array_value.data[:] = widget.raw_value if is_set else chosen
        case "slider":
            state.double_array_value.data[:] = widget.value if is_set else widget.default
        case "selectbox" | "radio":
            if is_set and widget.HasField("raw_value"):
                state.string_value = widget.raw_value
            elif not is_set and widget.HasField("default"):
                state.string_value = widget.options[widget.default]
        case "button_group":
            chosen = [widget.options[place].content for place in widget.default]
            state.string_array_value.data[:] = widget.raw_values if is_set else chosen
        case "file_uploader":
            state.file_uploader_state_value.SetInParent()
        case _:
            return None
    return state
