"""Drawings as browsers send them, and as strangers do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.drawing.ink import inked
from playground.drawing.strokes import MOST_POINTS, MOST_STROKES, Drawing, Stroke, read_drawing
from playground.errors import PlaygroundError

LINE = {"w": 70, "p": [100, 100, 200, 250, 300, 90]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["w", "p", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_strokes_are_read_and_packed_again() -> None:
    drawing = read_drawing([LINE, {"w": 10, "p": [5, 5]}])
    assert drawing.strokes[0] == Stroke(70, ((100, 100), (200, 250), (300, 90)))
    assert drawing.packed() == [LINE, {"w": 10, "p": [5, 5]}]
    assert read_drawing([]).is_empty


@given(
    JSON
    | st.lists(
        st.fixed_dictionaries(
            {"w": st.integers(0, 300), "p": st.lists(st.integers(-200, 1200), max_size=4)}
        ),
        max_size=3,
    )
)
def test_whatever_else_is_sent_is_a_drawing_or_is_refused_in_a_sentence(sent: object) -> None:
    try:
        drawing = read_drawing(sent)
    except PlaygroundError as error:
        assert "is no part of a drawing" in str(error)
    else:
        assert drawing.packed() == sent
        assert inked(drawing, 8).max() <= 1


@pytest.mark.parametrize(
    "sent",
    [
        [LINE] * (MOST_STROKES + 1),
        [{"w": 70, "p": [1, 1] * (MOST_POINTS + 1)}],
        [{"w": 70, "p": [1, 1] * (MOST_POINTS // 2 + 1)}] * 2,
        [LINE | {"w": 9}],
        [LINE | {"w": 70.0}],
        [LINE | {"w": True}],
        [LINE | {"p": []}],
        [LINE | {"p": [1, 2, 3]}],
        [LINE | {"p": [1, 10**9]}],
        [LINE | {"p": [1, float("nan")]}],
        [LINE | {"p": ["1", "2"]}],
        [LINE | {"more": 1}],
        {"0": LINE},
    ],
)
def test_what_breaks_a_rule_is_refused(sent: object) -> None:
    with pytest.raises(PlaygroundError, match="draw it again"):
        read_drawing(sent)


def test_the_largest_drawing_is_read() -> None:
    whole = [{"w": 250, "p": [1, 1] * (MOST_POINTS // MOST_STROKES)}] * MOST_STROKES
    assert isinstance(read_drawing(whole), Drawing)
