"""Maps of images and slices as tables and pictures: rows that never shape them."""

from __future__ import annotations

import numpy as np
import pytest

from playground.analysis.image_measures import Group
from playground.analysis.weak_slices import slices
from playground.charts.export import chart_bytes
from playground.charts.layer_map import map_chart, slices_chart
from playground.charts.specs import kept_spec, spec
from playground.frames.layer_map import map_frame, slices_frame

ENDS = (-3.0, 3.0, -2.0, 2.5)


@pytest.mark.parametrize(("images", "classes"), [(1, 2), (40, 10), (60, 30)])
@pytest.mark.parametrize("chosen", [None, 0])
def test_the_map_is_drawn_and_its_rows_never_shape_it(
    images: int, classes: int, chosen: int | None
) -> None:
    rng = np.random.default_rng(images)
    names = tuple(f"class {number}" for number in range(classes))
    path = None if chosen is None else rng.standard_normal((4, 2))
    frame = map_frame(
        rng.standard_normal((images, 2)),
        np.arange(images),
        [names[number % classes] for number in range(images)],
        ["says class 1 with 50 %"] * images,
        [""] * images,
        np.arange(images) % 3 > 0,
        np.zeros(images, bool),
        chosen,
        path,
    )
    assert (frame["kind"] == "path").sum() == (0 if path is None else 4)
    assert frame["chosen"].sum() == (chosen is not None)
    points = frame[frame["kind"] == "point"]
    assert points["answer"].is_monotonic_increasing  # mistakes are drawn last
    chart = map_chart(frame, names, ENDS, False)
    assert spec(chart) == kept_spec(map_chart, names, ENDS, False)
    assert chart_bytes(chart, "svg").startswith(b"<svg")


def test_slices_stand_beside_the_rest_with_their_intervals() -> None:
    right = np.ones(200, dtype=bool)
    right[:30] = False
    groups = [Group("dark", "", np.arange(40)), Group("small", "", np.arange(100, 140))]
    frame = slices_frame(slices(groups, right, np.zeros(200, dtype=np.int64)))
    assert frame["slice"].tolist() == ["dark", "small"]
    assert frame["kind"].tolist() == ["weaker", "not clearly weaker"]
    assert frame["accuracy"].tolist() == [0.25, 1.0]
    assert frame["rest"].tolist() == [1.0, pytest.approx(130 / 160)]
    assert frame["words"][0] == "10 of 40: 25.0 %"
    chart = slices_chart(frame, 2)
    assert spec(chart) == kept_spec(slices_chart, 2)
    assert chart_bytes(chart, "svg").startswith(b"<svg")
