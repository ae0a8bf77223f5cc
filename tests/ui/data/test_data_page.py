"""The Data page: what the network is going to see, or how to get it."""

from __future__ import annotations

import re
from collections.abc import Callable

from app_page import DATA_PAGE, TRAIN_PAGE, AppPage
from brought import bring_points

from playground.experiment.catalog import DATASETS

Open = Callable[..., AppPage]


def turn_to_data(page: AppPage) -> None:
    page.turn_to(DATA_PAGE)
    page.until(lambda: not page.app.get("progress"))


def test_it_shows_counts_bars_and_samples_of_every_class(open_page: Open) -> None:
    page = open_page()
    turn_to_data(page)
    assert page.metrics == {
        "Image": "1×8×8",
        "Training images": "1,221",
        "Validation images": "216",
        "Test images": "360",
    }
    bars = page.chart_rows(0)
    assert bars.groupby("role")["images"].sum().to_dict() == {
        "train": 1221,
        "validation": 216,
        "test": 360,
    }
    for name in DATASETS["digits"].class_names:
        assert f'<th scope="row">{name}</th>' in page.html
        assert page.html.count(f'alt="{name}, as it is"') > 0
        assert page.html.count(f'alt="{name}, as it is"') == page.html.count(
            f'alt="{name}, as the network gets it"'
        )


def test_points_that_somebody_brings_are_shown_as_numbers_and_trained_on(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    bring_points()
    page.look()
    page.choose("data.dataset", "points")
    turn_to_data(page)
    page.until(lambda: page.metrics.get("Numbers") == "2")
    assert page.metrics["Training images"] == "204"
    assert '<th scope="row">inside</th>' in page.html
    assert re.search(r'<span class="strip">\(−?\d+\.\d\d, −?\d+\.\d\d\)', page.html)
    page.choose("data.augmentation", "crop")
    assert any("changes images, and Points has none" in text for text in page.errors)
    page.choose("data.augmentation", "none")
    page.app.switch_page(TRAIN_PAGE)
    page.look()
    page.press("train")
    page.until(lambda: page.progress.startswith("Finished 2 epochs"))
    page.look()
    assert 'alt="Validation image' in page.html


def test_it_follows_the_sidebar(open_page: Open) -> None:
    page = open_page()
    turn_to_data(page)
    page.choose("data.image_size", 16)
    page.choose("data.validation", "official")
    page.until(lambda: page.metrics.get("Image") == "1×16×16")
    page.until(lambda: page.metrics.get("Training images") == "1,437")
    assert page.metrics["Validation images"] == page.metrics["Test images"] == "360"


def test_it_says_when_the_sidebar_needs_mending(open_page: Open) -> None:
    page = open_page()
    page.choose("training.batch_size", "lots")
    turn_to_data(page)
    assert any("need mending first" in info.value for info in page.app.info)
    assert page.metrics["Training images"] == "1,221"


def test_images_that_are_not_here_are_offered_for_download(open_page: Open) -> None:
    page = open_page({"data.dataset": "mnist"})
    turn_to_data(page)
    [warning] = page.warnings
    assert "MNIST is not on this machine" in warning
    assert "Digits or Shapes, which need no download" in warning
    page.press("download")
    page.until(lambda: any("could not be downloaded" in text for text in page.warnings))
    page.choose("data.dataset", "digits")
    page.until(lambda: page.metrics.get("Training images") == "1,221")
    assert not page.warnings


def test_training_without_network_is_refused_in_a_sentence_and_digits_work(
    open_page: Open,
) -> None:
    page = open_page({"data.dataset": "mnist", "training.epochs": "1"})
    page.until_images()
    assert any("MNIST" in info.value and "Digits or Shapes" in info.value for info in page.app.info)
    page.press("train")
    page.until(lambda: page.run.status.is_over)
    page.look()
    assert page.progress == "Failed after 0 of 1 epochs"
    [error] = page.errors
    assert "MNIST could not be downloaded" in error
    assert "Digits or Shapes" in error
    page.choose("data.dataset", "digits")
    page.train("Finished 1 epoch")
    assert not page.errors


def test_the_way_back_leads_to_a_page_that_trains(open_page: Open) -> None:
    page = open_page({"training.epochs": "1"})
    turn_to_data(page)
    page.turn_to(TRAIN_PAGE)
    page.train("Finished 1 epoch")
