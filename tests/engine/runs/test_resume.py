"""A run that goes on from its checkpoint gives the numbers of one that was never disturbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from running import assert_same, epochs_of, of_kind, run
from tiny import tiny, use_few_digits

from playground.engine.machine.runtime import TorchState
from playground.engine.runs.checkpoint import (
    BEST,
    LAST,
    PREVIOUS,
    CheckpointFolder,
    read_checkpoint,
)
from playground.engine.runs.execution import RunRecord, execute
from playground.engine.runs.journal import Beginning, kept_epoch
from playground.errors import CheckpointMissing, RunTakenOver
from playground.experiment import Experiment, catalog
from playground.run.records import RestoredRecord, TurnRecord

EPOCHS = 4
RESUMING = Beginning(fence=1, resumes=True)


def experiment(**changes: Any) -> Experiment:
    return tiny(training__epochs=EPOCHS, training__device="auto", **changes)


DROPOUT_MLP = experiment(model__hidden_sizes=[16], model__dropout=0.3)
CNN = {"model__architecture": "simple_cnn", "model__hidden_sizes": [4]}
AUGMENTED_CNN = experiment(**CNN, model__dropout=0.2, data__augmentation="crop_flip")
RESTLESS = {"model__hidden_sizes": [16], "model__dropout": 0.3, "model__batch_norm": True}
FLAWED = {
    name: experiment(training__pitfalls=[name], **RESTLESS) for name in catalog.PITFALLS.names
}
OWN_NORMALIZATION = {"data__normalization": "custom", "data__mean": [0.3], "data__std": [0.2]}
PUBLISHED = {"training__pitfalls": ["softmax_twice", "eval_mode"], "training__shuffle": False}
AFTER_EPOCH = {"training__train_accuracy": "after_epoch"}
ONE_CYCLE = {"training__accumulation": 3, "optimizer__schedule": "one_cycle"}
NOT_ZEROED = {"training__pitfalls": ["not_zeroed"], "training__accumulation": 2}

# By name: the run, and after how many records it is interrupted.
RESUMED = {
    **{
        f"{optimizer}, {schedule}": (
            AUGMENTED_CNN.replace({"optimizer.name": optimizer, "optimizer.schedule": schedule}),
            15,
        )
        for optimizer in catalog.OPTIMIZERS.names
        for schedule in catalog.SCHEDULES.names
    },
    **{
        f"{kind} after {records}": (of, records)
        for kind, of in {
            "an MLP with dropout": DROPOUT_MLP,
            "a CNN with batch norm": experiment(**CNN, model__batch_norm=True),
            "a CNN with augmentation and dropout": AUGMENTED_CNN,
        }.items()
        for records in (12, 14, 18, 22)
    },
    # 216 images leaked are 14 batches more.
    **{name: (of, 28 if name == "leaked" else 16) for name, of in FLAWED.items()},
    "accumulation": (experiment(**ONE_CYCLE, **RESTLESS), 17),
    "no shuffling": (experiment(training__shuffle=False, **RESTLESS), 17),
    "accuracy after the epoch": (experiment(**AFTER_EPOCH, **RESTLESS), 17),
    "own normalization": (experiment(**OWN_NORMALIZATION, **RESTLESS), 17),
    "a published tutorial": (experiment(**PUBLISHED, **AFTER_EPOCH, **RESTLESS), 17),
    "gradients never zeroed by a CNN": (experiment(**CNN, **NOT_ZEROED), 17),
}


def telling(stream: Iterator[RunRecord]) -> Iterator[RunRecord]:
    """Leave out the turns of those who look on: they are no progress of the run."""
    return (record for record in stream if not isinstance(record, TurnRecord))


def interrupted(of: Experiment, folder: Path, after: int) -> None:
    """Run up to the `after`-th record since images were loaded; leave what is on disk then."""
    with TorchState().active():
        stream = execute(of, folder)
        list(islice(telling(stream), 1 + after))
        stream.close()
    torch.manual_seed(999)  # what others do to torch's random state meanwhile


def assert_same_weights(one: Path, other: Path) -> None:
    mine, theirs = (read_checkpoint(folder / LAST)["model"] for folder in (one, other))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("case", RESUMED)
def test_every_run_resumes_bit_for_bit_from_anywhere(case: str, tmp_path: Path) -> None:
    of, after = RESUMED[case]
    undisturbed = epochs_of(run(of, tmp_path / "undisturbed"))
    interrupted(of, tmp_path / "resumed", after)
    records = run(of, tmp_path / "resumed", RESUMING)
    [restored] = of_kind(RestoredRecord, records)
    assert restored.epochs, "the interruption came too early for this test"
    assert restored.note == ""
    assert_same([*restored.epochs, *epochs_of(records)], undisturbed)
    assert_same_weights(tmp_path / "resumed", tmp_path / "undisturbed")


@pytest.mark.parametrize(
    "of",
    [
        DROPOUT_MLP,
        FLAWED["not_zeroed"],
        FLAWED["rate_times_100"],
        FLAWED["eval_mode"],
        DROPOUT_MLP.replace({"training.accumulation": 3}),
    ],
)
def test_a_finished_run_goes_on_for_more_epochs_as_if_they_had_been_planned(
    of: Experiment, tmp_path: Path
) -> None:
    run(of.replace({"training.epochs": 2}), tmp_path / "short")
    undisturbed = epochs_of(run(of, tmp_path / "long"))
    begin = Beginning(parent=tmp_path / "short", parent_epoch=2)
    records = run(of, tmp_path / "more", begin=begin)
    assert_same(epochs_of(records), undisturbed[2:])
    assert_same_weights(tmp_path / "more", tmp_path / "long")


def test_a_run_goes_on_at_its_own_rate_from_one_that_took_a_hundred_times_as_much(
    tmp_path: Path,
) -> None:
    run(FLAWED["rate_times_100"], tmp_path / "parent")
    mended = FLAWED["rate_times_100"].replace({"training.pitfalls": []})
    begin = Beginning(parent=tmp_path / "parent", parent_epoch=EPOCHS - 1)
    [record] = epochs_of(run(mended, tmp_path / "mended", begin=begin))
    assert record.learning_rate == mended.optimizer.learning_rate


def test_a_schedule_goes_on_by_steps_where_batches_are_accumulated(tmp_path: Path) -> None:
    of = DROPOUT_MLP.replace({"training.accumulation": 2, "optimizer.schedule": "cosine"})
    run(of.replace({"training.epochs": 2}), tmp_path / "short")
    undisturbed = epochs_of(run(of, tmp_path / "long"))
    begin = Beginning(parent=tmp_path / "short", parent_epoch=2)
    records = epochs_of(run(of, tmp_path / "more", begin=begin))
    assert [record.learning_rate for record in records] == pytest.approx(
        [record.learning_rate for record in undisturbed[2:]]
    )


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer.learning_rate": 0.05},
        {"optimizer.name": "sgd"},
        {"optimizer.schedule": "one_cycle"},
        {"data.augmentation": "crop"},
    ],
)
def test_a_fork_starts_from_the_parents_weights_with_what_was_changed(
    change: dict[str, Any], tmp_path: Path
) -> None:
    run(DROPOUT_MLP.replace({"training.epochs": 2}), tmp_path / "parent")
    forked = DROPOUT_MLP.replace(change)
    begin = Beginning(parent=tmp_path / "parent", parent_epoch=1)
    records = run(forked, tmp_path / "fork", begin=begin)
    assert [record.epoch for record in epochs_of(records)] == [2, 3, 4]
    plain = epochs_of(run(DROPOUT_MLP, tmp_path / "plain"))
    assert not epochs_of(records)[0].same_result(plain[1])
    if "optimizer.learning_rate" in change:
        assert epochs_of(records)[0].learning_rate == 0.05


def test_an_epoch_that_is_not_kept_is_named_with_those_that_are(tmp_path: Path) -> None:
    run(DROPOUT_MLP, tmp_path)
    assert kept_epoch(tmp_path, EPOCHS)["epoch"] == EPOCHS
    with pytest.raises(CheckpointMissing, match=r"Epoch 1 .*\(.*3, 4\)"):
        kept_epoch(tmp_path, 1)


@pytest.mark.parametrize("damage", ["cut short", "a flipped byte", "empty", "missing"])
def test_a_damaged_checkpoint_is_put_aside_and_the_one_before_it_taken(
    damage: str, tmp_path: Path
) -> None:
    undisturbed = epochs_of(run(DROPOUT_MLP, tmp_path / "undisturbed"))
    folder = tmp_path / "run"
    interrupted(DROPOUT_MLP, folder, after=16)
    last = folder / LAST
    content = bytearray(last.read_bytes())
    epoch = read_checkpoint(last)["epoch"]
    if damage == "missing":
        last.unlink()
    else:
        content[len(content) // 3] ^= 0xFF
        kept = {"cut short": content[:-500], "a flipped byte": content, "empty": b""}[damage]
        last.write_bytes(kept)
    records = run(DROPOUT_MLP, folder, begin=RESUMING)
    assert_same(epochs_of(records), undisturbed[epoch - 1 :])
    assert (folder / f"{LAST}.damaged").exists() == (damage != "missing")


def test_a_checkpoint_of_another_run_whose_network_is_alike_is_not_taken(tmp_path: Path) -> None:
    undisturbed = epochs_of(run(DROPOUT_MLP, tmp_path / "undisturbed"))
    other = DROPOUT_MLP.replace({"model.dropout": 0.0, "training.seed": 1})
    run(other, tmp_path / "other")
    folder = tmp_path / "run"
    interrupted(DROPOUT_MLP, folder, after=16)
    epoch = read_checkpoint(folder / LAST)["epoch"]
    (folder / LAST).write_bytes((tmp_path / "other" / LAST).read_bytes())
    records = run(DROPOUT_MLP, folder, begin=RESUMING)
    assert_same(epochs_of(records), undisturbed[epoch - 1 :])
    assert (folder / f"{LAST}.damaged").exists()


def test_a_worker_that_lost_its_run_writes_nothing_any_more(tmp_path: Path) -> None:
    with TorchState().active():
        zombie = execute(DROPOUT_MLP, tmp_path, begin=Beginning(fence=1))
        list(islice(telling(zombie), 13))
        before = (tmp_path / LAST).read_bytes()
        CheckpointFolder(tmp_path, fence=2).claim()
        with pytest.raises(RunTakenOver, match="taken this run over"):
            list(zombie)
    assert (tmp_path / LAST).read_bytes() == before


def test_a_checkpoint_is_read_without_running_anything_in_it(tmp_path: Path) -> None:
    run(AUGMENTED_CNN, tmp_path)
    for name in (LAST, PREVIOUS, BEST):
        saved = read_checkpoint(tmp_path / name)  # weights_only: raises for anything but data
        assert len(json.loads(saved["history"])) == saved["epoch"]
        assert Experiment.from_json(saved["experiment"]).training.epochs == EPOCHS
    assert not list(tmp_path.glob(".*"))


def test_other_threads_or_data_are_told_and_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(DROPOUT_MLP, tmp_path, after=15)
    use_few_digits(monkeypatch, 200)
    records = run(DROPOUT_MLP, tmp_path, begin=RESUMING)
    restored = next(record for record in records if isinstance(record, RestoredRecord))
    assert "not bit for bit" in restored.note
    assert "the training images" in restored.note
