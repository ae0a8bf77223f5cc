"""Questions and records on the line: what is written is read again, and the same question twice."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import pytest

from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.run import protocol
from playground.run.downsampling import BatchPoint
from playground.run.questions import (
    DescribeNetwork,
    PreviewImages,
    Question,
    answer_type,
    read_question,
)
from playground.run.records import (
    BatchRecord,
    Environment,
    EpochRecord,
    LayerShape,
    ModelSummary,
    PreparationRecord,
    Preview,
    RestoredRecord,
    StartedRecord,
)

EPOCH = EpochRecord(3, 0.5, 0.75, math.inf, 0.8, 1e-3, -math.inf, 0.4, 1e5)
RECORDS = [
    PreparationRecord("Loading", 0.5, None, waiting=True),
    StartedRecord(650, 60, 15, 4, ("a", "b"), "cpu", 1, "abc"),
    BatchRecord(1, "validation", 2, 9, None),
    EPOCH,
    RestoredRecord((EPOCH, EPOCH), (BatchPoint(0.5, 2.0, 1.0, 3.0, 8),), "Interrupted."),
    Environment("3.11", "2.9", "0.24", 1, 2, ("cpu", "cuda:0"), {"cuda:0": "Some GPU"}),
    ModelSummary(650, (1, 8, 8), (LayerShape("linear", (10,), 650),), 12.5),
    Preview(("a", "b"), (1, 8, 8), {"train": (3, 4)}, (0.5,), (0.25,), "file.npz", "key"),
    DescribeNetwork(Experiment().replace({"training.pitfalls": ["leaked"]})),
    PreviewImages(Experiment()),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_what_is_written_to_a_line_is_read_from_it(record: object) -> None:
    line = protocol.encode(protocol.pack(record))
    assert "\n" not in line
    assert protocol.read(type(record), protocol.decode(line)) == record


def test_a_loss_that_is_no_number_stays_none() -> None:
    line = protocol.encode(protocol.pack(BatchRecord(1, "train", 2, 9, math.nan)))
    loss = protocol.batch(protocol.decode(line)).loss
    assert loss is not None
    assert math.isnan(loss)


def test_fields_of_another_version_are_left_out_or_have_their_default() -> None:
    fields = {"message": "Loading", "colour": "blue"}
    assert protocol.preparation(fields) == PreparationRecord("Loading")
    with pytest.raises(ValueError, match="message"):
        protocol.preparation({"fraction": 0.5})


@dataclass(frozen=True)
class Two:
    sum: float


@dataclass(frozen=True)
class Add(Question[Two]):
    one: float
    other: float = 1.0


def test_a_question_knows_the_type_of_its_answer() -> None:
    assert answer_type(Add) is Two
    assert answer_type(DescribeNetwork) is ModelSummary


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "its one is missing or of another type (Field required)."),
        ({"one": "many"}, '"many" is no question of the kind Add: its one is missing or of'),
        ([1.0], "is no question of the kind Add: its input is missing or of another type"),
        (None, "is no question of the kind Add"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_a_sentence(inputs: object, told: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        read_question(Add, inputs)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"model.hidden_sizes": [3]},
        {"optimizer.name": "sgd"},
        {"training.epochs": 3},
        {"training.batch_size": 7},
        {"training.pitfalls": ["sorted", "not_zeroed"]},
        {"training.mystery": "K7QF"},  # not zeroed
    ],
    ids=json.dumps,
)
def test_what_leaves_images_and_labels_alone_asks_for_no_other_preview(
    changes: dict[str, object],
) -> None:
    first = PreviewImages.of(Experiment())
    again = PreviewImages.of(Experiment().replace(changes), download=True)
    assert again == first
    assert hash(again) == hash(first)


@pytest.mark.parametrize(
    "changes",
    [
        {"training.seed": 1},
        {"data.augmentation": "crop"},
        {"training.pitfalls": ["sorted", "leaked"]},
    ],
    ids=json.dumps,
)
def test_what_changes_images_or_labels_asks_for_another_preview(
    changes: dict[str, object],
) -> None:
    assert PreviewImages.of(Experiment().replace(changes)) != PreviewImages.of(Experiment())


def test_a_mystery_asks_for_the_preview_of_what_it_hides() -> None:
    hidden = PreviewImages.of(Experiment().replace({"training.mystery": "MNBV"})).experiment
    assert hidden.training.pitfalls == ("leaked",)
    assert not hidden.training.mystery
