"""The rate finder's range tests: what they measure, and that no run notices them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest
import torch
from asking import ask
from running import assert_same, epochs_of
from tiny import tiny

from playground.engine.images.shelf import DataShelf
from playground.engine.runs.execution import execute
from playground.engine.runs.rate_finding import find_rate
from playground.errors import CheckpointMissing, InvalidExperiment
from playground.run.home import new_run_id, run_folder
from playground.run.questions import FindLearningRate
from playground.run.rate_test import HIGHEST, LOWEST, RATES, STEPS, STOP, has_risen
from playground.run.records import EpochRecord

pytestmark = pytest.mark.usefixtures("few_digits")

# All that draws from a random state: first weights, order, dropout and augmentation.
NOISY = tiny(
    model__dropout=0.3,
    data__augmentation="crop",
    optimizer__name="adam",
    optimizer__learning_rate=0.01,
)


@pytest.fixture
def run_id() -> str:
    """Return a run of two epochs that is over."""
    name = new_run_id()
    list(execute(NOISY, run_folder(name)))
    return name


def test_the_rates_grow_by_one_factor_from_end_to_end() -> None:
    assert len(RATES) == STEPS == 100
    assert (RATES[0], RATES[-1]) == pytest.approx((LOWEST, HIGHEST))
    factors = [later / earlier for earlier, later in pairwise(RATES)]
    assert factors == pytest.approx([factors[0]] * (STEPS - 1))


def test_each_seed_goes_on_to_the_last_rate_or_until_its_loss_has_risen() -> None:
    question = FindLearningRate.of(NOISY)
    found = ask(question, DataShelf())  # the shelf of all tests may have all digits
    assert [sweep.seed for sweep in found.sweeps] == [0, 1, 2]
    assert len({sweep.losses for sweep in found.sweeps}) == 3
    for sweep in found.sweeps:
        assert not any(has_risen(list(sweep.losses[:end])) for end in range(1, len(sweep.losses)))
        has_ended = sweep.smoothed[-1] > STOP * min(sweep.smoothed)
        assert has_ended or len(sweep.losses) == STEPS
    assert any(len(sweep.losses) < STEPS for sweep in found.sweeps)
    assert ask(question, DataShelf()) == found


def test_the_next_epoch_of_a_run_is_the_same_bit_for_bit(tmp_path: Path, run_id: str) -> None:
    torch.manual_seed(7)
    alone = epochs_of(execute(NOISY, tmp_path / "alone", DataShelf()))
    shelf, seen = DataShelf(), []
    torch.manual_seed(7)
    asked = [FindLearningRate.of(NOISY), FindLearningRate.of(NOISY, run_id)]
    tests = iter(step for question in asked for step in find_rate(question, shelf))
    for record in execute(NOISY, tmp_path / "beside", shelf):
        next(tests)  # a step of a range test between any two records of the run
        if isinstance(record, EpochRecord):
            seen.append(record)
            if len(seen) == 1:
                list(tests)
                tests = iter(step for question in asked for step in find_rate(question, shelf))
    assert_same(seen, alone)
    last = [
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)
        for name in ("alone", "beside")
    ]
    for weights in ("model", "order", "augmentation", "random"):
        mine, theirs = (each[weights] for each in last)
        pairs = (
            zip(mine.values(), theirs.values(), strict=True)
            if weights == "model"
            else [(mine, theirs)]
        )
        assert all(torch.equal(*pair) for pair in pairs), weights


def test_the_weights_of_a_run_are_taken_and_left_as_they_are(run_id: str) -> None:
    before = (run_folder(run_id) / "checkpoint.pt").read_bytes()
    trained = ask(FindLearningRate.of(NOISY, run_id, 2), DataShelf())
    untrained = ask(FindLearningRate.of(NOISY), DataShelf())
    assert (trained.epoch, untrained.epoch) == (2, 0)
    for after, fresh in zip(trained.sweeps, untrained.sweeps, strict=True):
        assert fmean(after.losses[:20]) < 0.95 * fmean(fresh.losses[:20])
    assert (run_folder(run_id) / "checkpoint.pt").read_bytes() == before


def test_a_run_that_keeps_nothing_or_has_another_network_is_refused(run_id: str) -> None:
    with pytest.raises(CheckpointMissing, match="wait for its first epoch"):
        ask(FindLearningRate.of(NOISY, new_run_id()))
    with pytest.raises(InvalidExperiment, match="set hidden sizes back to"):
        ask(FindLearningRate.of(NOISY.replace({"model.hidden_sizes": [7]}), run_id))


def test_a_step_of_several_batches_is_one_step() -> None:
    whole = tiny(training__batch_size=16, model__batch_norm=False)
    halves = whole.replace({"training.batch_size": 8, "training.accumulation": 2})
    for one, other in zip(
        *(ask(FindLearningRate.of(each)).sweeps for each in (whole, halves)), strict=True
    ):
        assert one.losses[:60] == pytest.approx(other.losses[:60], rel=1e-4)


def test_what_has_no_say_in_the_answer_is_no_part_of_the_question() -> None:
    changes = {"optimizer.learning_rate": 0.5, "optimizer.schedule": "cosine", "training.epochs": 9}
    assert FindLearningRate.of(NOISY.replace(changes)) == FindLearningRate.of(NOISY)
    assert FindLearningRate.of(NOISY, "a", 1) != FindLearningRate.of(NOISY, "a", 2)


def test_a_pitfall_that_multiplies_the_rate_does_so_here() -> None:
    plain, times_100 = (
        ask(FindLearningRate.of(NOISY.replace({"training.pitfalls": pitfalls})))
        for pitfalls in ([], ["rate_times_100"])
    )
    for one, other in zip(plain.sweeps, times_100.sweeps, strict=True):
        assert len(other.losses) < len(one.losses) - 15  # 28 of the steps are a factor of 100
