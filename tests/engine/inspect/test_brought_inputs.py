"""Looks into networks of data sets that people bring: images of other forms, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
from asking import ask
from brought import bring, bring_points, images
from tiny import data_of, tiny

from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.dataset import Source
from playground.errors import InvalidExperiment
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.folder import RunFolder
from playground.run.network_looks import EveryLayer, FirstLayer, NetworkAt, WrongInputs


def begun(dataset: str) -> NetworkAt:
    """Return a run on this data set before its first epoch."""
    experiment = tiny(data__dataset=dataset, model__hidden_sizes=[4])
    RunFolder.of("new").put(Artifact(PROBABILITIES, 0, np.ones((1, 3), np.float16)))
    return NetworkAt("new", 0, experiment, data_of(experiment).fingerprint)


def test_another_data_set_is_brought_to_the_form_of_the_networks_own() -> None:
    bring("bars", Source(images(90, 9, 12, 3), images(30, 9, 12, 3)))
    at = begun("bars")
    found = ask(WrongInputs(at, "digits"), DataShelf()).kinds
    assert len(found["other"].said) == 200
    other = found["other"].images.numbers
    assert other.shape == (12, 3, 9, 12)
    assert (other[:, 0] == other[:, 1]).all()  # grey
    upside_down = found["own"].images.numbers[:, :, ::-1, ::-1]
    assert (found["turned"].images.numbers == upside_down).all()
    assert "other" not in ask(WrongInputs(at, ""), DataShelf()).kinds
    assert ask(FirstLayer(at), DataShelf()).weights.shape == (4, 3, 9, 12)


def test_inputs_that_are_no_images_are_told_so() -> None:
    bring_points()
    with pytest.raises(InvalidExperiment, match="Inputs of shape 2 are no images"):
        ask(EveryLayer(begun("points"), 0), DataShelf())
