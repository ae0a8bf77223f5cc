"""What is compared in a run card agrees in every run that was really trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from running import epochs_of, run
from tiny import data_of, tiny, use_few_digits

from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.export.agreement import disagreement
from playground.run.artifacts import PROBABILITIES
from playground.run.folder import RunFolder

_USUAL = {
    "plain": tiny(),
    "a loss far from zero": tiny(optimizer__learning_rate=0.5, training__epochs=4),
    "bfloat16": tiny(training__precision="mixed"),
    "nll": tiny(training__loss="nll"),
    **{name: tiny(training__pitfalls=(name,), model__dropout=0.5) for name in PITFALLS.names},
}


@pytest.mark.parametrize("experiment", _USUAL.values(), ids=_USUAL)
def test_a_record_agrees_with_its_answers_and_no_other_does(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_few_digits(monkeypatch)
    labels = data_of(experiment).validation.labels.numpy()
    folder = RunFolder(tmp_path)
    for record in epochs_of(run(experiment, tmp_path)):
        shares = folder.array(PROBABILITIES, record.epoch)
        assert shares is not None
        assert disagreement(record, shares, labels, experiment) == ""
        better = replace(record, validation_accuracy=record.validation_accuracy - 1 / len(labels))
        assert "accuracy" in disagreement(better, shares, labels, experiment)
        # What is stored as 0 allows any loss that is large enough.
        is_exact = shares[range(len(labels)), labels].all()
        loss = 0.98 * record.validation_loss - 0.01 if is_exact else 0.0
        lower = replace(record, validation_loss=loss)
        assert "loss" in disagreement(lower, shares, labels, experiment)
