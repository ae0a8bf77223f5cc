"""What a run yields: small frozen records of plain numbers. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from math import inf, isfinite
from typing import Literal

from playground.run.downsampling import BatchPoint

Phase = Literal["train", "validation"]


@dataclass(frozen=True, slots=True)
class PreparationRecord:
    """Progress of what comes before the first epoch: a download, drawing, resizing.

    `fraction` is from 0 to 1, or None where the end is not known. `waiting` says that the work is
    done elsewhere (by the network), so that calling `next()` again at once gains nothing.
    """

    message: str
    fraction: float | None = None
    seconds_left: float | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class StartedRecord:
    """What a run is about to do: said once, before its first batch.

    `batches` counts the training batches of an epoch; `validation_key` names the folder of the
    validation images, `training_key` that of the sample of training images, each empty where none
    was written. `dataset_label` and `dataset_content` are those of the data set as it was then.
    """

    parameters: int
    training_images: int
    validation_images: int
    batches: int
    class_names: tuple[str, ...]
    device: str
    threads: int
    data_fingerprint: str
    validation_key: str = ""
    training_key: str = ""
    dataset_label: str = ""
    dataset_content: str = ""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch done: `batch` counts from 1 to `batches`; `loss` is the mean over its images.

    In the validation phase, which is all that is measured after training, there is no loss of a
    single batch to show: `loss` is None.
    """

    epoch: int
    phase: Phase
    batch: int
    batches: int
    loss: float | None

    @property
    def position(self) -> float:
        """Where the batch ended, in epochs: 2.5 is half-way through the third epoch."""
        return self.epoch - 1 + self.batch / self.batches


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch done. Losses are means over images in nats, accuracies shares from 0 to 1.

    The training loss is that of the batches as they were trained on (so the network improved
    under way). So is the training accuracy, unless the experiment asks for it "after_epoch": then
    it is the share of all training images that the network knows after the epoch, in eval mode
    and without augmentation. Validation is measured after the epoch. `learning_rate` is that of
    the last step, `gradient_norm` the mean Euclidean length of the whole gradient over a sample of
    the epoch's steps; `seconds` is the time spent computing, and `images_per_second` counts
    training images while training. `update_ratio` is how long the step in the middle of the epoch
    is, over the length of all weights together; None in runs of versions that did not measure it.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    gradient_norm: float
    seconds: float
    images_per_second: float
    update_ratio: float | None = None

    def numbers(self) -> dict[str, float]:
        """Return the record as a dictionary for JSON, without what was not measured."""
        values = ((name, getattr(self, name)) for name in _EPOCH_FIELDS)
        return {name: value for name, value in values if value is not None}

    def same_result(self, other: EpochRecord) -> bool:
        """Whether both say the same apart from how long it took, and from what only one knows."""
        mine, theirs = self.numbers(), other.numbers()
        return all(mine[key] == theirs[key] for key in mine.keys() & theirs.keys() - TIMINGS)


_EPOCH_FIELDS = tuple(each.name for each in fields(EpochRecord))


TIMINGS = frozenset({"seconds", "images_per_second"})


@dataclass(frozen=True, slots=True)
class LayerShape:
    """One layer of a network: its name, the shape of its output for one image, its parameters."""

    name: str
    output_shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A network before training: trainable parameters in all, and layer by layer."""

    parameters: int
    input_shape: tuple[int, ...]
    layers: tuple[LayerShape, ...]
    memory_megabytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the versions that a run's numbers belong to; 0 MB where nobody has asked."""

    python: str = ""
    torch: str = ""
    torchvision: str = ""
    threads: int = 1
    cores: int = 1
    devices: tuple[str, ...] = ("cpu",)
    device_names: dict[str, str] = field(default_factory=dict)
    memory_megabytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Preview:
    """The images of an experiment before training.

    `counts` has the images of each class by role (train, validation, test); `mean` and `std` are
    those of the normalization, per channel, on pixels from 0 to 255. `samples_key` names an image
    set with `labels` `[K]`, `before` uint8 and `after` float32 `[K, C, H, W]`, at most ten a class;
    `validation_key` names that of the validation images that the wall shows before a run.
    """

    class_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    counts: dict[str, tuple[int, ...]]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    samples_key: str
    validation_key: str


@dataclass(frozen=True, slots=True)
class RestoredRecord:
    """What a run that does not begin at its first epoch has done before: said after "started".

    `note` is a sentence on why the numbers may not be bit for bit those of an undisturbed run,
    empty where they are.
    """

    epochs: tuple[EpochRecord, ...]
    batches: tuple[BatchPoint, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """Which epochs of a run can be gone on from, and whose weights can be looked at; ascending."""

    checkpoints: tuple[int, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Nothing to tell: a moment between two stretches of work, in which others may go on."""


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A sentence to tell about a run that goes on all the same, such as that the disk is full."""

    text: str


def best_by_accuracy(records: Sequence[EpochRecord]) -> EpochRecord | None:
    """Return the first epoch of the highest validation accuracy: what screens call the best.

    None where no epoch has one that is a number.
    """
    rated = [record for record in records if isfinite(record.validation_accuracy)]
    return max(rated, key=lambda record: record.validation_accuracy, default=None)


def best_by_loss(records: Sequence[EpochRecord]) -> EpochRecord | None:
    """Return the first epoch of the smallest validation loss: the one whose checkpoint is kept.

    None before the first epoch; a loss that is no number counts as the largest there is.
    """

    def loss(record: EpochRecord) -> float:
        return record.validation_loss if isfinite(record.validation_loss) else inf

    return min(records, key=loss, default=None)
