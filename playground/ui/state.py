"""State: what Streamlit keeps for a tab, by typed keys, and the address of the page.

The only file that reads or writes `st.session_state` and `st.query_params`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

T = TypeVar("T")

TRAIN_PAGE = "playground/ui/pages/train.py"
RUNS_PAGE = "playground/ui/pages/runs.py"
DATA_PAGE = "playground/ui/pages/data.py"
INSPECT_PAGE = "playground/ui/pages/inspect.py"


@dataclass(frozen=True)
class Key(Generic[T]):
    """Where a tab keeps a value; the `name` is also that of the widget which holds it, if one does.

    Streamlit forgets the values of the widgets of a page that is left.
    """

    name: str

    def get(self) -> T | None:
        """Return the value; None where there is none yet."""
        value: T | None = st.session_state.get(self.name)
        return value

    @property
    def is_kept(self) -> bool:
        """Whether there is a value, be it None."""
        return self.name in st.session_state

    def get_or_set(self, default: T) -> T:
        """Return the value, which is `default` where there is none yet."""
        value: T = st.session_state.setdefault(self.name, default)
        return value

    def set(self, value: T) -> None:
        """Keep a value; that of a widget before the widget is drawn."""
        st.session_state[self.name] = value

    def forget(self) -> None:
        """Keep nothing any more."""
        st.session_state.pop(self.name, None)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the address, such as "run" in `?run=…`; empty where the address has none."""

    name: str

    def get(self) -> str:
        """Return what the address says."""
        return st.query_params.get(self.name, "")

    def set(self, value: str) -> None:
        """Let the address say `value`."""
        st.query_params[self.name] = value

    def forget(self) -> None:
        """Take it out of the address."""
        st.query_params.pop(self.name, None)


RUN = Parameter("run")
PIECE = Parameter("piece")  # of the concept lab
RECIPE = Parameter("recipe")  # to which the settings are changes
VIEW = Parameter("view")  # of the Inspect page
PACE = Parameter("pace")  # of the runs that are started here
_NO_SETTINGS = frozenset({RUN.name, PIECE.name, RECIPE.name, VIEW.name, PACE.name})


INSPECTED_IMAGE: Key[int | None] = Key("inspect-image")
"""The position of the validation image that is looked at closely."""


DATA_VIEW: Key[str] = Key("data-view")
"""What the Data page shows: the images "chosen", or how to "bring", "collect" or manage "sets"."""


def inspected_epoch_key(run_id: str) -> Key[str]:
    """Return where the slider of Inspect over the epochs of a run has its value."""
    return Key(f"inspect-epoch-{run_id}")


def settings_asked() -> dict[str, str]:
    """Return the settings of the address by their paths: all that is nothing else."""
    return {
        name: value for name, value in st.query_params.to_dict().items() if name not in _NO_SETTINGS
    }


def clear_address() -> None:
    """Take everything out of the address."""
    st.query_params.clear()


def open_page(page: str, parameter: Parameter | None = None, value: str = "") -> None:
    """Turn to another page, whose address begins empty but for this parameter."""
    st.switch_page(page, query_params={parameter.name: value} if parameter else None)


def setting_key(path: str) -> Key[Any]:
    """Return where the widget of a setting has its value."""
    return Key(f"setting-{path.replace('.', '-')}")


def pitfall_key(name: str) -> Key[bool]:
    """Return where the switch of a pitfall has its value."""
    return setting_key(f"training.pitfalls.{name}")
