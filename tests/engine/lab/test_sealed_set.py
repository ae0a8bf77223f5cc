"""The seal: the test set is judged once for each press, counted, dated, and kept on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from asking import ask as asked
from tiny import data_of, state_of, tiny, use_few_digits

from playground.engine.images.image_feed import ImageFeed
from playground.engine.images.shelf import DataShelf
from playground.engine.runs.checkpoint import BEST, CheckpointFolder
from playground.engine.runs.execution import execute
from playground.engine.training.evaluation import evaluate
from playground.errors import CheckpointMissing, InvalidExperiment, PlaygroundError, UnknownChoice
from playground.experiment import Experiment
from playground.lab.sealed_set import SealFindings, SealQuestion
from playground.run.home import run_folder
from playground.run.seal import openings, openings_file

RUN = "sealed"


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


def train(**changes: Any) -> Experiment:
    experiment = tiny(optimizer__learning_rate=0.01, **changes)
    list(execute(experiment, run_folder(RUN)))
    return experiment


def ask(**inputs: Any) -> SealFindings:
    return asked(SealQuestion(**{"run": RUN, **inputs}), DataShelf())


def evaluated(experiment: Experiment, name: str | None = None) -> float:
    """Return the test accuracy as the engine that validates runs computes it."""
    data, state = data_of(experiment), state_of(experiment)
    saved = CheckpointFolder(run_folder(RUN)).load(name)
    assert saved is not None
    state.model.load_state_dict(saved["model"])
    feed = ImageFeed(data.test, data.normalization, torch.device("cpu"), channels_last=False)
    evaluation = evaluate(state.model, feed, 7)
    while True:
        try:
            next(evaluation)
        except StopIteration as end:
            return float(end.value.accuracy)


def test_looking_at_the_seal_does_not_open_it() -> None:
    train()
    for _ in range(2):
        assert ask().openings == ()
    assert not openings_file(RUN).exists()
    assert "model.eval()" in ask().code


@pytest.mark.parametrize("checkpoint", ["best", "last"])
def test_an_opening_says_what_an_evaluation_on_the_test_images_says(checkpoint: str) -> None:
    experiment = train(training__epochs=3)
    [opening] = ask(nonce="first", checkpoint=checkpoint).openings
    name = BEST if checkpoint == "best" else None
    assert opening.test_accuracy == pytest.approx(evaluated(experiment, name))
    assert opening.images == 30
    saved = CheckpointFolder(run_folder(RUN)).load(name)
    assert saved is not None
    history = json.loads(saved["history"])
    assert opening.epoch == saved["epoch"] == history[-1]["epoch"]
    assert opening.validation_accuracy == history[-1]["validation_accuracy"]


def test_every_press_is_counted_and_dated_and_the_same_one_counts_once() -> None:
    train()
    for nonce in ("a", "b", "b", "c", "a"):
        ask(nonce=nonce)
    found = openings(RUN)
    assert [opening.nonce for opening in found] == ["a", "b", "c"]
    times = [opening.opened_at for opening in found]
    assert times == sorted(times)
    assert times[0] > 1_700_000_000
    assert len({opening.test_accuracy for opening in found}) == 1  # the network is the same


def test_the_count_is_on_disk_and_no_part_of_it_is_left_over() -> None:
    train()
    ask(nonce="a")
    stored = json.loads(openings_file(RUN).read_text())
    assert [each["nonce"] for each in stored] == ["a"]
    assert not list(run_folder(RUN).glob("*.part"))


def test_a_seal_that_cannot_be_read_is_not_taken_for_a_whole_one() -> None:
    train()
    openings_file(RUN).write_text("[{")
    with pytest.raises(PlaygroundError, match="cannot be read"):
        ask(nonce="a")
    assert openings_file(RUN).read_text() == "[{"


def test_a_run_validated_on_the_test_images_has_no_seal() -> None:
    train(data__validation="official")
    with pytest.raises(InvalidExperiment, match="after every epoch"):
        ask(nonce="a")
    assert openings(RUN) == ()


@pytest.mark.parametrize("pitfall", ["leaked", "unseparated"])
def test_pitfalls_of_the_data_leave_the_test_images_alone(pitfall: str) -> None:
    clean = data_of(tiny())
    experiment = train(training__pitfalls=[pitfall])
    flawed = data_of(experiment)
    assert torch.equal(clean.test.images, flawed.test.images)
    [opening] = ask(nonce="a", checkpoint="last").openings
    assert opening.test_accuracy == pytest.approx(evaluated(experiment))


def test_the_test_set_tells_the_truth_where_validation_was_never_separated() -> None:
    train(
        training__pitfalls=["unseparated", "shuffled_labels"],
        data__training_images=20,
        training__epochs=60,
        training__batch_size=8,
    )
    [opening] = ask(nonce="a", checkpoint="last").openings
    assert opening.validation_accuracy == 1.0  # by heart
    assert opening.test_accuracy < 0.5


def test_without_a_checkpoint_or_a_run_it_says_so(playground_home: Path) -> None:
    with pytest.raises(CheckpointMissing, match="first epoch"):
        ask(nonce="a")
    with pytest.raises(InvalidExperiment, match="id of a run"):
        ask(run=None)
    with pytest.raises(UnknownChoice):
        ask(checkpoint="luckiest")
