"""What a run notes for its diagnosis: known truths, and that nothing comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import epochs_of, run
from tiny import batches, data_of, results, state_of, tiny, weights_hash

from playground.engine.runs.image_facts import look_at_images
from playground.engine.runs.rehearsal import STEPS, rehearse
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.run.artifacts import FACTS, START
from playground.run.facts import EpochFacts, StartFacts, pack_facts, read_facts
from playground.run.folder import RunFolder

pytestmark = pytest.mark.usefixtures("few_digits")

RESTLESS: dict[str, Any] = {
    "model__dropout": 0.5,
    "model__batch_norm": True,
    "training__pitfalls": ("not_zeroed",),
    "training__epochs": 3,
}


def rehearsed(setup: Experiment, state: TrainingState | None = None) -> EpochFacts:
    rehearsal = rehearse(setup, state or state_of(setup))
    while True:
        try:
            next(rehearsal)
        except StopIteration as end:
            facts: EpochFacts = end.value
            return facts


def images_of(setup: Experiment) -> StartFacts:
    looking = look_at_images(state_of(setup, data_of(setup)))
    while True:
        try:
            next(looking)
        except StopIteration as end:
            facts: StartFacts = end.value
            return facts


def test_noting_changes_no_number_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = tiny(**RESTLESS)
    watched = results(epochs_of(run(setup, tmp_path / "watched")))
    monkeypatch.setenv("PLAYGROUND_INSPECTION", "0")
    assert results(epochs_of(run(setup, tmp_path / "alone"))) == watched
    folder = RunFolder(tmp_path / "watched")
    assert (folder.epochs(START), folder.epochs(FACTS)) == ([0], [0, 1, 2, 3])
    assert RunFolder(tmp_path / "alone").epochs(FACTS) == []


def test_a_rehearsal_is_what_the_run_does_next_and_leaves_it_as_it_is() -> None:
    setup = tiny(training__batch_size=8)
    state = state_of(setup)
    before = weights_hash(state), state.order.get_state().tolist()
    facts = rehearsed(setup, state)
    assert (weights_hash(state), state.order.get_state().tolist()) == before
    assert all(weight.grad is None for weight in state.model.parameters())
    losses = [record.loss for record in batches(setup.replace({"training.epochs": 1}))]
    assert facts.losses == pytest.approx(losses[: STEPS + 1])
    assert facts.cross_entropies == pytest.approx(facts.losses)
    assert len(facts.update_ratios) == len(facts.cosines) == STEPS
    assert (facts.held, facts.train_mode) == ((0.0,), (1.0,))


@pytest.mark.parametrize(
    ("pitfall", "epoch", "name", "value"),
    [
        ("not_zeroed", 0, "held", (1.0,)),
        ("eval_mode", 0, "train_mode", (1.0,)),
        ("eval_mode", 1, "train_mode", (0.0,)),
    ],
)
def test_a_rehearsal_makes_the_mistakes_of_the_run(
    pitfall: str, epoch: int, name: str, value: tuple[float, ...]
) -> None:
    setup = tiny(training__pitfalls=(pitfall,), model__batch_norm=True)
    state = state_of(setup)
    state.epoch = epoch
    assert getattr(rehearsed(setup, state), name) == value


def test_a_loss_of_probabilities_is_not_the_cross_entropy_of_the_logits() -> None:
    facts = rehearsed(tiny(training__pitfalls=("softmax_twice",), optimizer__learning_rate=0.1))
    assert max(abs(a - b) for a, b in zip(facts.losses, facts.cross_entropies, strict=True)) > 0.1


def test_images_that_are_trained_on_are_found_among_those_that_validate() -> None:
    apart, leaked = images_of(tiny()), images_of(tiny(training__pitfalls=("leaked",)))
    assert (apart.exact, apart.near) == ((0.0,), (0.0,))
    assert leaked.exact == leaked.near == leaked.compared
    assert sum(apart.train_counts) == 60


def test_facts_are_read_as_they_were_written_and_garbage_is_empty() -> None:
    facts = EpochFacts(losses=(1.0, float("inf")), held=(0.5,))
    packed = pack_facts(facts)
    assert read_facts(EpochFacts, packed) == facts
    wrong: dict[str, np.ndarray[Any, Any]] = {
        **packed,
        "losses": np.zeros((2, 2)),
        "held": np.zeros(1, np.int64),
    }
    assert read_facts(EpochFacts, wrong) == EpochFacts()
    assert read_facts(StartFacts, None) is None
