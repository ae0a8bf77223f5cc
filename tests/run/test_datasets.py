"""Data sets described in the home: found while the program runs, whoever wrote them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from processes import finish, start_process

from playground.errors import InvalidExperiment, UnknownChoice
from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import DatasetEntry
from playground.run import datasets

POINTS = DatasetEntry(
    "points",
    "Points",
    "Two numbers each.",
    (2,),
    ("inside", "outside"),
    training_images=200,
    test_images=50,
    number="float32",
    kind="arrays",
)
BUILT_IN = list(DATASETS.built_in)


@pytest.fixture(autouse=True)
def _following() -> None:
    datasets.follow()


@pytest.fixture
def file(playground_home: Path) -> Iterator[Path]:
    """Return the file of the description of points, which is there."""
    datasets.describe(POINTS)
    yield playground_home / "own" / "points" / "description.json"


def test_a_home_without_any_offers_what_is_built_in() -> None:
    assert DATASETS.names == BUILT_IN
    assert len(DATASETS) == len(BUILT_IN)


def test_what_is_described_is_offered_after_what_is_built_in() -> None:
    assert "points" not in DATASETS
    datasets.describe(POINTS)
    assert DATASETS["points"] == POINTS
    assert DATASETS.names == [*BUILT_IN, "points"]
    assert [entry.label for entry in DATASETS][-1] == "Points"
    assert Experiment().replace({"data.dataset": "points"}).data.dataset == "points"


@pytest.mark.usefixtures("file")
def test_following_twice_offers_everything_once() -> None:
    datasets.follow()
    assert DATASETS.names.count("points") == 1


def test_what_another_process_writes_is_found_and_what_this_one_writes_is_found_there() -> None:
    script = "\n".join(
        [
            "from dataclasses import replace",
            "from playground.experiment.catalog import DATASETS",
            "from playground.run import datasets",
            "datasets.follow()",
            "entry = replace(DATASETS['points'], name='theirs', label='Theirs')",
            "datasets.describe(entry)",
        ]
    )
    assert "theirs" not in DATASETS
    datasets.describe(POINTS)
    status, _, errors = finish(start_process("-c", script))
    assert status == 0, errors
    assert DATASETS["theirs"] == replace(POINTS, name="theirs", label="Theirs")


def test_a_change_is_seen_at_the_next_look(file: Path) -> None:
    for number in range(3):  # within a tick of the clock, and of the same size
        datasets.describe(replace(POINTS, label=f"Points {number}"))
        assert DATASETS["points"].label == f"Points {number}"
    file.unlink()
    assert "points" not in DATASETS
    with pytest.raises(UnknownChoice, match='Unknown data set "points"'):
        Experiment().replace({"data.dataset": "points"})


@pytest.mark.parametrize(
    "change",
    [
        {"label": ""},
        {"label": 5},
        {"label": "x" * 300},
        {"class_names": ["one"]},
        {"class_names": None},
        {"input_shape": []},
        {"input_shape": [0]},
        {"input_shape": [2.5]},
        {"input_shape": [10**9, 10**9]},
        {"training_images": "many"},
        {"training_images": -1},
        {"training_images": True},
        {"download_megabytes": -1},
        {"number": "int64"},
        {"kind": 3},
    ],
    ids=str,
)
def test_a_damaged_description_is_told_once_and_hides_no_other(
    file: Path, change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    datasets.describe(replace(POINTS, name="other"))
    file.write_text(json.dumps(asdict(POINTS) | change))
    with caplog.at_level(logging.WARNING):
        assert DATASETS.names == [*BUILT_IN, "other"]
        assert "points" not in DATASETS
    assert len(caplog.records) == 1
    assert str(file) in caplog.text


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 5000, b'"text"', b"{}"])
def test_what_is_no_description_at_all_is_none(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert DATASETS.names == BUILT_IN


def test_what_a_later_version_adds_is_left_alone_and_what_is_missing_has_its_default(
    file: Path,
) -> None:
    fields = json.loads(file.read_text())
    assert fields.pop("version") == 1
    del fields["content"]
    file.write_text(json.dumps({**fields, "version": 2, "owner": "somebody"}))
    assert DATASETS["points"] == POINTS


@pytest.mark.parametrize("folder", ["digits", "With Space", ".hidden", "x" * 61, "1st"])
def test_a_folder_whose_name_cannot_be_one_is_not_looked_at(file: Path, folder: str) -> None:
    other = file.parent.parent / folder
    other.mkdir()
    (other / file.name).write_bytes(file.read_bytes())
    assert DATASETS.names == [*BUILT_IN, "points"]
    assert DATASETS["digits"].label == "Digits"


@pytest.mark.parametrize("name", ["../points", "/etc", "", "mnist", "Über", "a" * 61, "a.b"])
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_written(
    name: str, playground_home: Path
) -> None:
    with pytest.raises(InvalidExperiment, match="cannot be the name of a data set"):
        datasets.describe(replace(POINTS, name=name))
    assert not playground_home.exists()
    assert name in BUILT_IN or name not in DATASETS


def test_counts_of_what_may_change_are_not_held_against_an_experiment() -> None:
    datasets.describe(POINTS)
    wanted = Experiment().replace(
        {"data.dataset": "points", "data.training_images": 150, "training.batch_size": 120}
    )
    datasets.describe(replace(POINTS, training_images=20))
    assert Experiment.from_json(wanted.to_json()) == wanted


def test_the_command_line_knows_them_and_needs_no_torch_for_that() -> None:
    datasets.describe(POINTS)
    process = start_process(
        "-X", "importtime", "-m", "playground", "describe", "--set", "data.dataset=pionts"
    )
    status, _, errors = finish(process)
    assert status == 2
    assert "Did you mean points?" in errors
    assert "torch" not in errors
