"""The microscope: one step of training, against what PyTorch says of the same step."""

from __future__ import annotations

import math
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from asking import ask
from tiny import tiny, use_few_digits
from torch import nn

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.microscope import one_step
from playground.engine.runs.execution import execute
from playground.engine.training.loss import cross_entropy
from playground.errors import CheckpointMissing, InvalidExperiment, UnknownRun
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, OPTIMIZERS
from playground.lab.microscope import MicroscopeFindings, MicroscopeQuestion
from playground.run.home import run_folder

SIZES = {"mlp": [16], "simple_cnn": [4]}


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


def look(experiment: Experiment, **inputs: Any) -> MicroscopeFindings:
    """Return what the microscope shows of an untrained network."""
    rate = experiment.optimizer.learning_rate
    return ask(
        MicroscopeQuestion(**{"experiment": experiment, "learning_rate": rate, **inputs}),
        DataShelf(),
    )


def tile(found: MicroscopeFindings, name: str) -> np.ndarray:
    return np.array(found.tile.values[name])


def test_losses_are_the_negative_log_of_the_true_class() -> None:
    found = look(tiny())
    for probabilities, label, loss in zip(
        found.probabilities, found.labels, found.losses, strict=True
    ):
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
        assert loss == pytest.approx(-math.log(probabilities[label]), abs=1e-5)
    assert found.loss == pytest.approx(sum(found.losses) / 8, abs=1e-6)
    assert found.loss == pytest.approx(math.log(10), abs=0.5)  # it guesses


def test_softmax_of_the_logits_is_the_probabilities() -> None:
    found = look(tiny())
    logits = torch.tensor(found.logits)
    assert torch.allclose(logits.softmax(1), torch.tensor(found.probabilities), atol=1e-6)


def test_eight_images_come_with_their_labels() -> None:
    found = look(tiny())
    shape = found.images.shape
    assert shape == (8, 1, 8, 8)
    assert len(b64decode(found.images.content)) == 8 * 64
    assert len(found.labels) == 8
    assert found.low < 0 < found.high  # normalized


def test_a_gradient_is_how_the_loss_grows_with_the_weight() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3)).double()
    images, labels = torch.rand(8, 1, 2, 2, dtype=torch.float64), torch.arange(8) % 3
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    seen = one_step(model, optimizer, cross_entropy, images, labels)
    # A tiny step along one weight changes the loss by the gradient times its length.
    with torch.no_grad():
        weight = next(model.parameters())
        weight.copy_(seen["before"])
        before = cross_entropy(model(images), labels, "mean")
        weight[1, 2] += 1e-6
        after = cross_entropy(model(images), labels, "mean")
    assert (after - before).item() / 1e-6 == pytest.approx(seen["gradient"][1, 2].item(), rel=1e-3)


def test_plain_gradient_descent_steps_against_the_gradient() -> None:
    found = look(tiny(optimizer__name="sgd", optimizer__momentum=0.0), learning_rate=0.5)
    assert np.allclose(tile(found, "update"), -0.5 * tile(found, "gradient"), atol=1e-6)
    assert np.allclose(
        tile(found, "after"), tile(found, "before") + tile(found, "update"), atol=1e-6
    )


@pytest.mark.parametrize("batch", [1, 3])
def test_adams_update_follows_from_its_two_means(batch: int) -> None:
    found = look(tiny(optimizer__name="adam"), learning_rate=0.01, batch=batch)
    assert found.tile.steps == batch
    mean = tile(found, "exp_avg") / (1 - 0.9**batch)
    squares = tile(found, "exp_avg_sq") / (1 - 0.999**batch)
    expected = -0.01 * mean / (np.sqrt(squares) + 1e-8)
    assert np.allclose(tile(found, "update"), expected, atol=1e-6)


def test_momentum_and_rmsprop_step_along_their_state() -> None:
    momentum = look(tiny(optimizer__name="sgd", optimizer__momentum=0.9), batch=3)
    assert np.allclose(
        tile(momentum, "update"), -0.001 * tile(momentum, "momentum_buffer"), atol=1e-7
    )
    nesterov = look(
        tiny(optimizer__name="sgd", optimizer__momentum=0.9, optimizer__nesterov=True), batch=3
    )
    along = tile(nesterov, "gradient") + 0.9 * tile(nesterov, "momentum_buffer")
    assert np.allclose(tile(nesterov, "update"), -0.001 * along, atol=1e-7)
    rmsprop = look(tiny(optimizer__name="rmsprop", optimizer__momentum=0.9), batch=3)
    assert np.allclose(
        tile(rmsprop, "update"), -0.001 * tile(rmsprop, "momentum_buffer"), atol=1e-7
    )


def test_adadeltas_update_follows_from_its_two_means() -> None:
    found = look(tiny(optimizer__name="adadelta"), learning_rate=1.0)
    # At the first step the mean of squared updates is zero: a step of √1e-6 / √(mean + 1e-6).
    expected = -tile(found, "gradient") * 1e-3 / np.sqrt(tile(found, "square_avg") + 1e-6)
    assert np.allclose(tile(found, "update"), expected, atol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS.names)
def test_a_small_step_of_every_optimizer_lowers_the_loss_of_its_batch(name: str) -> None:
    rate = 0.1 if name == "adadelta" else 0.001
    found = look(tiny(optimizer__name=name), learning_rate=rate)
    assert found.loss_after < found.loss


def test_too_large_a_step_raises_the_loss() -> None:
    found = look(tiny(optimizer__name="adam"), learning_rate=10.0)
    assert found.loss_after > found.loss


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES.names if name != "resnet18"])
def test_every_architecture_has_a_first_layer_to_look_at(name: str) -> None:
    changes = {"model__architecture": name, "data__image_size": 28}
    if name == "transfer":
        with pytest.raises(InvalidExperiment, match="a frozen backbone takes no step"):
            look(tiny(**changes))
        changes["model__backbone_rate"] = 1.0
    if name in SIZES:
        changes["model__hidden_sizes"] = SIZES[name]
    found = look(tiny(**changes))
    shape = tile(found, "gradient").shape
    assert shape[0] == shape[1]
    assert (shape[0] == 28) != found.tile.is_kernel  # a weight per pixel, or a kernel
    assert tile(found, "before").shape == tile(found, "update").shape == shape
    assert 1 <= found.tile.strongest <= found.tile.units


def test_dropout_drops_the_same_units_before_and_after() -> None:
    found = look(tiny(model__dropout=0.5), learning_rate=1e-5)
    assert found.loss_after == pytest.approx(found.loss, abs=0.01)


def test_a_later_batch_shows_other_images_after_the_steps_before_it() -> None:
    first, second = look(tiny()), look(tiny(), batch=2)
    assert first.images != second.images
    assert tile(second, "before") == pytest.approx(tile(first, "after"), abs=1e-7)


def test_a_unit_beyond_the_last_is_the_last() -> None:
    found = look(tiny(model__hidden_sizes=[5]), unit=64, channel=3)
    assert (found.tile.unit, found.tile.channel) == (5, 1)


def test_the_strongest_unit_has_the_largest_gradient() -> None:
    found = look(tiny(model__hidden_sizes=[6]))
    lengths = [
        np.linalg.norm(tile(look(tiny(model__hidden_sizes=[6]), unit=unit), "gradient"))
        for unit in range(1, 7)
    ]
    assert int(np.argmax(lengths)) + 1 == found.tile.strongest


def test_a_run_is_looked_at_as_its_last_checkpoint_left_it(playground_home: Path) -> None:
    experiment = tiny(optimizer__learning_rate=0.01, training__epochs=3)
    list(execute(experiment, run_folder("seen")))
    found = ask(MicroscopeQuestion(run="seen", epoch=3, learning_rate=0.01), DataShelf())
    assert found.epoch == 3
    assert found.loss < look(experiment).loss / 2  # it has learned
    assert found.tile.steps == 3 * 4 + 1  # Adam goes on counting


def test_looking_changes_nothing_on_disk(playground_home: Path) -> None:
    list(execute(tiny(), run_folder("seen")))
    before = {file.name: file.read_bytes() for file in run_folder("seen").iterdir()}
    ask(MicroscopeQuestion(run="seen", learning_rate=1.0, batch=3), DataShelf())
    assert {file.name: file.read_bytes() for file in run_folder("seen").iterdir()} == before


def test_a_run_without_a_checkpoint_is_refused_in_a_sentence(playground_home: Path) -> None:
    with pytest.raises(CheckpointMissing, match="no checkpoint yet"):
        ask(MicroscopeQuestion(run="new"))
    with pytest.raises(UnknownRun, match="not the id of a run"):
        ask(MicroscopeQuestion(run="../etc"))


def test_the_code_is_what_ran_and_keeps_a_mysterys_secret() -> None:
    assert "losses.mean().backward()" in look(tiny()).code
    assert "F.cross_entropy(logits, labels" in look(tiny()).code
    open_pitfall = look(tiny(training__pitfalls=["softmax_twice"]))
    assert "logits.softmax(1)" in open_pitfall.code
    mystery = look(tiny(training__mystery="AAAA"))
    assert "def one_step" in mystery.code
    assert "criterion(logits.softmax" not in mystery.code
