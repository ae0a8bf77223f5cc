from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from playground.run.thinning import spread


@given(st.integers(0, 2000), st.integers(0, 60), st.integers(1, 100))
def test_as_many_as_there_is_room_for_are_kept_in_order_and_the_last(
    count: int, most: int, first: int
) -> None:
    epochs = range(first, first + count)
    kept = spread(epochs, most)
    assert len(kept) == min(count, most)
    assert kept == sorted(set(kept) & set(epochs))
    assert kept[-1:] == list(epochs[-1:])[: len(kept)]


def test_the_first_ten_are_kept_and_others_evenly() -> None:
    kept = spread(range(1, 1001))
    assert kept[:11] == [*range(1, 11), 34]
    assert set(np.diff(kept[10:])) <= {24, 25}


def test_where_there_is_room_for_few_they_are_spread_over_the_whole_run() -> None:
    assert spread(range(1, 21), 5) == [4, 8, 12, 16, 20]
    assert spread(range(1, 31), 1) == [30]
