"""The other views of the Inspect page: mistakes, lives, changes, confidence."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from app_page import TRAIN_PAGE, AppPage
from inspecting import fill, inspected, tiles, to_epoch, truth_of

from playground.analysis.calibration import CalibrationError
from playground.run.artifacts import PROBABILITIES
from playground.run.folder import RunFolder
from playground.ui.inspect.confidence_view import error_text, temperature_text, threshold_text
from playground.ui.state import INSPECT_PAGE

Open = Callable[..., AppPage]


def rights(page: AppPage, *epochs: int) -> np.ndarray:
    """Return which images were right after each epoch, `[E, N]`."""
    return np.stack([np.equal(*truth_of(page, epoch)) for epoch in epochs])


def test_the_worst_mistakes_are_told_in_words_by_rising_probability_of_the_true_class(
    open_page: Open,
) -> None:
    page = inspected(open_page, "Worst mistakes")
    wrong = int((~rights(page, 3)).sum())
    assert page.says(f"Wrong answers: {wrong} images")
    told = re.findall(
        r"says \d with [\d.]+\s%, true class \d got (?:less than )?([\d.]+)\s%", page.html
    )
    shares = [float(share) for share in told[::2]]  # in the picture's words, and beside it
    assert len(shares) == tiles(page) == min(24, wrong)
    assert shares == sorted(shares)
    assert re.search(r"image \d+ · wrong (since epoch \d|from the start)", page.html)
    fill(page, "inspect-class", 8)
    of_class = int((~rights(page, 3)[0] & (truth_of(page, 3)[0] == 8)).sum())
    assert tiles(page) == min(24, of_class)
    assert page.html.count("true class 8 got") == 2 * tiles(page)


def test_pages_of_images_hold_each_of_them_once(open_page: Open) -> None:
    page = inspected(open_page, "Worst mistakes", **{"training.epochs": "3"})
    to_epoch(page, "0")
    wrong = int((~rights(page, 0)).sum())
    seen: list[str] = []
    for number in range(1, -(-wrong // 24) + 1):
        fill(page, "inspect-page-mistakes", number)
        seen += re.findall(r'class="number">image (\d+)', page.html)
    assert len(seen) == len(set(seen)) == wrong


def test_every_image_is_counted_as_learned_forgotten_or_never_learned(open_page: Open) -> None:
    page = inspected(open_page, "Life of each image")
    right = rights(page, 1, 2, 3)
    expected = {
        "learned": int(right[-1].sum()),
        "forgotten": int((~right[-1] & right.any(axis=0)).sum()),
        "never learned": int((~right.any(axis=0)).sum()),
    }
    for fate, count in expected.items():
        fill(page, "inspect-fate", fate)
        assert page.says(f"{fate.capitalize()}: {count} image")
        assert tiles(page) == min(24, count)
    cells = page.chart_rows(0)
    assert sorted(set(cells["epoch"])) == [0, 1, 2, 3]
    assert cells[cells["epoch"] == 3]["images"].sum() == 216
    fill(page, "inspect-life-row-typed", 1)
    assert page.says("Row 1 of the picture: 2 images")
    to_epoch(page, "0")
    assert page.says("Before the first step nothing has been learned")


def test_what_changed_between_two_epochs_opens_as_images(open_page: Open) -> None:
    page = inspected(open_page, "What changed")
    before, after = rights(page, 1, 3)
    expected = {
        "fixed": int((~before & after).sum()),
        "newly-broken": int((before & ~after).sum()),
        "still-wrong": int((~before & ~after).sum()),
        "still-right": int((before & after).sum()),
    }
    for change, count in expected.items():
        key = f"inspect-change-{change}"
        assert page.app.button(key=key).label == f"{change.replace('-', ' ')}: {count}"
        page.press(key)
        assert tiles(page) == min(24, count)
    fixed, broken = expected["fixed"], expected["newly-broken"]
    assert page.says(f"Of 216 images, {fixed} were fixed and {broken} newly broken")
    assert page.says("McNemar's exact test, p")


def test_what_was_chosen_and_is_not_there_any_more_is_let_go(open_page: Open) -> None:
    page = inspected(open_page, "What changed")
    to_epoch(page, "1")
    assert page.app.selectbox(key="inspect-before").value == 2
    fill(page, "inspect-before", 3)
    to_epoch(page, "latest")
    assert page.app.selectbox(key="inspect-before").value == 1
    fill(page, "inspect-view", "Confusion")
    page.turn_to(TRAIN_PAGE)
    state = page.app.session_state
    state["inspect-image"], state["inspect-class"], state["inspect-truth"] = 10**6, 99, 99
    page.turn_to(INSPECT_PAGE)
    assert page.app.selectbox(key="inspect-truth").value is None
    assert page.app.selectbox(key="inspect-class").value is None


@pytest.mark.parametrize(
    ("said", "view"), [("Weak slices", "Weak slices"), ("<b>none</b>", "Confusion")]
)
def test_the_address_says_the_view_and_a_reload_finds_it(
    open_page: Open, said: str, view: str
) -> None:
    page = open_page({"training.epochs": "1"})
    page.train("Finished 1 epoch")
    page.app.query_params["view"] = said
    page.turn_to(INSPECT_PAGE)
    assert page.app.session_state["inspect-view"] == view
    fill(page, "inspect-view", "Layers over time")
    assert page.app.query_params["view"] in ("Layers over time", ["Layers over time"])


def test_what_changed_from_another_run_of_the_same_images(open_page: Open) -> None:
    page = inspected(open_page)
    first = page.run_id
    before = rights(page, 3)[0]
    page.turn_to(TRAIN_PAGE)
    page.choose("optimizer.learning_rate", 0.01)
    page.train("Finished 3 epochs")
    page.turn_to(INSPECT_PAGE)
    fill(page, "inspect-view", "What changed")
    fill(page, "inspect-against", "another run")
    assert page.run_id not in page.app.selectbox(key="inspect-other").options
    fill(page, "inspect-other", first)
    after = rights(page, 3)[0]
    fixed = int((~before & after).sum())
    assert page.app.button(key="inspect-change-fixed").label == f"fixed: {fixed}"


def test_confidence_is_judged_and_a_threshold_trades_answers_for_accuracy(open_page: Open) -> None:
    page = inspected(open_page, "Does it know?")
    bins = page.chart_rows(0)
    assert set(bins["series"]) == {"as it is", "after temperature scaling"}
    assert bins[bins["series"] == "as it is"]["images"].sum() == 216
    assert page.says("With 216 images even a perfectly calibrated network would look")
    assert page.says("suits it best")
    fill(page, "inspect-threshold", 0)
    assert page.says("It answers 216 of 216 images, 100.0 %")
    curve = page.chart_rows(1)
    assert curve[curve["is_threshold"]]["coverage"].tolist() == [1.0]
    fill(page, "inspect-threshold", 100)
    assert page.says("It is so sure of none of the 216 images.")
    assert not page.chart_rows(1)["is_threshold"].any()


def test_too_few_images_to_judge_confidence_are_told(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.ui.inspect.confidence_view.FEWEST_IMAGES", 217)
    page = inspected(open_page, "Does it know?")
    assert page.says("216 validation images are too few to tell: at least 217")
    assert not page.app.get("vega_lite_chart")


def test_sentences_on_confidence_name_their_numbers() -> None:
    error = CalibrationError(0.08, 0.062, 0.05, (0.0, 0.079))
    assert error_text(error, 200) == (
        "Confidence and accuracy are 8.0 points apart (root mean square over the bins). With 200 "
        "images even a perfectly calibrated network would look 6.2 points off, by chance. Without "
        "chance it is 5.0 points, 95 % interval 0.0 to 7.9."
    )
    assert "probabilities softer" in temperature_text(1.5, error, error)
    assert "probabilities sharper" in temperature_text(0.5, error, error)
    assert "temperature of 0.50 suits" in temperature_text(0.5, error, error)
    assert "at least 20.00, where the search ends, suits" in temperature_text(20.0, error, error)
    assert "at most 0.05, where the search ends, suits" in temperature_text(0.0501, error, error)
    assert threshold_text(80, 76, 100).startswith(
        "It answers 80 of 100 images, 80.0 %, and 76 of these answers are right, 95.0 % (95 % "
    )


@pytest.mark.parametrize("view", ["Confusion", "Worst mistakes", "Life of each image"])
def test_a_run_without_the_untrained_network_is_shown_from_its_first_epoch(
    open_page: Open, view: str
) -> None:
    page = inspected(open_page, view, **{"training.seed": "7"})
    RunFolder.of(page.run_id).remove(PROBABILITIES, 0)
    page.look()
    assert page.app.select_slider(key=f"inspect-epoch-{page.run_id}").options == [
        "1",
        "2",
        "latest",
    ]
