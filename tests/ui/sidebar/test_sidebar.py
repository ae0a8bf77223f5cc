"""The sidebar: which settings it offers, and what it says of values that no run can have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage

from playground.experiment import Experiment
from playground.experiment.fields import choices, paths
from playground.service import RunStatus

Open = Callable[..., AppPage]
WITH_SETTINGS = ("data.normalization", "data.validation", "model.architecture", "optimizer.name")


def assert_refused(page: AppPage, *parts: str) -> None:
    """Train cannot be pressed, and one sentence says why."""
    assert not page.can_press("train")
    [error] = page.errors
    for part in parts:
        assert part in error


@pytest.mark.parametrize(
    ("path", "name"),
    [(path, name) for path in WITH_SETTINGS for name in choices()[path].names],
)
def test_a_choice_shows_only_the_settings_it_uses(open_page: Open, path: str, name: str) -> None:
    page = open_page({"data.dataset": "shapes", path: name})
    # Each pitfall has a switch of its own, and a mystery a code to type: tested with them.
    assert page.offered | {"training.pitfalls", "training.mystery"} == (
        set(paths()) - page.draft.unused()
    )
    assert not page.errors
    assert page.can_press("train")


def test_mirroring_digits_is_doubted_and_the_shift_of_a_crop_can_be_chosen(
    open_page: Open,
) -> None:
    page = open_page({"data.augmentation": "crop_flip"})
    assert any("mirrors half of the training images" in words for words in page.warnings)
    page.choose("data.crop_shift", 2)
    page.choose("data.augmentation", "crop")
    assert page.draft.data.crop_shift == 2
    assert not page.warnings


def test_classes_are_chosen_and_those_of_another_data_set_let_go(open_page: Open) -> None:
    page = open_page()
    page.choose("data.classes", ["8", "3"])
    assert page.draft.data.classes == ("3", "8")
    page.choose("data.dataset", "mnist")
    assert page.draft.data.classes == ("3", "8")
    page.choose("data.dataset", "shapes")
    assert page.draft.data.classes == ()
    assert not page.errors
    page.choose("data.classes", ["star"])
    assert_refused(page, '"star" alone', "at least two classes of Shapes, or none for all")
    page.choose("data.classes", ["star", "ring"])
    assert page.can_press("train")


@pytest.mark.parametrize(
    ("path", "typed", "parts"),
    [
        ("data.mean", "half", ('Mean cannot contain "half"', "such as 0.1307")),
        ("data.mean", "", ("There is no mean", "one number")),
        ("data.mean", "130", ("Mean 130", "at most 10")),
        ("data.std", "0", ("Std 0", "at least 0.001")),
        ("data.std", "nan", ('Std cannot contain "nan"',)),
        ("data.std", "0.5, 0.5", ("The std has 2 numbers", "1 channel")),
        ("data.training_images", 3, ("at least 10",)),
        ("data.training_images", 99_999, ("99,999", "Digits")),
        ("model.hidden_sizes", "12, abc", ('"abc"', "whole numbers")),
        ("model.hidden_sizes", "0", ("Hidden size 0", "at least 1")),
        ("model.hidden_sizes", "-3", ("Hidden size -3", "at least 1")),
        ("model.hidden_sizes", "1000000", ("Hidden size 1000000", "at most 8192")),
        ("model.hidden_sizes", ", ".join(["8"] * 40), ("40", "at most 32")),
        ("model.hidden_sizes", "**bold**, <b>", ("**bold**",)),
        ("training.batch_size", "5000", ("5,000", "at most 1221")),
        ("training.batch_size", "lots", ('"lots"', "whole number")),
        ("training.batch_size", "0", ("Batch size 0", "at least 1")),
        ("training.epochs", 0, ("Epochs 0", "at least 1")),
        ("training.epochs", 100_000, ("at most 1000",)),
        ("training.seed", -1, ("Seed -1", "at least 0")),
    ],
)
def test_a_value_that_cannot_be_is_told_and_not_cut(
    open_page: Open, path: str, typed: object, parts: tuple[str, ...]
) -> None:
    page = open_page({"data.normalization": "custom"})
    before = page.draft
    page.choose(path, typed)
    assert_refused(page, *parts)
    assert page.draft == before


@pytest.mark.parametrize(("typed", "sizes"), [("16", (16,)), ("none", ()), ("[8, 4]", (8, 4))])
def test_hidden_sizes_that_are_mended_are_taken(
    open_page: Open, typed: str, sizes: tuple[int, ...]
) -> None:
    page = open_page()
    page.choose("model.hidden_sizes", "12, abc")
    page.choose("model.hidden_sizes", typed)
    page.until_ready()
    assert not page.errors
    assert page.can_press("train")
    assert page.draft.model.hidden_sizes == sizes


def test_mean_and_std_are_one_number_or_one_per_channel(open_page: Open) -> None:
    page = open_page({"data.dataset": "shapes", "data.normalization": "custom"})
    page.choose_all({"data.mean": "0.49, 0.48, 0.45", "data.std": "0.25"})
    page.until_ready()
    assert not page.errors
    assert page.draft.data.mean == (0.49, 0.48, 0.45)
    assert page.draft.data.std == (0.25,)
    page.choose("data.dataset", "digits")
    assert_refused(page, "The mean has 3 numbers", "1 channel")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("training.accumulation", 4),
        ("training.shuffle", False),
        ("training.loss", "nll"),
        ("training.train_accuracy", "after_epoch"),
    ],
)
def test_how_it_is_trained_can_be_chosen(open_page: Open, path: str, value: object) -> None:
    page = open_page()
    page.choose(path, value)
    assert page.draft == Experiment().replace({path: value})


def test_a_choice_brings_its_settings_at_once_and_keeps_their_values(open_page: Open) -> None:
    page = open_page()
    assert "optimizer.momentum" not in page.offered
    page.choose("optimizer.name", "sgd")
    page.choose("optimizer.momentum", 0.5)
    page.choose("optimizer.name", "adam")
    assert "optimizer.momentum" not in page.offered
    page.choose("optimizer.name", "rmsprop")
    assert page.widget("optimizer.momentum").value == 0.5
    assert page.draft.optimizer.momentum == 0.5


def test_bad_values_leave_the_run_that_trains_untouched(open_page: Open) -> None:
    page = open_page({"training.epochs": "1000", "training.batch_size": "8"})
    page.press("train")
    page.until(lambda: len(page.run.epochs) >= 1)
    before = page.run
    page.choose("model.hidden_sizes", "12, abc")
    assert_refused(page, '"abc"')
    page.until(lambda: len(page.run.epochs) > len(before.epochs))
    assert page.run.status is RunStatus.RUNNING
    assert page.run.experiment == before.experiment
    assert page.can_press("pause")
    assert page.can_press("stop")


def test_every_wrong_value_is_told_at_once(open_page: Open) -> None:
    page = open_page()
    page.choose("model.hidden_sizes", "abc")
    page.choose("training.batch_size", "lots")
    page.choose("training.epochs", 0)
    assert_refused(page, '"abc"', '"lots"')


def test_a_network_that_does_not_fit_its_images_is_told(open_page: Open) -> None:
    page = open_page({"model.architecture": "cnn_20_50"})
    assert_refused(page, "image size")
    page.choose("data.image_size", 28)
    page.until_ready()
    assert not page.errors
    assert page.can_press("train")


def test_the_network_is_described_anew_after_each_change(open_page: Open) -> None:
    page = open_page()
    assert any("4,810 parameters" in text and "1×8×8 → 64 → 10" in text for text in page.words)
    page.choose("model.hidden_sizes", "32, 16")
    page.until_ready()
    # 64·32 + 32, 32·16 + 16 and 16·10 + 10
    assert page.says("2,778 parameters")
    assert page.says("1×8×8 → 32 → 16 → 10")


def test_back_to_the_defaults_resets_every_setting(open_page: Open) -> None:
    page = open_page({"model.architecture": "linear", "training.epochs": "3", "training.seed": "9"})
    page.press_label("Back to the defaults")
    page.until_ready()
    assert page.draft == Experiment()
    assert page.widget("training.epochs").value == 20
    assert page.widget("model.hidden_sizes").value == "64"
