"""The Inspect page, with the real worker behind it: each number opens the images it counts."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from app_page import TRAIN_PAGE, AppPage
from inspecting import fill, inspected, tiles, to_epoch, truth_of

from playground.ui.inspect.epoch_bar import PLAY_SECONDS
from playground.ui.inspect.inspect_view import LIVE_SECONDS, seconds_to_next_look
from playground.ui.state import INSPECT_PAGE

Open = Callable[..., AppPage]


def test_before_a_run_and_before_its_first_epoch_the_page_says_what_is_missing(
    open_page: Open,
) -> None:
    page = open_page()
    page.turn_to(INSPECT_PAGE)
    assert page.says("There is no run to look into yet")
    assert page.app.get("page_link")


def test_the_wall_of_the_train_page_leads_here_once_an_epoch_is_done(open_page: Open) -> None:
    page = open_page({"training.epochs": "1"})
    page.train("Finished 1 epoch")
    [link] = [each.proto for each in page.app.get("page_link") if "Inspect" in each.proto.label]
    assert (link.page, link.disabled) == ("inspect", False)
    page.turn_to(INSPECT_PAGE)
    assert page.says("After epoch 1 of 1")


def test_the_slider_goes_from_the_untrained_network_to_the_latest_epoch(open_page: Open) -> None:
    page = inspected(open_page)
    slider = page.app.select_slider(key=f"inspect-epoch-{page.run_id}")
    assert slider.options == ["0", "1", "2", "latest"]
    for chosen, epoch in (("latest", 3), ("1", 1), ("0", 0)):
        to_epoch(page, chosen)
        labels, said = truth_of(page, epoch)
        assert page.says(f"{(labels == said).sum()} of 216 validation images are right")
    assert page.says("Before the first step")


def test_play_shows_each_epoch_up_to_the_latest_and_ends_there(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = inspected(open_page)
    now = 100.0
    monkeypatch.setattr("playground.ui.inspect.epoch_bar.monotonic", lambda: now)
    page.press("inspect-play")
    shown = []
    for _ in range(8):
        page.look()  # too early for the next one
        shown.append(page.app.select_slider(key=f"inspect-epoch-{page.run_id}").value)
        now += 1.0
        page.look()
    assert shown == ["0", "1", "2", *["latest"] * 5]
    assert page.app.button(key="inspect-play").label == "Play"
    page.press("inspect-play")
    page.press("inspect-play")
    now += 5.0
    page.look()
    assert page.app.select_slider(key=f"inspect-epoch-{page.run_id}").value == "0"
    page.press("inspect-play")
    page.turn_to(TRAIN_PAGE)
    now += 5.0
    page.turn_to(INSPECT_PAGE)  # it goes on where it was
    assert page.app.select_slider(key=f"inspect-epoch-{page.run_id}").value == "1"
    assert page.app.button(key="inspect-play").label == "Stop"
    assert page.app.session_state["inspect-polls"] == PLAY_SECONDS


def test_the_page_follows_a_run_that_trains(open_page: Open) -> None:
    page = open_page({"training.epochs": "1000", "training.batch_size": "8"})
    page.press("train")
    page.turn_to(INSPECT_PAGE)

    def epoch() -> int:
        found = [re.match(r"After epoch (\d+) of 1000:", text) for text in page.words]
        return max((int(each[1]) for each in found if each), default=0)

    page.until(lambda: epoch() > 0)
    first = epoch()
    page.until(lambda: epoch() > first)
    assert seconds_to_next_look(page.session) == LIVE_SECONDS


def test_a_cell_opens_its_images_by_select_boxes_and_by_click(open_page: Open) -> None:
    page = inspected(open_page)
    labels, said = truth_of(page, 3)
    cells = page.chart_rows(0)
    assert cells["count"].sum() == 216
    wrong = cells[~cells["right"]].sort_values("count").iloc[-1]
    truth, taken = int(wrong["truth_number"]), int(wrong["said_number"])
    count = int(((labels == truth) & (said == taken)).sum())
    assert count == wrong["count"]
    fill(page, "inspect-truth", truth)
    fill(page, "inspect-said", taken)
    assert page.says(f"{truth} taken for {taken}: {count} image")
    assert tiles(page) == min(count, 24)
    assert page.html.count(f"says {taken} with") >= count
    assert page.chart_rows(0)["chosen"].sum() == 1


def test_a_sentence_names_the_most_confused_pair_and_opens_it(open_page: Open) -> None:
    page = inspected(open_page)
    labels, said = truth_of(page, 3)
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (labels, said), labels != said)
    sentence = page.app.button(key="inspect-pair-0").label.replace("\\", "")
    found = re.fullmatch(
        r"(\d) taken for (\d): (\d+) times?, (since epoch \d|from the start)", sentence
    )
    assert found, sentence
    assert int(found[3]) == matrix.max() == matrix[int(found[1]), int(found[2])]
    page.press("inspect-pair-0")
    assert tiles(page) == min(matrix.max(), 24)


def test_shares_of_rows_and_columns_add_up(open_page: Open) -> None:
    page = inspected(open_page)
    labels, said = truth_of(page, 3)
    for measure, of in (("row %", labels), ("column %", said)):
        fill(page, "inspect-measure", measure)
        cells = page.chart_rows(0)
        key = "truth_number" if measure == "row %" else "said_number"
        sums = cells.assign(text=cells["text"].astype(int)).groupby(key)["text"].sum()
        assert sorted(sums.index) == sorted(set(of))
        assert ((sums - 100).abs() <= 5).all()


def test_the_table_of_classes_and_the_chosen_line(open_page: Open) -> None:
    page = inspected(open_page)
    assert page.app.dataframe[0].value["Images"].sum() == 216
    assert not page.chart_rows(1)["chosen"].any()
    fill(page, "inspect-class", 4)
    lines = page.chart_rows(1)
    assert set(lines[lines["chosen"]]["class"]) == {"4"}
    assert sorted(set(lines["epoch"])) == [0, 1, 2, 3]


def test_one_image_is_looked_at_closely_over_all_epochs(open_page: Open) -> None:
    page = inspected(open_page)
    fill(page, "inspect-truth", 7)
    box = page.app.selectbox(key="inspect-image")
    options = box.options
    box.select_index(0)
    page.look()
    assert page.says(f"Image {options[0]}")
    assert '<table class="shares">' in page.html
    life = page.chart_rows(1)
    assert life["epoch"].tolist() == [0, 1, 2, 3]
    to_epoch(page, "1")
    assert page.chart_rows(1)["given"].tolist() == life["given"].tolist()
    assert page.says("What it says after epoch 1")
