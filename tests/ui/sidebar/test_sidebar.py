"""The sidebar: which settings it offers, and what it says of values that no run can have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage

from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, NORMALIZATIONS, OPTIMIZERS, VALIDATIONS
from playground.experiment.fields import paths
from playground.service import RunStatus

Open = Callable[..., AppPage]


def assert_refused(page: AppPage, *parts: str) -> None:
    """Train cannot be pressed, and one sentence says why."""
    assert not page.can_press("train")
    [error] = page.errors
    for part in parts:
        assert part in error


def test_every_setting_is_offered_somewhere(open_page: Open) -> None:
    page = open_page({"optimizer.name": "sgd", "data.normalization": "custom"})
    # Each pitfall has a switch of its own, and a mystery a code to type: tested with them.
    assert page.offered | {"training.pitfalls", "training.mystery"} == set(paths())


@pytest.mark.parametrize("name", NORMALIZATIONS.names)
def test_mean_and_std_are_offered_where_they_are_ones_own(open_page: Open, name: str) -> None:
    page = open_page({"data.normalization": name})
    assert {"data.mean", "data.std"} & page.offered == (
        {"data.mean", "data.std"} if name == "custom" else set()
    )


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
    ("path", "typed", "parts"),
    [
        ("data.mean", "half", ('Mean cannot contain "half"', "such as 0.1307")),
        ("data.mean", "", ("There is no mean", "one number")),
        ("data.mean", "130", ("Mean 130", "at most 10")),
        ("data.std", "0", ("Std 0", "at least 0.001")),
        ("data.std", "nan", ('Std cannot contain "nan"',)),
        ("data.std", "0.5, 0.5", ("The std has 2 numbers", "1 channel")),
    ],
)
def test_a_mean_or_std_that_cannot_be_is_told(
    open_page: Open, path: str, typed: str, parts: tuple[str, ...]
) -> None:
    page = open_page({"data.normalization": "custom"})
    page.choose(path, typed)
    assert_refused(page, *parts)


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


@pytest.mark.parametrize("name", OPTIMIZERS.names)
def test_an_optimizer_shows_only_the_settings_it_uses(open_page: Open, name: str) -> None:
    page = open_page({"optimizer.name": name})
    uses = OPTIMIZERS[name].uses
    for setting in ("momentum", "nesterov"):
        assert (f"optimizer.{setting}" in page.offered) == (setting in uses)


@pytest.mark.parametrize("name", ARCHITECTURES.names)
def test_an_architecture_shows_only_the_settings_it_uses(open_page: Open, name: str) -> None:
    page = open_page({"model.architecture": name, "data.dataset": "shapes"})
    uses = ARCHITECTURES[name].uses
    for setting in ("hidden_sizes", "activation", "dropout", "batch_norm"):
        assert (f"model.{setting}" in page.offered) == (setting in uses)
    assert not page.errors
    assert page.can_press("train")


@pytest.mark.parametrize("name", VALIDATIONS.names)
def test_the_validation_share_is_offered_where_there_is_one(open_page: Open, name: str) -> None:
    page = open_page({"data.validation": name})
    assert ("data.validation_share" in page.offered) == (name == "holdout")


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


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("12, abc", ('"abc"', "whole numbers")),
        ("0", ("Hidden size 0", "at least 1")),
        ("-3", ("Hidden size -3", "at least 1")),
        ("1000000", ("Hidden size 1000000", "at most 8192")),
        (", ".join(["8"] * 40), ("40", "at most 32")),
        ("**bold**, <b>", ("**bold**",)),
    ],
)
def test_hidden_sizes_that_no_network_has_are_told(
    open_page: Open, typed: str, parts: tuple[str, ...]
) -> None:
    page = open_page()
    before = page.draft
    page.choose("model.hidden_sizes", typed)
    assert_refused(page, *parts)
    assert page.draft == before
    page.choose("model.hidden_sizes", "16")
    page.until_ready()
    assert not page.errors
    assert page.can_press("train")
    assert page.draft.model.hidden_sizes == (16,)


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


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("training.batch_size", "5000", ("5,000", "at most 1221")),
        ("training.batch_size", "lots", ('"lots"', "whole number")),
        ("training.batch_size", "0", ("Batch size 0", "at least 1")),
        ("training.epochs", 0, ("Epochs 0", "at least 1")),
        ("training.epochs", 100_000, ("at most 1000",)),
        ("training.seed", -1, ("Seed -1", "at least 0")),
        ("data.training_images", 3, ("at least 10",)),
        ("data.training_images", 99_999, ("99,999", "Digits")),
    ],
)
def test_a_number_out_of_range_is_told_and_not_cut(
    open_page: Open, path: str, value: object, parts: tuple[str, ...]
) -> None:
    page = open_page()
    page.choose(path, value)
    assert_refused(page, *parts)


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
