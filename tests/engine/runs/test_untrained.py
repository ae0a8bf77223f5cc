"""What the network says before its first step is kept, and changes no number of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from running import run
from tiny import results, state_of, tiny

from playground.engine.runs.journal import Beginning
from playground.engine.training.training import train
from playground.run.artifacts import PROBABILITIES
from playground.run.folder import RunFolder

pytestmark = pytest.mark.usefixtures("few_digits")

REGULARIZED: dict[str, Any] = {
    "model__dropout": 0.5,
    "model__batch_norm": True,
    "data__augmentation": "crop",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        REGULARIZED,
        {**REGULARIZED, "training__pitfalls": ["validated_in_train_mode"]},
        {**REGULARIZED, "training__precision": "mixed"},
        {"model__architecture": "simple_cnn", "model__hidden_sizes": [4, 4]},
    ],
)
def test_the_untrained_network_is_asked_and_the_run_stays_as_it_was_bit_for_bit(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    experiment = tiny(**changes)
    plain, untrained = state_of(experiment), state_of(experiment)
    numbers = results(train(experiment, plain))
    assert results(run(experiment, tmp_path)) == numbers
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["model"]
    for name, value in plain.model.state_dict().items():
        assert torch.equal(saved[name], value), name
    untrained.model.eval()
    with torch.inference_mode():
        said = untrained.model(untrained.validation.slice(0, 15)[0].float()).softmax(1).numpy()
    kept = RunFolder(tmp_path).array(PROBABILITIES, 0)
    assert kept is not None
    assert np.allclose(kept, said, atol=1e-2 if "training__precision" in changes else 1e-3)


def test_a_run_that_goes_on_from_another_has_no_untrained_network(tmp_path: Path) -> None:
    run(tiny(), tmp_path / "parent")
    begin = Beginning(parent=tmp_path / "parent", parent_epoch=2)
    run(tiny(training__epochs=3), tmp_path / "fork", begin)
    assert RunFolder(tmp_path / "fork").epochs(PROBABILITIES) == [3]
