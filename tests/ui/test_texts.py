"""The small texts of the pages: numbers, shares, times, values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.wording import number_text, value_text
from playground.experiment import Experiment
from playground.experiment.fields import heading, paths
from playground.ui.train.metrics import compact
from playground.ui.train.toolbar import duration


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (1e-5, "0.00001"),
        (0.1, "0.1"),
        (10.0, "10"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_number_is_written_in_plain_digits(value: float, text: str) -> None:
    assert number_text(value) == text


@given(st.integers(1, 10**9))
def test_a_number_of_ten_decimal_places_is_read_back_from_its_text(billionths: int) -> None:
    value = billionths / 10**9
    assert float(number_text(value)) == value
    assert "e" not in number_text(value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (873.2, "873"),
        (999.4, "999"),
        (999.6, "1.0k"),
        (1540.0, "1.5k"),
        (9960.0, "10k"),
        (150_400.0, "150k"),
        (2_500_000.0, "2.5M"),
    ],
)
def test_a_speed_keeps_two_or_three_digits(number: float, text: str) -> None:
    assert compact(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "less than 0.1 s"),
        (4.24, "4.2 s"),
        (9.97, "10.0 s"),
        (42.4, "42 s"),
        (59.7, "1:00 min"),
        (61.0, "1:01 min"),
        (3599.0, "59:59 min"),
        (3600.0, "1 h 00 min"),
        (3900.0, "1 h 05 min"),
        (90_000.0, "25 h 00 min"),
    ],
)
def test_a_time_is_written_as_people_read_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("path", paths())
def test_every_setting_has_a_label_and_a_text_for_its_default(path: str) -> None:
    assert heading(path)[0].isupper()
    text = value_text(path, Experiment().get(path))
    assert text
    assert "_" not in text
