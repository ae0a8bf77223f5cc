"""The view of layers, with the real worker behind it: its numbers are those on disk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from inspecting import fill, inspected, to_epoch

from playground.run.artifacts import LAYERS
from playground.run.folder import RunFolder
from playground.service.layer_statistics import layer_statistics

Open = Callable[..., AppPage]


def test_the_layers_are_shown_at_the_epoch_of_the_slider_and_over_the_epochs(
    open_page: Open,
) -> None:
    page = inspected(open_page, "Layers over time")
    found = layer_statistics(page.run_id, 3)
    assert [each.epoch for each in found] == [0, 1, 2, 3]
    layer = found[3].layers[0]
    assert page.says("After epoch 3. Measured on 128 training images")
    lines = page.chart_rows(0)
    assert lines["epoch"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert lines["value"].iloc[-2] == pytest.approx(layer.gradient_norm)
    assert page.chart_rows(1)["count"].tolist() == layer.weights.counts.tolist()
    assert set(page.chart_rows(2)["epoch"]) == {0, 1, 2, 3}

    to_epoch(page, "0")
    assert page.says("Before the first step. Measured on")
    fill(page, "inspect-layer", "output")
    fill(page, "inspect-layer-kind", "outputs")
    fill(page, "inspect-layer-measure", "step")
    assert page.chart_rows(0)["epoch"].tolist() == [1, 1, 2, 2, 3, 3]
    assert page.chart_rows(1)["count"].tolist() == found[0].layers[1].outputs.counts.tolist()


def test_an_epoch_that_was_not_measured_shows_the_nearest_before_it_and_a_run_without_says_so(
    open_page: Open,
) -> None:
    page = inspected(open_page)
    folder = RunFolder.of(page.run_id)
    for epoch in (2, 3):
        folder.remove(LAYERS, epoch)
    fill(page, "inspect-view", "Layers over time")
    assert page.says("After epoch 1, the epoch measured that is nearest to 3.")
    for epoch in (0, 1):
        folder.remove(LAYERS, epoch)
    page.look()
    assert page.says("What the layers were like is not recorded for this run")
