"""Devices on the page: one bar each, measured again at the press of a button."""

from __future__ import annotations

from app_page import AppPage
from lab_page import code_of, move, press

from playground.service import service

PIECE = "device"


def test_each_device_of_the_worker_has_a_bar_in_four_parts(page: AppPage) -> None:
    rows = page.chart_rows(0)
    environment = service().environment
    assert environment is not None
    bars = len(environment.devices) + (environment.cores > 1)
    assert len(rows) == 4 * bars
    assert rows["part"].unique().tolist() == ["fetch batch", "forward", "backward", "update"]
    assert (rows["milliseconds"] > 0).all()
    assert any("Fastest here" in text for text in page.words)
    assert "def timed_step(" in code_of(page)


def test_measuring_again_measures_again(page: AppPage) -> None:
    before = page.chart_rows(0)
    press(page, PIECE, "again")
    after = page.chart_rows(0)
    assert after["device"].tolist() == before["device"].tolist()
    assert not after["milliseconds"].equals(before["milliseconds"])


def test_the_network_and_the_batch_size_can_be_chosen(page: AppPage) -> None:
    move(page, PIECE, network="cnn", batch_size=4)
    assert any("CNN with hidden sizes 16, 32" in text for text in page.words)
