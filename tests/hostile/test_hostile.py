"""A part of the proof; all of it is `python -m tests.hostile`."""

from __future__ import annotations

from pathlib import Path

import inputs
import pytest
from kills import Kills
from small_home import make_home
from stores import Stores
from tally import Tally, TooManySteps, bounded

from playground.service.store.store import RunStore


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return Stores(make_home(tmp_path), Tally("stores"))


@pytest.mark.slow
def test_damaged_stores_hide_no_whole_run_and_lead_nowhere(stores: Stores) -> None:
    for seed in range(60):
        assert stores.trial(seed) == [], f"seed {seed}"


def test_the_proof_notices_a_lost_run_and_one_that_is_loaded_otherwise(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = RunStore.runs
    monkeypatch.setattr(RunStore, "runs", lambda store: listed(store)[1:])
    assert any("not listed" in problem for problem in stores.trial(0))


@pytest.mark.slow
def test_killed_commands_end_with_the_numbers_of_none(tmp_path: Path) -> None:
    tally = Tally("kills")
    kills = Kills(tmp_path, tally)
    for seed in range(2):
        assert kills.of_commands(seed, 4) == [], f"seed {seed}"
    assert sum(tally.tried.values()) > 0


def test_of_hostile_links_files_and_names_only_sentences_come() -> None:
    tally = Tally("inputs")
    for seed in range(150):
        assert inputs.trial(seed, tally) == [], f"seed {seed}"
    assert set(tally.tried) == set(inputs.KINDS)


def test_what_takes_too_many_steps_is_ended() -> None:
    with pytest.raises(TooManySteps), bounded(1000):
        while True:
            len("")
