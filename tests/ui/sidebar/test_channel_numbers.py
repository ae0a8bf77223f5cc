from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidExperiment
from playground.ui.sidebar.channel_numbers import format_channel_numbers, parse_channel_numbers


@given(st.lists(st.integers(-(10**6), 10**6).map(lambda number: number / 10**5), max_size=4))
def test_numbers_come_back_from_what_is_shown(numbers: list[float]) -> None:
    assert parse_channel_numbers("Mean", format_channel_numbers(numbers)) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.1307", [0.1307]),
        ("0.49, 0.48, 0.45", [0.49, 0.48, 0.45]),
        ("(0.49,0.48,0.45)", [0.49, 0.48, 0.45]),
        ("[0.5]", [0.5]),
        (".5 ; 1", [0.5, 1.0]),
        ("1e-1", [0.1]),
        ("", []),
    ],
)
def test_people_may_write_them_as_they_like(text: str, numbers: list[float]) -> None:
    assert parse_channel_numbers("Mean", text) == numbers


@pytest.mark.parametrize("part", ["abc", "nan", "inf", "0.4.9", "1_0", "½"])
def test_what_is_no_number_is_named(part: str) -> None:
    with pytest.raises(InvalidExperiment, match="Std cannot contain") as caught:
        parse_channel_numbers("Std", f"0.1, {part}")
    assert f'"{part}"' in str(caught.value)
