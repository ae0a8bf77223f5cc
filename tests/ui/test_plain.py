from __future__ import annotations

import re

import pytest
from app_page import plain as read
from hypothesis import given
from hypothesis import strategies as st

from playground.run.names import tidy, visible
from playground.ui.plain import GAP, plain

# What a browser makes of a text after the marks of Markdown are taken off, as the scripts of
# Streamlit 1.67 have it: emoji and icons, signs, and GitHub's links without marks.
SECOND_READING = [
    re.compile(r":\+1:|:-1:|:[\w-]+:", re.ASCII),
    re.compile(r":material[_/]\w+:", re.ASCII),
    *(re.compile(rf"(^|\s){sign}(\s|$)") for sign in ("<->", "->", "<-", "--", ">=", "<=", "~=")),
    re.compile(r"https?://[-.\w]+|www(?=\.)[-.\w]+", re.IGNORECASE),
    re.compile(r"[-.\w+]+@[-\w]+(\.[-\w]+)+"),
]
HOSTILE = [
    *"\\`*_[]<>$~:#|!&-+=.)(/@{}\n\t 1aA",
    *(":material/close:", ":streamlit:", ":heart:", ":+1:", ":red[", "->", "<->", "~=", "--"),
    *("http://", "HTTPS://", "www.", "WWW.", "me@host.example", "![x](", "<img src=x>", "$x$"),
    *("\x1b[2J", "\x9b", "\u202e", "\u2066", "&#65;", "12) ", "```", GAP),
]
TEXTS = st.text() | st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3)).map("".join)


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


@pytest.mark.parametrize(
    ("text", "escaped"), [("- x", r"\- x"), ("12) x", r"12\) x"), ("===", r"\===")]
)
def test_the_beginning_of_a_paragraph_makes_no_list_and_no_heading(text: str, escaped: str) -> None:
    assert plain(text) == escaped


@given(TEXTS)
def test_escaped_text_reads_as_it_was_on_one_line(text: str) -> None:
    assert read(plain(text)) == visible(re.sub(r"\s+", " ", text))


@given(TEXTS)
def test_no_second_reading_finds_an_emoji_a_sign_or_a_link(text: str) -> None:
    escaped = plain(text)
    assert ":material/" not in escaped  # replaced before anything is read
    for part in re.sub("^&#32;|&#32;$", " ", escaped).split(GAP):
        assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>$~:#|!]", part)
        shown = read(part)
        for rule in SECOND_READING:
            assert not rule.search(shown), (rule.pattern, shown)


@given(TEXTS)
def test_what_commands_a_terminal_or_turns_the_text_is_written_out(text: str) -> None:
    for shown in (visible(text), tidy(text)):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f]", shown)
        shown.encode()  # no half of a pair either
    assert len(tidy(text, 20)) <= 20
    assert tidy(tidy(text)) == tidy(text)


def test_letters_of_every_language_stay_and_so_do_joined_emoji() -> None:
    for name in ("Zoë", "Łukasz", "علي", "王小明", "می‌خواهم", "👩‍🔬", "don't"):
        assert visible(name) == tidy(name) == name
