from __future__ import annotations

import pytest
from app_page import plain as read
from hypothesis import given
from hypothesis import strategies as st

from playground.ui.plain import plain


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://host/x.png)",
        "**bold** _thin_ `code` ~~gone~~",
        "<img src=x>",
        ":red[text] :material/close:",
        "$x^2$ | # & \\",
    ],
)
def test_every_mark_of_markdown_is_escaped(text: str) -> None:
    for mark in "\\`*_[]<>$~:#|!&":
        assert plain(text).count(f"\\{mark}") >= text.count(mark)


def test_words_stay_as_they_are() -> None:
    assert plain("Batch size 5,000 is too large.") == "Batch size 5,000 is too large."


@given(st.text())
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert read(plain(text)) == text
