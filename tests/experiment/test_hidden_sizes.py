from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.wording import value_text
from playground.errors import InvalidExperiment
from playground.experiment.fields import assignment
from playground.experiment.hidden_sizes import parse_hidden_sizes


@given(st.lists(st.integers(-(10**11), 10**11), max_size=40))
def test_sizes_come_back_from_what_is_shown(sizes: list[int]) -> None:
    assert parse_hidden_sizes(value_text("model.hidden_sizes", sizes)) == sizes


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("128, 64", [128, 64]),
        ("128 64", [128, 64]),
        ("128;64", [128, 64]),
        ("  128,,\t64,\n", [128, 64]),
        ("+16", [16]),
        ("007", [7]),
        ("256", [256]),
        ("[128, 64]", [128, 64]),
        ("", []),
        ("[ ]", []),
        (" None ", []),
    ],
)
def test_sizes_are_read_alike_wherever_they_are_typed(text: str, sizes: list[int]) -> None:
    assert parse_hidden_sizes(text) == sizes
    assert assignment(f"model.hidden_sizes={text}") == ("model.hidden_sizes", sizes)


@pytest.mark.parametrize(
    "part", ["abc", "1e3", "12.5", "1_000", "0x10", "--3", "½", "9" * 13, "[64", "none"]
)
def test_what_is_no_whole_number_is_named(part: str) -> None:
    with pytest.raises(InvalidExperiment, match="whole numbers separated by commas") as caught:
        parse_hidden_sizes(f"12, {part}, 13")
    assert f'"{part}"' in str(caught.value)


@pytest.mark.parametrize("text", [",", "null", "1.5", "true", "[12,", "{}"])
def test_what_is_neither_sizes_nor_none_is_refused(text: str) -> None:
    for read in (parse_hidden_sizes, lambda text: assignment(f"model.hidden_sizes={text}")):
        with pytest.raises(InvalidExperiment, match=r"such as 128, 64, or none\.$"):
            read(text)


@given(st.text(max_size=30))
def test_any_text_is_sizes_or_a_sentence_on_one_line(text: str) -> None:
    try:
        sizes = parse_hidden_sizes(text)
    except InvalidExperiment as error:
        assert "\n" not in str(error)
        assert str(error).isprintable()
    else:
        assert all(isinstance(size, int) for size in sizes)
