"""Checkpoints of another version, and those whose fields are not what we write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from running import assert_same, epochs_of, of_kind, run
from tiny import tiny

from playground.engine.machine.runtime import TorchState
from playground.engine.runs.checkpoint import BEST, LAST, PREVIOUS, CheckpointFolder
from playground.engine.runs.execution import execute
from playground.engine.runs.journal import Beginning, kept_epoch
from playground.errors import CheckpointMissing
from playground.experiment import stored
from playground.run.records import EpochRecord, RestoredRecord

OF = tiny(training__epochs=4, model__hidden_sizes=[8], model__dropout=0.3)
AGAIN = Beginning(fence=1, resumes=True)


@pytest.fixture
def undisturbed(tmp_path: Path) -> list[EpochRecord]:
    return epochs_of(run(OF, tmp_path / "undisturbed"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Train three epochs of four, as one that is killed then."""
    folder = tmp_path / "run"
    with TorchState().active():
        records = execute(OF, folder)
        done = 0
        while done < 3:
            done += isinstance(next(records), EpochRecord)
        records.close()
    return folder


def tampered(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    state = torch.load(file, weights_only=True)
    change(state)
    torch.save(state, file)


def with_text(name: str, change: Callable[[Any], object]) -> Callable[[dict[str, Any]], object]:
    """Return a change of what a checkpoint has as JSON."""

    def apply(state: dict[str, Any]) -> None:
        value = json.loads(state[name])
        change(value)
        state[name] = json.dumps(value)

    return apply


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "another epoch": lambda state: state.update(epoch=2),
    "an epoch that is no number": lambda state: state.update(epoch="3"),
    "no weights": lambda state: state.pop("model"),
    "other weights": lambda state: state["model"].popitem(),
    "weights of another shape": lambda state: state["model"].update(
        {name: torch.zeros(2, 2) for name in state["model"]}
    ),
    "moments of another shape": lambda state: state["optimizer"]["state"][0].update(
        exp_avg=torch.zeros(3)
    ),
    "moments of a weight there is not": lambda state: state["optimizer"]["state"].update(
        {99: {"exp_avg": torch.zeros(3)}}
    ),
    "no optimizer": lambda state: state.update(optimizer={}),
    "a rate that is a word": lambda state: state["optimizer"]["param_groups"][0].update(lr="fast"),
    "a schedule at no step": lambda state: state["schedule"].update(last_epoch=[]),
    "no random state": lambda state: state.update(random=torch.zeros(3, dtype=torch.uint8)),
    "a history with a gap": with_text("history", lambda history: history.pop(0)),
    "a history of something else": lambda state: state.update(history="[1, 2, 3]"),
    "losses without an end": lambda state: state["losses"].fill_(float("inf")),
    "no version": lambda state: state.pop("version"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_checkpoint_with_wrong_fields_is_damaged_and_the_one_before_it_taken(
    wrong: str, folder: Path, undisturbed: list[EpochRecord]
) -> None:
    tampered(folder / LAST, WRONG[wrong])
    records = run(OF, folder, AGAIN)
    [restored] = of_kind(RestoredRecord, records)
    assert len(restored.epochs) == 2
    assert_same([*restored.epochs, *epochs_of(records)], undisturbed)
    assert (folder / f"{LAST}.damaged").exists()


def test_without_a_usable_checkpoint_a_run_begins_anew_with_an_empty_history(
    folder: Path, undisturbed: list[EpochRecord]
) -> None:
    for name in (LAST, PREVIOUS):
        tampered(folder / name, WRONG["no weights"])
    records = run(OF, folder, AGAIN)
    [restored] = of_kind(RestoredRecord, records)
    assert (restored.epochs, restored.batches) == ((), ())
    assert_same(epochs_of(records), undisturbed)


def newer(state: dict[str, Any]) -> None:
    state.update(version=2, model="in a form of its own")


def unknown_data(state: dict[str, Any]) -> None:
    with_text("experiment", lambda value: value["data"].update(dataset="weather"))(state)


@pytest.mark.parametrize(("change", "says"), [(newer, "format 2"), (unknown_data, "weather")])
def test_a_checkpoint_of_another_version_is_left_alone_and_that_is_told(
    change: Callable[[dict[str, Any]], object], says: str, folder: Path
) -> None:
    for name in (LAST, PREVIOUS, BEST):
        tampered(folder / name, change)
    before = {name: (folder / name).read_bytes() for name in (LAST, PREVIOUS, BEST)}
    with pytest.raises(CheckpointMissing, match=f"another version.*{says}"):
        run(OF, folder, AGAIN)
    with pytest.raises(CheckpointMissing, match="another version"):
        kept_epoch(folder, 3)
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert not list(folder.glob("*.damaged"))


def test_what_has_come_or_gone_since_does_no_harm(
    folder: Path, undisturbed: list[EpochRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_before(state: dict[str, Any]) -> None:
        state["something"] = "new"
        with_text("history", lambda history: history[0].update(something=1.5))(state)
        with_text("experiment", lambda value: value["model"].update(wings=2))(state)
        with_text("experiment", lambda value: value["training"].pop("mystery"))(state)

    monkeypatch.setitem(stored.RETIRED, "model.wings", "Wings are no more.")
    tampered(folder / LAST, as_before)
    saved = CheckpointFolder(folder).load()
    assert saved is not None
    assert json.loads(saved["experiment"]) == json.loads(OF.to_json())
    assert_same(epochs_of(run(OF, folder, AGAIN)), undisturbed[3:])
