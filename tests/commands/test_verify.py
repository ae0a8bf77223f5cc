"""`python -m playground verify`: what it compares, what it refuses, and its exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runs_page import stored

from playground.__main__ import main
from playground.commands import verify
from playground.experiment import Experiment, catalog
from playground.export.script import data_file
from playground.run.info import StoredRun
from playground.run.verification import COMPARED, read_verification
from playground.service import RunStatus
from playground.service.store.store import RunStore


def keep(run: StoredRun) -> StoredRun:
    store = RunStore()
    store.save(run.info, run.snapshot)
    store.close()
    return run


@pytest.fixture
def nudge(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Let scripts print the numbers of the run, each of the second epoch moved by so much."""
    nudge: dict[str, float] = {}

    def printed(*_: Any, **__: Any) -> Iterator[tuple[float, ...]]:
        for each in stored("run").snapshot.epochs:
            by = nudge if each.epoch == 2 else {}
            yield tuple(getattr(each, name) + by.get(name, 0.0) for name in COMPARED)

    monkeypatch.setattr(verify, "printed_epochs", printed)
    monkeypatch.setattr(verify, "made_with", lambda run_id: verify.version("torch"))
    return nudge


def test_the_same_numbers_are_status_0(
    nudge: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(stored("run"))
    assert main(["verify", "run"]) == 0
    assert "to the last digit: loss and accuracy in training and validation of 2 epochs" in (
        capsys.readouterr().out
    )
    stamp = read_verification("run")
    assert stamp is not None
    assert stamp.is_exact


def test_other_numbers_are_status_1_and_the_difference_is_named(
    nudge: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    keep(stored("run"))
    nudge["validation_loss"] = 1e-9
    assert main(["verify", "run"]) == 1
    assert "1e-09, in the validation loss of epoch 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "made_with", "why"),
    [
        ({"training__precision": "mixed"}, "", "bfloat16"),
        ({}, "1.0.0", "the run was made with torch 1.0.0"),
        ({}, "", "a version that is not known"),
    ],
)
def test_what_cannot_be_the_same_may_differ_a_little(
    changes: dict[str, Any],
    made_with: str,
    why: str,
    nudge: dict[str, float],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verify, "made_with", lambda run_id: made_with)
    keep(stored("run", **changes))
    nudge["train_accuracy"] = 0.01
    assert main(["verify", "run", "--json"]) == 0
    *epochs, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [each["epoch"] for each in epochs] == [1, 2]
    assert "close to the run's numbers" in last["sentence"]
    assert why in last["sentence"]


def test_what_cannot_be_verified_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verify", "nobody"]) == 1
    keep(stored("empty", (), status=RunStatus.STOPPED))
    assert main(["verify", "empty"]) == 1
    assert "no whole epoch" in capsys.readouterr().err
    keep(stored("away", data__dataset="mnist"))
    assert main(["verify", "away"]) == 1
    assert "MNIST is not on this machine, and is not fetched" in capsys.readouterr().err
    assert read_verification("away") is None


@pytest.mark.parametrize("name", catalog.DATASETS.built_in)
def test_what_a_script_reads_is_laid_beside_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, playground_home: Path
) -> None:
    monkeypatch.setattr(verify.datasets, "is_here", lambda name: True)
    (playground_home / "datasets").mkdir(parents=True)
    shapes = playground_home / "cache" / "shapes-v1.npz"
    shapes.parent.mkdir()
    shapes.write_bytes(b"arrays")
    experiment = Experiment().replace({"data.dataset": name})
    folder = tmp_path / "folder"
    folder.mkdir()
    verify.lay_data(experiment, folder)
    (link,) = folder.iterdir()
    assert link.name == (data_file(experiment) or "data")
    assert link.resolve() == (shapes if name == "shapes" else playground_home / "datasets")
