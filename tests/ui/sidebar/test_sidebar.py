"""The sidebar: which settings it offers, and what it says of values that no run can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from app_page import TRAIN_PAGE, AppPage

from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES
from playground.experiment.fields import choices, paths
from playground.run.records import Environment
from playground.service import RunStatus
from playground.ui.sidebar.sidebar import most_devices
from playground.ui.state import setting_key

Open = Callable[..., AppPage]
CNN = ARCHITECTURES["simple_cnn"].sizes
WITH_SETTINGS = ("data.normalization", "data.validation", "model.architecture", "optimizer.name")


def assert_refused(page: AppPage, *parts: str) -> None:
    """Train cannot be pressed, and one sentence says why."""
    assert not page.can_press("train")
    [error] = page.errors
    for part in parts:
        assert part in error


def slider(page: AppPage) -> Any:
    """Return the slider beside the typed learning rate: another for each number typed."""
    return page.app.get_by_key(
        f"slide-learning-rate-{page.app.session_state['learning-rate-slider']}"
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [(path, name) for path in WITH_SETTINGS for name in choices()[path].names],
)
def test_a_choice_shows_only_the_settings_it_uses(open_page: Open, path: str, name: str) -> None:
    page = open_page({"data.dataset": "shapes", path: name})
    # Each pitfall has a switch of its own, and a mystery a code to type: tested with them. Several
    # devices are offered where there are any.
    elsewhere = {"training.pitfalls", "training.mystery", "training.devices"}
    assert page.offered | elsewhere == set(paths()) - page.draft.unused()
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
        ("training.epochs", 2.7, ("Epochs 2.7", "whole number")),
        ("training.epochs", None, ("Epochs is empty", "whole number")),
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


def test_several_devices_can_be_chosen_and_the_choice_can_be_taken_back(open_page: Open) -> None:
    page = open_page({"training.devices": "2"})
    assert page.draft.training.devices == 2
    page.choose("training.devices", 64)
    assert_refused(page, "Batch size 64 on each of 64 devices is 4,096 images at once")
    page.choose("training.devices", 1)
    assert page.draft == Experiment()
    assert not page.errors


@pytest.mark.parametrize(
    ("gpus", "cores", "chosen", "most"),
    [
        (0, 1, "auto", 1),
        (0, 4, "auto", 4),
        (1, 4, "auto", 1),
        (1, 4, "cpu", 4),
        (3, 1, "auto", 3),
        (3, 1, "cuda", 3),
        (3, 1, "cuda:1", 2),
        (3, 1, "mps", 1),
    ],
)
def test_there_are_as_many_devices_as_gpus_from_the_chosen_one_on_or_cores(
    gpus: int, cores: int, chosen: str, most: int
) -> None:
    names = ("cpu", *(f"cuda:{index}" for index in range(gpus)))
    assert most_devices(Environment(cores=cores, devices=names), chosen) == most
    assert most_devices(None, chosen) == 1


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


@pytest.mark.parametrize(
    ("typed", "rate"),
    [("0.0017", 0.0017), ("1e-5", 1e-5), (" 0.1234567890123 ", 0.1234567890123), ("10", 10.0)],
)
def test_a_typed_learning_rate_is_exact_and_the_slider_follows(
    open_page: Open, typed: str, rate: float
) -> None:
    page = open_page()
    page.choose("optimizer.learning_rate", typed)
    assert page.draft.optimizer.learning_rate == rate
    assert page.widget("optimizer.learning_rate").value == typed
    assert slider(page).value == rate


def test_a_slid_learning_rate_stands_in_the_field_also_where_no_number_was(
    open_page: Open,
) -> None:
    page = open_page()
    for wrong, part in (("fast", "is not valid"), ("20", "at most 10"), ("0", "at least")):
        page.choose("optimizer.learning_rate", wrong)
        assert_refused(page, f"Learning rate {wrong}" if wrong != "fast" else '"fast"', part)
        assert slider(page).value == page.draft.optimizer.learning_rate
        slid = 0.02 if page.draft.optimizer.learning_rate != 0.02 else 0.03
        slider(page).set_value(slid)
        page.look()
        page.until_ready()
        assert page.widget("optimizer.learning_rate").value == str(slid)
        assert page.draft.optimizer.learning_rate == slid
        assert not page.errors


def test_what_was_slid_as_train_was_pressed_is_what_trains(open_page: Open) -> None:
    page = open_page({"training.epochs": "1"})
    slider(page).set_value(0.05)
    page.press("train")
    assert page.run.experiment.optimizer.learning_rate == 0.05


def test_a_learning_rate_of_a_link_is_loaded_to_the_last_digit(open_page: Open) -> None:
    page = open_page({"optimizer.learning_rate": "0.12345678901234"})
    page.look()
    assert page.draft.optimizer.learning_rate == 0.12345678901234
    page.press_label("Back to the defaults")
    assert slider(page).value == 0.001
    assert page.draft == Experiment()


def test_an_architecture_brings_its_sizes_and_those_that_were_typed_stay(open_page: Open) -> None:
    page = open_page()
    page.choose("model.architecture", "simple_cnn")
    assert page.draft.model.hidden_sizes == CNN
    assert page.widget("model.hidden_sizes").value == ", ".join(map(str, CNN))
    page.choose("model.architecture", "linear")
    page.choose("model.architecture", "mlp")
    assert page.draft.model.hidden_sizes == (64,)
    page.choose("model.hidden_sizes", "48")
    page.choose("model.architecture", "simple_cnn")
    assert page.draft.model.hidden_sizes == (48,)
    assert page.says("One convolution of 48 channels")
    assert page.can_press("train")
    page.choose_all({"model.architecture": "mlp", "model.hidden_sizes": "64"})
    page.app.get_by_key(setting_key("model.architecture").name).set_value("simple_cnn")
    page.press("train")  # before the page has shown the sizes
    assert page.run.experiment.model.hidden_sizes == CNN
    assert page.draft == page.run.experiment


@pytest.mark.parametrize("away", ["runs", "lab"])
def test_pages_that_are_not_about_the_draft_show_none_of_it_and_lose_none_of_it(
    open_page: Open, away: str
) -> None:
    page = open_page({"recipe": "digits_rate_fits", "training.pitfalls": '["shuffled_labels"]'})
    page.choose_all({"optimizer.learning_rate": "0.0017", "data.split_seed": 5})
    page.choose("model.hidden_sizes", "12, abc")
    drawn, before, problem = page.offered, page.draft, page.session.problem
    page.turn_to(f"playground/ui/pages/{away}.py")
    assert not page.offered
    assert not page.app.get("select_slider")
    assert page.says("Being set up on the Train page: MLP on Digits.")
    page.look()
    page.turn_to(TRAIN_PAGE)
    page.until_ready()
    assert (page.draft, page.offered, page.session.problem) == (before, drawn, problem)
    assert page.widget("model.hidden_sizes").value == "12, abc"
    assert page.widget("optimizer.learning_rate").value == "0.0017"
    page.choose("model.hidden_sizes", "16")
    assert page.draft == before.replace({"model.hidden_sizes": [16]})
