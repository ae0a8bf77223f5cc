from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidExperiment
from playground.ui.sidebar.hidden_sizes import format_hidden_sizes, parse_hidden_sizes


@given(st.lists(st.integers(-(10**11), 10**11), max_size=40))
def test_sizes_come_back_from_what_is_shown(sizes: list[int]) -> None:
    assert parse_hidden_sizes(format_hidden_sizes(sizes)) == sizes


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("128, 64", [128, 64]),
        ("128 64", [128, 64]),
        ("128;64", [128, 64]),
        ("  128,,\t64,\n", [128, 64]),
        ("+16", [16]),
        ("007", [7]),
        ("", []),
        (" , ", []),
    ],
)
def test_people_may_separate_sizes_as_they_like(text: str, sizes: list[int]) -> None:
    assert parse_hidden_sizes(text) == sizes


@pytest.mark.parametrize("part", ["abc", "1e3", "12.5", "1_000", "0x10", "--3", "½", "9" * 13])
def test_what_is_no_whole_number_is_named(part: str) -> None:
    with pytest.raises(InvalidExperiment, match="whole numbers separated by commas") as caught:
        parse_hidden_sizes(f"12, {part}, 13")
    assert f'"{part}"' in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_sizes_or_a_sentence_on_one_line(text: str) -> None:
    try:
        sizes = parse_hidden_sizes(text)
    except InvalidExperiment as error:
        assert "\n" not in str(error)
        assert str(error).isprintable()
    else:
        assert all(isinstance(size, int) for size in sizes)
