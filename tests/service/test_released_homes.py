"""A home of every released version is opened, compared and gone on with.

Each was made with the code of its release: runs of Digits with eight hidden units, computed by its
service and worker, of which the last was under way when the process was killed. Beside it lie the
numbers that this code itself gave then, also of the runs that it resumed. For a new release, add a
pair of files; those that are there never change.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from processes import wait_until

from playground.analysis.pairs import compare_pair
from playground.run.records import TIMINGS, EpochRecord
from playground.service import RunStatus, TrainingService
from playground.service.predictions import predicted_epochs, probabilities, validation_images
from playground.ui.runs.compared_runs import compared_runs

DATA = Path(__file__).parents[1] / "data"
HOMES = sorted(DATA.glob("home-*.tar.gz"))


@pytest.fixture(params=HOMES, ids=lambda file: file.name.partition(".")[0])
def released(request: pytest.FixtureRequest, playground_home: Path) -> dict[str, Any]:
    """Lay out a released home; return its runs by kind, as its release saw them."""
    with tarfile.open(request.param) as archive:
        archive.extractall(playground_home, filter="data")
    name = request.param.name.partition(".")[0]
    runs: dict[str, Any] = json.loads((DATA / f"{name}.json").read_bytes())
    return runs


def assert_same(found: tuple[EpochRecord, ...], known: list[dict[str, Any]]) -> None:
    """Processors differ in the last bits of a sum, and a few epochs on in some more."""
    assert len(found) == len(known)
    for mine, theirs in zip(found, known, strict=True):
        for name, value in theirs.items():
            if name not in TIMINGS:
                assert getattr(mine, name) == pytest.approx(value, rel=1e-4), name


def test_every_run_is_there_with_its_numbers_and_what_was_said_of_it(
    released: dict[str, Any],
) -> None:
    service = TrainingService()
    found = {run.info.run_id: run for run in service.runs()}
    assert found.keys() == {known["run"] for known in released.values()}
    for known in released.values():
        snapshot = service.snapshot(known["run"])
        assert snapshot.status == known["status"]
        assert [record.numbers() for record in snapshot.epochs] == known["epochs"]
        assert snapshot.started is not None
        images = validation_images(snapshot.started.validation_key)
        assert images is not None
        for epoch in predicted_epochs(snapshot.run_id, len(snapshot.epochs)):
            predicted = probabilities(snapshot.run_id, epoch)
            assert predicted is not None
            assert len(predicted) == len(images.labels)
    infos = {kind: found[known["run"]].info for kind, known in released.items()}
    plain = infos["finished"]
    assert (plain.name, plain.owner, plain.is_starred) == ("Plain", "somebody", True)
    assert plain.group == infos["pitfall"].group == "two seeds"
    assert (infos["fork"].parent, infos["fork"].parent_epoch) == (plain.run_id, 3)
    assert infos["interrupted"].name == "Cut off"
    pitfall = found[infos["pitfall"].run_id].snapshot.experiment
    assert pitfall.training.pitfalls == ("noisy_labels",)
    assert service.warning == ""
    service.close()


def test_its_runs_are_compared(released: dict[str, Any]) -> None:
    service = TrainingService()
    runs = {run.run_id: run for run in compared_runs(service.runs())}
    pair = compare_pair(runs[released["finished"]["run"]], runs[released["fork"]["run"]])
    assert pair.is_single_cause is False
    assert pair.sentence.startswith("2 settings differ (learning rate 0.1 → 0.05; epochs 3 → 4)")
    service.close()


@pytest.mark.slow
def test_its_runs_go_on_with_the_numbers_that_its_release_gave(released: dict[str, Any]) -> None:
    resumed = [known for known in released.values() if "resumed" in known]
    service = TrainingService()
    for known in resumed:
        service.control(known["run"], "resume")
    for known in resumed:
        wait_until(lambda known=known: service.snapshot(known["run"]).status.is_over, "its end")
        snapshot = service.snapshot(known["run"])
        assert snapshot.status is RunStatus.FINISHED, snapshot.message
        assert_same(snapshot.epochs, known["resumed"]["epochs"])
    fork = service.submit(
        service.snapshot(released["finished"]["run"]).experiment.replace({"training.epochs": 4}),
        parent=released["finished"]["run"],
        parent_epoch=3,
    )
    wait_until(lambda: service.snapshot(fork).status.is_over, "the end of the fork")
    assert service.snapshot(fork).status is RunStatus.FINISHED
    assert_same(service.snapshot(fork).epochs[:3], released["finished"]["epochs"])
    service.close()
