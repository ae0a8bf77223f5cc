from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from running import epochs_of, of_kind, run
from tiny import tiny
from torch import nn

from playground.engine.runs.execution import execute
from playground.engine.runs.journal import Beginning
from playground.engine.runs.kept_weights import KeptWeights
from playground.run.artifacts import PROBABILITIES, WEIGHTS
from playground.run.folder import RunFolder
from playground.run.records import EpochRecord, KeptRecord

FOREVER = 1e9  # seconds: an epoch beside which writing is nothing


def kept(folder: Path, model: nn.Module, epochs: int, seconds: float = FOREVER) -> list[int]:
    weights = KeptWeights(RunFolder(folder), model, 1, epochs)
    for epoch in range(1, epochs + 1):
        weights.take(epoch, model, seconds)
    return RunFolder(folder).epochs(WEIGHTS)


def test_a_short_run_keeps_the_weights_of_every_epoch_and_a_long_one_of_fifty(
    tmp_path: Path,
) -> None:
    assert kept(tmp_path / "short", nn.Linear(2, 3), 50) == list(range(1, 51))
    long = kept(tmp_path / "long", nn.Linear(2, 3), 200)
    assert long[:10] == list(range(1, 11))
    assert len(long) == 50
    assert long[-1] == 200


def test_a_large_network_keeps_as_many_as_the_budget_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    megabyte = nn.Linear(250_000, 1, bias=False)
    monkeypatch.setenv("PLAYGROUND_WEIGHTS_MB", "3")  # two, as each has a head too
    assert kept(tmp_path / "two", megabyte, 9) == [4, 9]
    monkeypatch.setenv("PLAYGROUND_WEIGHTS_MB", "0")
    assert kept(tmp_path / "none", megabyte, 9) == []


def test_writing_takes_at_most_a_twentieth_of_the_time_of_the_epochs(tmp_path: Path) -> None:
    model = nn.Linear(100_000, 1)  # 0.4 MB: 2 ms, until it is measured
    assert kept(tmp_path / "quick", model, 9, seconds=1e-9) == []
    weights = KeptWeights(RunFolder(tmp_path / "slow"), model, 1, 9)
    weights.take(1, model, 0.03)
    assert RunFolder(tmp_path / "slow").epochs(WEIGHTS) == []
    weights.take(2, model, 0.03)  # together 60 ms, a twentieth of which is 3
    assert RunFolder(tmp_path / "slow").epochs(WEIGHTS) == [2]


def test_a_run_that_is_interrupted_again_and_again_keeps_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_WEIGHTS_MB", "5")
    megabyte, folder = nn.Linear(250_000, 1, bias=False), RunFolder(tmp_path)
    for done in range(0, 60, 7):  # each life gets three epochs further than its last checkpoint
        weights = KeptWeights(folder, megabyte, 1, 60, done)
        assert all(epoch <= done for epoch in folder.epochs(WEIGHTS))
        for epoch in range(done + 1, min(done + 10, 60) + 1):
            weights.take(epoch, megabyte, FOREVER)
    assert 0 < len(folder.epochs(WEIGHTS)) <= 4  # each is a megabyte and its head


def test_kept_weights_say_what_the_network_said_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.engine.runs.kept_weights._SHARE", 1e9)
    experiment = tiny(model__hidden_sizes=[], training__epochs=3)
    announced = of_kind(KeptRecord, run(experiment, tmp_path / "run"))
    folder = RunFolder(tmp_path / "run")
    assert announced[-1].weights == tuple(folder.epochs(WEIGHTS)) == (1, 2, 3)
    first, last = (folder.arrays(WEIGHTS, epoch) for epoch in (1, 3))
    assert first is not None
    assert last is not None
    saved = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["model"]
    for name, value in saved.items():
        assert np.array_equal(last[name], value.numpy())
        assert not np.array_equal(first[name], last[name])
    for epoch in (1, 3):
        assert folder.array(PROBABILITIES, epoch) is not None


def test_a_run_says_which_of_its_epochs_can_be_gone_on_from_and_each_can(tmp_path: Path) -> None:
    experiment = tiny(training__epochs=4)
    parent = run(experiment, tmp_path / "parent")
    [*_, kept] = of_kind(KeptRecord, parent)
    losses = [record.validation_loss for record in epochs_of(parent)]
    assert kept.checkpoints == tuple(sorted({3, 4, losses.index(min(losses)) + 1}))
    more = experiment.replace({"training.epochs": 6})
    for epoch in kept.checkpoints:
        begin = Beginning(parent=tmp_path / "parent", parent_epoch=epoch)
        run(more, tmp_path / f"fork-{epoch}", begin)


def test_a_fork_offers_none_of_the_epochs_that_its_parent_trained(tmp_path: Path) -> None:
    """A fork at 6 once offered epochs 5 and 3, of which it has no checkpoint."""
    experiment = tiny(training__epochs=3)
    run(experiment, tmp_path / "parent")
    worse = experiment.replace({"training.epochs": 4, "optimizer.learning_rate": 5.0})
    records = run(worse, tmp_path / "fork", Beginning(parent=tmp_path / "parent", parent_epoch=3))
    [*_, kept] = of_kind(KeptRecord, records)
    assert kept.checkpoints == (4,)
    assert set(kept.weights) <= {4}


def test_a_resumed_run_says_anew_what_is_kept(tmp_path: Path) -> None:
    experiment = tiny(training__epochs=4)
    stream = execute(experiment, tmp_path / "run")
    epochs = 0
    while epochs < 2:
        epochs += isinstance(next(stream), EpochRecord)
    stream.close()
    records = run(experiment, tmp_path / "run", Beginning(resumes=True))
    first, *_, last = of_kind(KeptRecord, records)
    assert 2 in first.checkpoints
    assert {3, 4} <= set(last.checkpoints)
