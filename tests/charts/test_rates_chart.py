"""The chart of a range test, and its table."""

from __future__ import annotations

from typing import Any

import pytest
import vl_convert

from playground.charts.rates import rates_chart
from playground.frames.rates import rates_frame
from playground.run.rate_test import RATES, RateSweep, RateTest

TEST = RateTest((RateSweep(0, (2.0, 1.0, 0.5)), RateSweep(1, (4.0, 4.0)), RateSweep(2, ())))
NOTHING = RateTest((RateSweep(0, ()),))


def drawn(test: RateTest, mark: tuple[Any, ...], background: str = "#ffffff") -> str:
    chart = rates_chart(rates_frame(test), *mark).to_dict()
    return vl_convert.vegalite_to_svg({**chart, "width": 440, "background": background})


def test_a_row_has_the_mean_and_range_of_the_seeds_that_got_so_far() -> None:
    first, second, third = rates_frame(TEST).to_dict("records")
    assert first == {"rate": RATES[0], "mean": 3.0, "low": 2.0, "high": 4.0, "seeds": 2}
    assert (second["seeds"], third["seeds"]) == (2, 1)
    assert third["mean"] == third["low"] == third["high"] == TEST.sweeps[0].smoothed[2]
    assert rates_frame(NOTHING).empty


@pytest.mark.parametrize("test", [TEST, NOTHING])
@pytest.mark.parametrize("mark", [(None, None, None, ""), (0.012, 0.008, 0.02, "0.012")])
def test_it_can_be_drawn_on_light_and_dark(test: RateTest, mark: tuple[Any, ...]) -> None:
    for background, ink in (("#ffffff", "#000000"), ("#0e1117", "#f0f2f6")):
        picture = drawn(test, mark, background)
        assert "NaN" not in picture
        assert "Infinity" not in picture
        assert (f'fill="{ink}"' in picture) == bool(mark[0])
        for tick in ("1e-6", "0.001", "10"):
            assert f">{tick}</text>" in picture
        assert (">0.012</text>" in picture) == bool(mark[0])
