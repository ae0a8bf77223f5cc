"""What a browser keeps of a Streamlit page: the elements drawn, and what its widgets hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.WidgetStates_pb2 import WidgetState

Path = tuple[int, ...]  # from the root of the page: 0 is the main part, 1 the sidebar


@dataclass(frozen=True, slots=True)
class Drawn:
    """An element as the last run that drew it left it."""

    kind: str
    element: Any  # the protocol buffer of this kind
    fragment: str
    run: int


class Page:
    """The page of one tab. `errors` are all that were ever on it, also those gone again."""

    def __init__(self) -> None:
        self.drawn: dict[Path, Drawn] = {}
        self.states: dict[str, WidgetState] = {}  # by the id of the widget
        self.errors: list[str] = []
        self._run = 0

    def begin_run(self) -> None:
        self._run += 1

    def draw(self, path: Path, delta: Delta) -> None:
        """Draw one element; a delta of another kind (a container) draws nothing by itself."""
        if delta.WhichOneof("type") != "new_element":
            return
        kind = delta.new_element.WhichOneof("type") or "empty"
        element = getattr(delta.new_element, kind)
        self.drawn[path] = Drawn(kind, element, delta.fragment_id, self._run)
        if kind == "exception":
            self.errors.append(f"{element.type}: {element.message}")
        elif kind == "alert" and element.format == Alert.ERROR:
            self.errors.append(element.body)
        state = initial_state(kind, element)
        if state and (state.id not in self.states or getattr(element, "set_value", False)):
            self.states[state.id] = state

    def end_run(self, fragments: list[str]) -> None:
        """Take away what the run did not draw again: of its fragments, or of all the page."""
        self.drawn = {
            path: drawn
            for path, drawn in self.drawn.items()
            if drawn.run == self._run or (fragments and drawn.fragment not in fragments)
        }
        here = {getattr(drawn.element, "id", "") for drawn in self.drawn.values()}
        self.states = {key: state for key, state in self.states.items() if key in here}

    def widget(self, key: str) -> Drawn | None:
        """Return the widget with this key of the app's code; None while it is not drawn."""
        for drawn in self.drawn.values():
            # "$$ID-<hash>-<key>"
            if getattr(drawn.element, "id", "").split("-", 2)[2:] == [key]:
                return drawn
        return None

    def elements(self, kind: str) -> Iterator[Any]:
        """Yield the elements of a kind, from the top of the page's main part to its sidebar."""
        return (drawn.element for _, drawn in sorted(self.drawn.items()) if drawn.kind == kind)


def initial_state(kind: str, widget: Any) -> WidgetState | None:
    """Return what a browser says of a widget once it is drawn; None for what holds no value.

    Kinds that no page here has are left out: the server then takes their default.
    """
    state = WidgetState(id=getattr(widget, "id", ""))
    match kind:
        case "checkbox":
            state.bool_value = widget.value if widget.set_value else widget.default
        case "number_input" | "text_input" | "text_area":
            field = "value" if widget.set_value else "default"
            if widget.HasField(field):
                name = "double_value" if kind == "number_input" else "string_value"
                setattr(state, name, getattr(widget, field))
        case "slider" if widget.options:
            chosen = [widget.options[int(place)] for place in widget.default]
            state.string_array_value.data[:] = widget.raw_value if widget.set_value else chosen
        case "slider":
            state.double_array_value.data[:] = widget.value if widget.set_value else widget.default
        case "selectbox" | "radio":
            if widget.set_value:
                if widget.HasField("raw_value"):
                    state.string_value = widget.raw_value
            elif widget.HasField("default"):
                state.string_value = widget.options[widget.default]
        case "button_group":
            chosen = [widget.options[place].content for place in widget.default]
            state.string_array_value.data[:] = widget.raw_values if widget.set_value else chosen
        case "file_uploader":
            state.file_uploader_state_value.SetInParent()
        case _:
            return None
    return state
