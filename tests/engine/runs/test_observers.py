from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import torch
from running import epochs_of, of_kind
from tiny import results, tiny

from playground.engine.runs import observers
from playground.engine.runs.execution import execute
from playground.engine.training.training_state import TrainingState
from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.folder import RunFolder
from playground.run.records import EpochRecord, TurnRecord

pytestmark = pytest.mark.usefixtures("few_digits")


def meddle(state: TrainingState) -> Generator[None, None, list[Artifact]]:
    """Draw random numbers, train mode included, and leave something behind."""
    assert not state.model.training
    state.model.train()
    drawn = torch.rand(3)
    yield
    return [Artifact("drawn", state.epoch, drawn.numpy())]


def test_what_observers_leave_is_written_and_what_they_do_changes_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = tiny(model__dropout=0.5, training__epochs=3)
    alone = results(epochs_of(execute(setup)))
    monkeypatch.setattr(observers, "_MAKERS", (lambda *_: meddle, lambda *_: None))
    records = list(execute(setup, tmp_path))
    assert results(of_kind(EpochRecord, records)) == alone
    assert len(of_kind(TurnRecord, records)) == 4
    assert RunFolder(tmp_path).epochs("drawn") == [0, 1, 2, 3]
    assert RunFolder(tmp_path).epochs(PROBABILITIES) == [0, 1, 2, 3]
    drawn = np.load(tmp_path / "drawn-0002.npy")
    assert drawn.shape == (3,)


def test_nobody_looks_where_that_is_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observers, "_MAKERS", (lambda *_: meddle,))
    monkeypatch.setenv("PLAYGROUND_INSPECTION", "0")
    assert not of_kind(TurnRecord, list(execute(tiny(), tmp_path)))
    assert RunFolder(tmp_path).epochs("drawn") == []
