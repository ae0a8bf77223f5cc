"""Streamlit's state has one reader and writer, and the values in it have types."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATE = "playground/ui/state.py"
FILES = ["streamlit_app.py", *(str(p.relative_to(ROOT)) for p in ROOT.glob("playground/**/*.py"))]
STREAMLITS = {"session_state", "query_params"}


def uses_of_state(source: str) -> set[str]:
    """Return which of Streamlit's two states the code reads or writes, or takes by its name."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name.rpartition(".")[2])
    return found & STREAMLITS


@pytest.mark.parametrize("file", FILES)
def test_only_the_state_reads_and_writes_what_streamlit_keeps(file: str) -> None:
    expected = STREAMLITS if file == STATE else set()
    assert uses_of_state((ROOT / file).read_text(encoding="utf-8")) == expected


@pytest.mark.parametrize(
    "source",
    [
        "st.session_state['a'] = 1",
        "import streamlit\nstreamlit.session_state.a",
        "from streamlit import session_state as kept",
        "def f():\n    return st.query_params.get('run')",
    ],
)
def test_a_reader_elsewhere_would_be_found(source: str) -> None:
    assert uses_of_state(source)
