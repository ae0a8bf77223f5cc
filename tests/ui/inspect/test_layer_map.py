"""The map of the last hidden layer, the neighbours of an image, and weak slices, on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest
from app_page import AppPage
from inspecting import fill, inspected, tiles, to_epoch, truth_of

from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.service import service
from playground.ui.inspect.map_view import POINT
from playground.ui.inspect.neighbours import near_text

Open = Callable[..., AppPage]
MAP = "Map and neighbours"


def mapped(open_page: Open, **settings: str) -> AppPage:
    """Look at the map of a run, once it is there."""
    page = inspected(open_page, MAP, **settings)
    page.until(lambda: page.app.get("vega_lite_chart"))
    return page


def kept(page: AppPage) -> list[int]:
    return RunFolder.of(page.run_id).epochs(WEIGHTS)


def choose_first(page: AppPage) -> int:
    """Choose the first image that the select box offers; return its position."""
    page.app.selectbox(key="inspect-image").select_index(0)
    page.look()
    return int(page.app.session_state["inspect-image"])


def test_a_step_of_the_slider_moves_the_points_of_the_map_and_marks_the_mistakes(
    open_page: Open,
) -> None:
    page = mapped(open_page)
    assert kept(page)
    places = {}
    for chosen, epoch in (("latest", 3), ("0", 0)):
        to_epoch(page, chosen)
        assert not any("Looking into the network" in text for text in page.words)
        points = page.chart_rows(0)
        assert len(points) == 216
        labels, said = truth_of(page, epoch)
        positions = points["position"].to_numpy()
        assert (points["class"].astype(int) == labels[positions]).all()
        assert ((points["answer"] == "right") == (labels == said)[positions]).all()
        wrong = int((labels != said).sum())
        assert page.says(f"Mistakes on the map: {wrong} image")
        places[epoch] = points[["x", "y"]].to_numpy()
    assert not np.array_equal(places[0], places[3])
    assert page.says("216 validation images by the 16 numbers that the last linear layer gets")
    spec = page.chart_spec(0)
    fill(page, "inspect-class", 4)
    points = page.chart_rows(0)
    assert (points["faint"] == (points["class"] != "4")).all()
    assert page.chart_spec(0) == spec  # only rows change, so nothing blinks


def test_pictures_on_the_map_are_small(open_page: Open) -> None:
    points = mapped(open_page).chart_rows(0)
    assert points["image"].str.startswith("data:image/png;base64,").all()
    assert points["image"].str.len().max() < 600


def test_an_image_on_the_map_has_neighbours_a_way_and_a_closer_look(open_page: Open) -> None:
    page = mapped(open_page)
    assert page.says("Press a point of the map")
    before = tiles(page)
    position = choose_first(page)
    assert tiles(page) == before + 8 + 1
    labels = re.findall(r"Training image \d+, label (\d)", page.html)
    assert len(labels) == 8
    truth, said = (values[position] for values in truth_of(page, 3))
    marks = [f"tile {'right' if label == str(truth) else 'wrong'}" for label in labels]
    assert page.html.count("Training image") == 8
    assert [page.html.count(kind) >= marks.count(kind) for kind in set(marks)]
    assert page.says(near_text(labels))
    assert page.says(f"is {truth}; after epoch 3 the network says {said}")
    rows = page.chart_rows(0)
    way = rows[rows["kind"] == "path"]
    assert len(way) == 1 + len(kept(page))
    [chosen] = rows[rows["chosen"].astype(bool)][["x", "y"]].to_numpy()
    assert way[["x", "y"]].to_numpy()[-1].tolist() == chosen.tolist()
    to_epoch(page, "0")
    assert (page.chart_rows(0)["kind"] == "path").sum() == 1


def test_a_click_on_a_point_chooses_its_image_for_all_views(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.ui.inspect import map_view

    state = {"selection": {POINT: [{"position": 3}, {"position": -1}]}}
    chosen: list[int] = []
    monkeypatch.setattr(type(map_view._MAP), "get", lambda _: state)
    monkeypatch.setattr(type(map_view.IMAGE), "set", lambda _, value: chosen.append(value))
    map_view._take_click()
    assert chosen == [3]


def test_tsne_comes_when_a_button_is_pressed(open_page: Open) -> None:
    page = mapped(open_page)
    by_pca = page.chart_rows(0)[["x", "y"]].to_numpy()
    fill(page, "inspect-map-method", "t-SNE")
    assert not page.app.get("vega_lite_chart")
    page.press("inspect-compute-t-SNE")
    page.until(lambda: page.app.get("vega_lite_chart"))
    assert not np.array_equal(page.chart_rows(0)[["x", "y"]].to_numpy(), by_pca)
    assert "hold" not in " ".join(page.words)
    choose_first(page)
    page.until(lambda: "Training image" in page.html)


def test_a_map_that_is_given_up_is_offered_again(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = inspected(open_page, "Confusion", **{"training.seed": "11"})
    monkeypatch.setattr("playground.ui.inspect.last_layer._PATIENCE", 0.0)
    fill(page, "inspect-view", MAP)
    assert page.says("Asking the process that computes") or page.says("Looking into the network")
    page.press("inspect-map-PCA-cancel")
    assert not page.app.get("vega_lite_chart")
    page.press("inspect-compute-PCA")
    page.until(lambda: page.app.get("vega_lite_chart"))


def test_training_images_that_have_gone_from_the_disk_are_made_again(
    open_page: Open, playground_home: Path
) -> None:
    page = mapped(open_page)
    choose_first(page)
    assert "Training image" in page.html
    rmtree(playground_home / "samples")
    page.look()
    assert page.says("The training images are no longer on disk")
    page.until(lambda: "Training image" in page.html)


def test_a_map_of_more_epochs_takes_the_place_of_the_one_before(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = mapped(open_page)
    some = (0, *kept(page))
    with monkeypatch.context() as patch:
        patch.setattr("playground.ui.inspect.map_view.kept_epochs", lambda _: some[:1])
        page.until(lambda: page.says("Shown is epoch 0"))
    state = page.app.session_state["inspect-map-PCA"]
    assert state.epochs == state.drawn == (0,)
    asked = set(service().inquiries._answers)
    page.until(lambda: not page.says("Shown is epoch 0"))
    gone = asked - set(service().inquiries._answers)
    assert [question.epochs for question in gone] == [(0,)]
    assert page.app.session_state["inspect-map-PCA"].drawn == some


def test_where_no_weights_are_kept_the_page_says_so(open_page: Open) -> None:
    page = inspected(open_page, "Confusion", **{"training.seed": "12"})
    folder = RunFolder.of(page.run_id)
    for epoch in kept(page):
        folder.remove(WEIGHTS, epoch)
    fill(page, "inspect-view", MAP)
    page.until(lambda: page.app.get("vega_lite_chart"))
    assert page.says("Shown is epoch 0, the nearest whose network is known here")


def test_slices_are_judged_beside_the_rest_and_open_as_images(open_page: Open) -> None:
    page = inspected(open_page, "Weak slices")
    rows = page.chart_rows(0)
    assert 4 <= len(rows) <= 8
    assert ((rows["low"] <= rows["accuracy"]) & (rows["accuracy"] <= rows["high"])).all()
    weak = rows[rows["kind"] == "weaker"]
    assert page.says("Weaker than the rest" if len(weak) else "No weak slice found")
    assert page.says(f"Corrected for the {len(rows)} slices tried")
    for name in rows["slice"]:
        fill(page, "inspect-slice", name)
        told = rows[rows["slice"] == name]["words"].iloc[0]
        assert page.says(f"{name.capitalize()}, wrong ones first: {told.split()[2][:-1]} images")
    fill(page, "inspect-class", 3)
    assert page.says("There is no slice to judge")
