"""A new optimizer or architecture is one entry and one builder: nothing else needs to know it."""

from __future__ import annotations

import pytest
import torch
from tiny import TRAINING_IMAGES, use_few_digits
from torch import nn

from playground.analysis.sweep_values import parse_list
from playground.analysis.wording import changed_settings
from playground.engine.models.building import MODEL_BUILDERS
from playground.engine.models.layers import Layers
from playground.engine.runs.execution import execute
from playground.engine.runs.inspection import describe
from playground.engine.runs.memory import FLOAT32, held_bytes, memory_needed
from playground.engine.training.optimizers import OPTIMIZER_BUILDERS
from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.entries import ArchitectureEntry, OptimizerEntry, OptimizerState
from playground.lab.microscope import WeightTile
from playground.run.records import EpochRecord
from playground.ui.lab.step_view import memory_words, rule_text

SUM = OptimizerState("sum", "Sum of squares")
AVERAGE = OptimizerState("momentum_buffer", "Average", of_momentum=True, remembers=True)
ADAGRAD = OptimizerEntry(
    "adagrad",
    "Adagrad",
    "Divides by the root of all former squares.",
    "weight ← weight − rate · gradient / √sum of squares",
    frozenset({"momentum", "nesterov"}),
    rule_ahead="looks ahead",
    states=(SUM, AVERAGE),
    decays_apart=True,
    step_copies=3,
)
PLAIN_CNN = ArchitectureEntry(
    "plain_cnn",
    "Plain CNN",
    "Convolutions and nothing else.",
    frozenset({"hidden_sizes"}),
    needs_sizes=True,
)


def plain_cnn(settings: object, image_shape: tuple[int, int, int], classes: int) -> nn.Module:
    layers = Layers(image_shape)
    for number, channels in enumerate(getattr(settings, "hidden_sizes", ())):
        layers.convolution(f"conv{number}", channels, kernel=3)
    layers.flatten()
    layers.linear("output", classes)
    return layers.sequential()


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)
    monkeypatch.setitem(catalog.OPTIMIZERS.built_in, "adagrad", ADAGRAD)
    monkeypatch.setitem(OPTIMIZER_BUILDERS, "adagrad", (torch.optim.Adagrad, ()))
    monkeypatch.setitem(catalog.ARCHITECTURES.built_in, "plain_cnn", PLAIN_CNN)
    monkeypatch.setitem(MODEL_BUILDERS, "plain_cnn", plain_cnn)


@pytest.fixture
def setup() -> Experiment:
    return Experiment.from_link(
        {
            "data.training_images": str(TRAINING_IMAGES),
            "model.architecture": "plain_cnn",
            "model.hidden_sizes": "4, 2",
            "optimizer.name": "adagrad",
            "training.batch_size": "16",
            "training.epochs": "1",
        }
    )


def test_a_new_entry_is_chosen_described_and_trained(setup: Experiment) -> None:
    assert changed_settings(setup) == (
        "training images 60 · Plain CNN · hidden sizes 4, 2 · Adagrad · epochs 1 · batch size 16"
    )
    assert Experiment.from_link(setup.to_link()) == setup
    assert parse_list("optimizer.name", "sgd, ADAGRAD") == ["sgd", "adagrad"]
    assert {"model.dropout", "model.activation", "model.batch_norm"} < setup.unused()
    assert not {"optimizer.momentum", "optimizer.nesterov"} & setup.unused()
    [done] = [record for record in execute(setup) if isinstance(record, EpochRecord)]
    assert done.validation_loss < 10


def test_the_checks_and_the_memory_of_a_new_entry_follow_from_it(setup: Experiment) -> None:
    with pytest.raises(InvalidExperiment, match="The Plain CNN needs at least one hidden size"):
        setup.replace({"model.hidden_sizes": []})
    with pytest.raises(InvalidExperiment, match="Nesterov needs a momentum above 0"):
        setup.replace({"optimizer.nesterov": True, "optimizer.momentum": 0})
    for momentum, kept in ((0.0, 1), (0.9, 2)):
        changed = setup.replace({"optimizer.momentum": momentum})
        assert held_bytes(changed.optimizer, 100) == FLOAT32 * 100 * (2 + kept)
    assert memory_needed(setup, describe(setup), (TRAINING_IMAGES, 15)) > 0


def test_the_microscope_has_words_for_a_new_optimizer(setup: Experiment) -> None:
    assert rule_text(setup.optimizer) == f"{ADAGRAD.rule}."
    changed = setup.replace({"optimizer.nesterov": True, "optimizer.weight_decay": 0.1})
    assert rule_text(changed.optimizer) == "looks ahead."
    values = dict.fromkeys(("gradient", "update", "sum"), ((1.0,),))
    values["momentum_buffer"] = ((-1.0,),)
    tile = WeightTile(1, 1, 1, 1, True, 1, 0, row=0, column=0, values=values)
    assert "Adagrad remembers former gradients" in memory_words(tile, ADAGRAD)
