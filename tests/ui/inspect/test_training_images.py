"""The training images on the Inspect page: mistakes, lives, verdicts, and labels to doubt."""

from __future__ import annotations

import re
from collections.abc import Callable
from shutil import rmtree

import numpy as np
from app_page import AppPage
from inspecting import fill, inspected, tiles, to_epoch, truth_of

from playground.analysis.label_errors import suspects
from playground.run.artifacts import TRAINING_PROBABILITIES
from playground.run.folder import RunFolder
from playground.run.image_sets import ImageSet
from playground.service import service
from playground.service.predictions import _read_images, images_of, probabilities

Open = Callable[..., AppPage]
SMALL = {"data.training_images": "300", "training.batch_size": "32"}


def told(page: AppPage, epoch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return numbers and labels of the training images, and what was said, as on disk."""
    started = page.run.started
    assert started is not None
    data = images_of("training", started.training_key)
    shares = probabilities(page.run_id, epoch, "training")
    assert data is not None
    assert shares is not None
    return data.indices, data.labels, shares.argmax(axis=1)


def in_training(open_page: Open, view: str, **settings: str) -> AppPage:
    page = inspected(open_page, view, **SMALL, **settings)
    fill(page, "inspect-role", "training")
    return page


def test_the_worst_mistakes_and_the_lives_of_training_images(open_page: Open) -> None:
    page = in_training(open_page, "Worst mistakes")
    _, labels, said = told(page, 3)
    assert page.says(f"Wrong answers: {(labels != said).sum()} image")
    assert "Training image" in page.html
    fill(page, "inspect-view", "Life of each image")
    right = np.stack([np.equal(*told(page, epoch)[1:]) for epoch in (1, 2, 3)])
    fill(page, "inspect-fate", "learned")
    assert page.says(f"Learned: {right[-1].sum()} image")
    fill(page, "inspect-life-picture", "mean and spread")
    points = page.chart_rows(0)
    assert len(points) == 300
    for region, count in points["region"].value_counts().items():
        fill(page, "inspect-region", region)
        assert page.says(f"{str(region).capitalize()} to learn: {count} image")
        assert tiles(page) == min(24, count)
    to_epoch(page, "1")
    assert page.says("One epoch has no spread")
    fill(page, "inspect-role", "validation")
    assert page.says("One epoch has no spread")


def test_a_verdict_is_kept_with_the_run_and_a_new_run_does_without_the_image(
    open_page: Open,
) -> None:
    page = in_training(open_page, "Worst mistakes")
    indices, labels, said = told(page, 3)
    first, kept = page.run_id, page.run.started
    box = page.app.selectbox(key="inspect-training-image")
    box.select_index(0)
    page.look()
    position = page.app.selectbox(key="inspect-training-image").value
    image = int(indices[position])
    assert labels[position] != said[position]
    fill(page, f"inspect-verdict-{first}-{image}", "label wrong")
    assert {each.image: each.verdict for each in service().verdicts.of(first).values()} == {
        image: "label wrong"
    }
    assert f"image {image} · " in page.html
    assert page.html.count("verdict: label wrong") == 2
    assert page.says("label wrong: 1, ambiguous: 0")
    assert page.app.get("download_button")
    assert page.app.button(key="inspect-train-without").label == "Train without 1 image"
    page.press("inspect-train-without")
    page.until(lambda: page.run_id != first and page.run.status.is_over)
    setup, started = page.run.experiment, page.run.started
    assert setup.data.left_out == (image,)
    assert kept is not None
    assert started is not None
    assert started.training_images == 299
    assert started.validation_key == kept.validation_key
    assert image not in told(page, 3)[0]


def test_labels_are_doubted_by_networks_that_have_not_seen_the_images(open_page: Open) -> None:
    page = inspected(open_page, "Wrong labels?", **SMALL)
    labels, _ = truth_of(page, 3)
    shares = probabilities(page.run_id, 3)
    assert shares is not None
    assert page.says(f"Labels to doubt: {len(suspects(labels, shares))} image")
    assert page.says("about half of the suspects")
    fill(page, "inspect-role", "training")
    assert page.says("it repeats their labels")
    page.press("inspect-suspects-go")
    page.until(lambda: page.says("of 300 training images are suspect"))
    [count] = [
        int(found[1]) for text in page.words if (found := re.match(r"(\d+) of 300 training", text))
    ]
    assert tiles(page) == min(24, count)
    assert "since epoch" not in page.html
    assert "never right" not in page.html


def test_images_that_were_swept_are_made_again_and_a_run_without_a_record_says_so(
    open_page: Open,
) -> None:
    page = inspected(open_page, "Worst mistakes", **SMALL)
    started = page.run.started
    assert started is not None
    rmtree(ImageSet("training", started.training_key).folder)  # swept: they are made again
    _read_images.cache_clear()
    fill(page, "inspect-role", "training")
    page.until(lambda: "Training image" in page.html)
    fill(page, "inspect-role", "validation")
    folder = RunFolder.of(page.run_id)
    for epoch in range(4):
        folder.remove(TRAINING_PROBABILITIES, epoch)
    fill(page, "inspect-role", "training")
    assert page.says("What this run says of its training images is not here")
