"""Batches on the page: both orders, the gradient's noise, and two short trainings."""

from __future__ import annotations

from app_page import AppPage
from lab_page import code_of, move, press

PIECE = "batches"
SHUFFLED, SORTED, ERROR, ANGLE, LOSSES = range(5)  # the charts, from the top


def test_it_shows_orders_noise_and_training_with_the_lines_that_ran(page: AppPage) -> None:
    assert set(page.chart_rows(SORTED)["label"]) == {"0", "1"}
    assert len(set(page.chart_rows(SHUFFLED)["label"])) == 10
    assert set(page.chart_rows(ERROR)["order"]) == {"shuffled", "sorted", "1/√size"}
    assert page.chart_rows(ANGLE)["middle"].between(0, 180).all()
    assert len(page.chart_rows(LOSSES)) == 2 * 3 * 39
    for line in ("DataLoader(", "torch.autograd.grad(", "optimizer.step()"):
        assert line in code_of(page)


def test_shuffling_again_changes_the_shuffled_order_alone(page: AppPage) -> None:
    before = {chart: page.chart_rows(chart) for chart in range(5)}
    press(page, PIECE, "shuffle")
    changed = [chart for chart in range(5) if not page.chart_rows(chart).equals(before[chart])]
    assert changed == [SHUFFLED]


def test_the_batch_size_decides_how_many_batches_an_epoch_has(page: AppPage) -> None:
    move(page, PIECE, batch_size=256, epochs=1)
    assert len(page.chart_rows(LOSSES)) == 2 * 5
    assert "epoch 2" not in page.html


def test_a_trained_network_can_be_measured(page: AppPage) -> None:
    before = page.chart_rows(ERROR)
    move(page, PIECE, before=3)
    assert not page.chart_rows(ERROR).equals(before)
