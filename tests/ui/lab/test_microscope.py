"""The microscope on the page: forward and back through one step, untrained and trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from app_page import TRAIN_PAGE, AppPage
from asking import ask
from lab_page import code_of, move, press, turn_to_lab

from playground.experiment import Experiment
from playground.experiment.catalog import OPTIMIZERS
from playground.lab.microscope import MicroscopeFindings, MicroscopeQuestion, WeightTile
from playground.ui.lab.batch_tables import after_table
from playground.ui.lab.figures import short
from playground.ui.lab.step_view import STAGES, memory_words

Open = Callable[..., AppPage]
PIECE = "microscope"


def text_of(page: AppPage) -> str:
    return "\n".join(page.words)


def stage(page: AppPage) -> str:
    return str(page.app.get_by_key("lab-microscope-stage").value)


def test_without_a_run_the_sidebars_network_is_looked_at_untrained(page: AppPage) -> None:
    assert "MLP 64 on Digits, untrained; Adam." in text_of(page)
    assert page.html.count('alt="training image') == 8
    assert "def one_step(" in code_of(page)
    assert not page.warnings


def test_forward_and_back_lead_through_every_part_of_the_step(page: AppPage) -> None:
    assert not page.can_press("lab-microscope-back")
    seen = [text_of(page)]
    for name in STAGES[1:]:
        press(page, PIECE, "forward")
        assert stage(page) == name
        seen.append(text_of(page))
    assert len(set(seen)) == len(STAGES)
    assert not page.can_press("lab-microscope-forward")
    press(page, PIECE, "back")
    assert stage(page) == "Update"


def test_each_part_says_what_it_shows(page: AppPage) -> None:
    move(page, PIECE, stage="Logits")
    assert "Logits of each image and class" in page.html
    assert page.html.count('<td class="true') == 8
    move(page, PIECE, stage="Losses")
    assert "Probabilities of each image and class" in page.html
    move(page, PIECE, stage="Gradient")
    assert "8×8, a weight per pixel" in text_of(page)
    assert len(page.chart_rows(1)) == 64
    move(page, PIECE, stage="Update")
    assert "Adam, its step 1: weight ← weight − rate" in text_of(page)
    assert len(page.app.get("vega_lite_chart")) == 4
    move(page, PIECE, stage="After")
    assert "Loss of each image before and after" in page.html


def test_another_unit_shows_other_weights(page: AppPage) -> None:
    move(page, PIECE, stage="Gradient")
    before = page.chart_rows(0)
    move(page, PIECE, unit=9)
    assert not page.chart_rows(0).equals(before)
    press(page, PIECE, "strongest")
    assert not page.can_press("lab-microscope-strongest")


def test_a_smaller_network_keeps_the_unit_inside_it(page: AppPage) -> None:
    move(page, PIECE, stage="Gradient")
    move(page, PIECE, unit=60)
    page.session.draft = page.draft.replace({"model.hidden_sizes": [5]})
    page.look()
    page.until(lambda: not page.app.get("progress"))
    assert page.app.get_by_key("lab-microscope-unit").value == 5


def test_too_high_a_learning_rate_makes_the_loss_grow(page: AppPage) -> None:
    move(page, PIECE, stage="After", learning_rate=0.001)
    assert "▼" in text_of(page)
    move(page, PIECE, learning_rate=5.0)
    assert "▲" in text_of(page)


def test_kernels_of_a_network_on_colour_images_have_a_channel_to_choose(open_page: Open) -> None:
    page = open_page({"model.architecture": "convnet_16_32", "data.dataset": "shapes"})
    turn_to_lab(page, PIECE)
    move(page, PIECE, stage="Gradient")
    assert "its kernel of 3×3 weights" in text_of(page)
    assert page.app.get_by_key("lab-microscope-channel").max == 3


def test_a_run_is_looked_at_after_its_last_epoch(open_page: Open) -> None:
    page = open_page({"training.epochs": "2"})
    page.press("train")
    page.until(lambda: page.progress.startswith("Finished 2 epochs"))
    turn_to_lab(page, PIECE)
    assert "after epoch 2" in text_of(page)
    move(page, PIECE, stage="Update")
    assert "Adam, its step 41" in text_of(page)  # 20 batches an epoch, and this one
    move(page, PIECE, network="draft")
    assert "untrained" in text_of(page)
    assert "Adam, its step 1:" in text_of(page)
    page.app.switch_page(TRAIN_PAGE)
    page.look()


def test_images_that_are_not_here_are_told_in_a_sentence(open_page: Open) -> None:
    page = open_page({"data.dataset": "mnist"})
    turn_to_lab(page, PIECE)
    [warning] = page.warnings
    assert "MNIST is not on this machine" in warning


@cache
def seen() -> MicroscopeFindings:
    return ask(MicroscopeQuestion(experiment=Experiment()))


def after(losses: list[float], losses_after: list[float]) -> str:
    """Return the table of the losses before and after of as many images."""
    count = len(losses)
    found = replace(seen(), losses=losses, losses_after=losses_after, labels=(3,) * count)
    return after_table(found)


def test_small_differences_of_losses_can_be_read() -> None:
    shown = after([0.00832, 2.0], [0.00829, 1.0])
    assert "<td>0.00832</td><td>0.00829</td>" in shown
    assert "▼ 0.00003</td>" in shown


def test_a_loss_that_stays_has_no_arrow() -> None:
    shown = after([0.5, 0.5], [0.5, 0.5])
    assert "▼ 0" not in shown
    assert "▲ 0" not in shown
    assert '<td class="">0.000</td>' in shown


def test_a_difference_too_small_to_write_is_told_as_that() -> None:
    assert "▲ &lt; 0.001</td>" in after([0.5, 2.0], [0.500000001, 1.0])


def test_a_loss_that_is_no_number_is_worse() -> None:
    assert "▲ not a number" in after([0.5], [float("nan")])


def tile(gradient: float, update: float, **state: float) -> WeightTile:
    """Return a tile of one weight."""
    values = {"gradient": gradient, "update": update, **state}
    rows = {name: ((value,),) for name, value in values.items()}
    return replace(seen().tile, row=0, column=0, values=rows)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"gradient": 0.5, "update": 0.1, "exp_avg": -0.2}, True),
        ({"gradient": -0.5, "update": -0.1, "momentum_buffer": 0.2}, True),
        ({"gradient": 0.5, "update": -0.1, "exp_avg": 0.2}, False),
        ({"gradient": 0.5, "update": 0.1, "exp_avg": 0.2}, False),  # weight decay has moved it
        ({"gradient": 0.5, "update": 0.1}, False),  # no memory
        ({"gradient": 0.0, "update": 0.1, "exp_avg": -0.2}, False),
    ],
)
def test_a_weight_that_memory_moves_against_its_gradient_is_told(
    state: dict[str, float], told: bool
) -> None:
    optimizer = OPTIMIZERS["sgd" if "momentum_buffer" in state else "adam"]
    words = memory_words(tile(**state), optimizer)
    assert (f"{optimizer.label} remembers former gradients" in words) is told


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.74e-05, "3.7e−5"), (-0.01234, "−0.012"), (0.0, "0"), (1.1e86, "1.1e86")],
)
def test_numbers_of_any_size_are_short(value: float, text: str) -> None:
    assert short(value, 2) == text


def test_a_tile_without_negative_numbers_has_no_sign(page: AppPage) -> None:
    move(page, PIECE, stage="Update")
    [squares] = [text for text in page.words if text.startswith("**Mean of squares**")]
    assert "±" not in squares
    assert "e-" not in squares
    [means] = [text for text in page.words if text.startswith("**Mean of gradients**")]
    assert "±" in means
