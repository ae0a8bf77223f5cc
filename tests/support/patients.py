"""Evidence of runs that never were: well by default, each test makes it ill."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from compared import experiment

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.layer_statistics import (
    Histogram,
    LayerNumbers,
    LayerStatistics,
    Probe,
)
from playground.analysis.stored_answers import StoredAnswers
from playground.run.downsampling import BatchPoint
from playground.run.facts import EpochFacts, StartFacts
from playground.run.records import EpochRecord, StartedRecord

CLASSES, IMAGES, EPOCHS = 10, 400, 20


def losses(first: float = 1.2, last: float = 0.2, epochs: int = EPOCHS) -> list[float]:
    """Return a loss that falls fast and then settles."""
    fall = [0.6**number for number in range(epochs)]
    return [last + (first - last) * share for share in fall]


def answers_of(accuracies: list[float], given: list[float], sure: float = 0.95) -> StoredAnswers:
    """Return answers of which so many are right, the true class having such a probability.

    The same images are right at each epoch, and losses vary a little between images.
    """
    labels = np.arange(IMAGES) % CLASSES
    order = np.random.default_rng(0).permutation(IMAGES)
    vary = 1 + 0.1 * np.cos(np.arange(IMAGES))
    said = [
        np.where(order < share * IMAGES, labels, (labels + 1) % CLASSES) for share in accuracies
    ]
    shares = np.exp(-np.array(given)[:, None] * vary).clip(0, 1).astype(np.float16)
    epochs = tuple(range(len(accuracies)))
    sureness = np.full(shares.shape, sure, np.float16)
    return StoredAnswers(epochs, CLASSES, labels, np.array(said, np.int16), sureness, shares)


def layer(name: str = "linear1", **changes: Any) -> LayerNumbers:
    """Return a hidden layer of 64 units that is well."""
    histogram = Histogram(0.0, 1.0, np.zeros(32, np.int32))
    numbers = dict.fromkeys(LayerNumbers.__dataclass_fields__, None)
    numbers |= {"name": name, "kind": "linear", "activation": "relu", "units": 64}
    numbers |= {"silent_units": 0, "stuck_units": 0, "weight_count": 4096, "unit_variation": 1.0}
    numbers |= {"gradient_norm": 0.5, "beyond_five": 0.0, "saturated_share": 0.0}
    numbers |= dict.fromkeys(("weights", "gradients", "outputs"), histogram)
    return LayerNumbers(**{**numbers, **changes})  # type: ignore[arg-type]


def probe(**changes: Any) -> Probe:
    """Return what a network is like on the probe before its first step."""
    numbers: dict[str, Any] = dict.fromkeys(Probe.__dataclass_fields__, None)
    numbers |= {"images": 128, "loss": 2.31, "cross_entropy": 2.31, "accuracy": 0.1}
    numbers |= {"validation_images": 0, "input_mean": 0.0, "input_std": 1.0}
    return Probe(**{**numbers, "input_min": -1.0, "input_max": 2.0, **changes})


def layers(epoch: int = 0, *hidden: LayerNumbers, **of_probe: Any) -> LayerStatistics:
    """Return hidden layers, two where none is given, and the last one."""
    last = layer("linear3", activation="", units=CLASSES, weight_count=4096)
    known = hidden or (layer("linear1"), layer("linear2"))
    return LayerStatistics(epoch, (*known, last), probe(**of_probe))


def rehearsal(**changes: Any) -> EpochFacts:
    """Return what a few healthy steps show."""
    plain = EpochFacts(
        train=(500.0, 0.2, 0.96),
        learning_rate=(0.001,),
        losses=(0.5, 0.45, 0.48, 0.4),
        cross_entropies=(0.5, 0.45, 0.48, 0.4),
        gradient_norms=(1.0, 1.1, 0.9, 1.0),
        cosines=(0.3, 0.1, 0.2),
        update_ratios=(0.01, 0.01, 0.01),
        held=(0.0,),
        train_mode=(1.0,),
        label_entropy=(2.2, 2.2),
    )
    return replace(plain, **changes)


def start(**changes: Any) -> StartFacts:
    """Return images that are well: no copies, and labels that simple models learn."""
    plain = StartFacts(
        train_counts=(200.0,) * CLASSES,
        validation_counts=(IMAGES / CLASSES,) * CLASSES,
        compared=(400.0,),
        exact=(0.0,),
        near=(0.0,),
        near_control=(0.0,),
        fitted=(1000.0,),
        linear_validation=(400.0, 368.0),
        linear_train=(1000.0, 921.0),
        neighbours_validation=(400.0, 388.0),
        neighbours_train=(1000.0, 968.0),
    )
    return replace(plain, **changes)


def patient(
    validation: list[float] | None = None,
    train: list[float] | None = None,
    accuracy: list[float] | None = None,
    train_accuracy: list[float] | None = None,
    sure: float = 0.95,
    **changes: Any,
) -> Evidence:
    """Return a healthy run of 20 epochs, changed as a test wants it."""
    validation = validation or losses(last=0.22)
    count = len(validation)
    train = train or losses(last=0.12, epochs=count)
    accuracy = accuracy or [0.95 - 0.5 * 0.6**number for number in range(count)]
    train_accuracy = train_accuracy or [min(1.0, share + 0.02) for share in accuracy]
    ratio = changes.pop("update_ratio", 0.01)
    records = tuple(
        EpochRecord(
            epoch=number + 1,
            train_loss=train[number],
            train_accuracy=train_accuracy[number],
            validation_loss=validation[number],
            validation_accuracy=accuracy[number],
            learning_rate=0.001,
            gradient_norm=1.0,
            seconds=1.0,
            images_per_second=1000.0,
            update_ratio=ratio,
        )
        for number in range(count)
    )
    defaults: dict[str, Any] = {
        "experiment": experiment(training__epochs=count),
        "started": StartedRecord(4810, 2000, IMAGES, 32, tuple("0123456789"), "cpu", 1, "", "key"),
        "records": records,
        "batches": tuple(BatchPoint(i + 1.0, each, each, each) for i, each in enumerate(train)),
        "answers": answers_of([0.1, *accuracy], [2.3, *validation], sure),
        "start": start(),
        "facts": {
            0: rehearsal(train=(500.0, 2.31, 0.1)),
            **{
                each.epoch: EpochFacts(train=(500.0, 0.1, min(1.0, accuracy[-1] + 0.02)))
                for each in records
            },
            1: rehearsal(),
        },
        "layers": (layers(), layers(count)),
    }
    return Evidence(**{**defaults, **changes})
