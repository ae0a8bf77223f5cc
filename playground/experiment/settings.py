"""The settings of an experiment in four sections: names, defaults, legal ranges and what each does.

Ranges are written here once; the widgets, the command line and the error sentences read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from playground.experiment import catalog
from playground.experiment.backbone_entries import REFERENCE, whole_reference
from playground.experiment.class_choice import chosen_classes
from playground.experiment.entries import Catalog
from playground.experiment.left_out import MOST

ImageSize = Literal[8, 16, 28, 32, 64]
Position = Annotated[int, Field(ge=0, le=99_999_999)]
HiddenSize = Annotated[int, Field(ge=1, le=8192)]
Mean = Annotated[float, Field(ge=-10.0, le=10.0)]
Deviation = Annotated[float, Field(ge=0.001, le=10.0)]
_PER_CHANNEL = Field(min_length=1, max_length=4)


@dataclass(frozen=True)
class OneOf:
    """Lets only names of `choices` pass, which are a field's choices by this alone.

    It runs before the check for text, so that a number or null also meets the list of choices.
    """

    choices: Catalog[Any]

    def __call__(self, name: str) -> str:
        """Return the name; raises `UnknownChoice`."""
        known: str = self.choices[name].name
        return known


def _choice(choices: Catalog[Any]) -> BeforeValidator:
    return BeforeValidator(OneOf(choices))


class Settings(BaseModel):
    """What all sections share: frozen, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DataSettings(Settings):
    """Which images the network sees, and how they are prepared."""

    dataset: Annotated[str, _choice(catalog.DATASETS)] = Field(
        "digits", title="data set", description="The images to learn."
    )
    classes: tuple[str, ...] = Field(
        (), description="The classes to tell apart, at least two. All by default."
    )
    training_images: int | None = Field(
        None, ge=10, description="How many to use, the same share of each class. All by default."
    )
    validation: Annotated[str, _choice(catalog.VALIDATIONS)] = Field(
        "holdout", description="Which images measure how well the network does on new ones."
    )
    validation_share: float = Field(
        0.15, ge=0.05, le=0.5, description="The share of training images kept for validation."
    )
    split_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Draws which images validate: runs with the same one share these images.",
    )
    image_size: ImageSize | None = Field(
        None, description="Pixels of an image's shorter side after resizing. Unchanged by default."
    )
    normalization: Annotated[str, _choice(catalog.NORMALIZATIONS)] = Field(
        "dataset", description="The range that pixel values are brought to."
    )
    mean: Annotated[tuple[Mean, ...], _PER_CHANNEL] = Field(
        (0.5,), description="Taken from pixels between 0 and 1: one number, or one per channel."
    )
    std: Annotated[tuple[Deviation, ...], _PER_CHANNEL] = Field(
        (0.5,), description="What they are then divided by: one number, or one per channel."
    )
    augmentation: Annotated[str, _choice(catalog.AUGMENTATIONS)] = Field(
        "none", description="Random changes, so that no epoch sees quite the same training images."
    )
    crop_shift: int | None = Field(
        None,
        ge=1,
        le=64,
        description="How many pixels a crop shifts an image at most; without a number, an eighth "
        "of its size.",
    )

    left_out: tuple[Position, ...] = Field(
        (),
        max_length=MOST,
        title="images left out",
        description="Training images not to train on, by their numbers in the data set, such as "
        "those with a wrong label. Images that validate or test stay.",
    )

    @field_validator("left_out")
    @classmethod
    def _each_once(cls, positions: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(positions)))

    @field_validator("classes", mode="before")
    @classmethod
    def _by_name(cls, chosen: object, info: ValidationInfo) -> object:
        if not isinstance(chosen, list | tuple) or "dataset" not in info.data:
            return () if isinstance(chosen, list) else chosen
        return chosen_classes(chosen, catalog.DATASETS[info.data["dataset"]])


class ModelSettings(Settings):
    """The network."""

    architecture: Annotated[str, _choice(catalog.ARCHITECTURES)] = Field(
        "mlp", description="The kind of network."
    )
    hidden_sizes: tuple[HiddenSize, ...] = Field(
        (64,), max_length=32, description="Units, or channels, of each hidden layer: 128, 64."
    )
    activation: Annotated[str, _choice(catalog.ACTIVATIONS)] = Field(
        "relu", description="The function between layers that is not linear."
    )
    dropout: float = Field(
        0.0, ge=0.0, le=0.9, description="The share of hidden units each step drops at random."
    )
    batch_norm: bool = Field(
        False, description="Normalize the inputs of every activation over the batch."
    )
    initialization: Annotated[str, _choice(catalog.INITIALIZATIONS)] = Field(
        "default", description="How the first weights are drawn."
    )
    backbone: str = Field(
        "",
        pattern=REFERENCE,
        validate_default=True,
        description="The trained network whose last layer a new one replaces.",
    )
    backbone_rate: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="How fast the backbone learns, next to the new layer: 0 keeps it as it is "
        "(frozen), 0.1 trains it with a tenth of the learning rate.",
    )

    @field_validator("backbone", mode="before")
    @classmethod
    def _with_fingerprint(cls, typed: object, info: ValidationInfo) -> object:
        return whole_reference(typed, info.data.get("architecture"))


class OptimizerSettings(Settings):
    """How weights follow from gradients."""

    name: Annotated[str, _choice(catalog.OPTIMIZERS)] = Field(
        "adam", title="optimizer", description="The rule that turns gradients into steps."
    )
    learning_rate: float = Field(
        0.001,
        ge=1e-5,
        le=10.0,
        description="The size of each step: too small is slow, too large fails.",
    )
    momentum: float = Field(
        0.9, ge=0.0, le=0.999, description="The share of the last step that is kept in the next."
    )
    nesterov: bool = Field(
        False, title="Nesterov", description="Look ahead along the momentum before the gradient."
    )
    weight_decay: float = Field(
        0.0, ge=0.0, le=1.0, description="Pulls weights towards zero, against overfitting."
    )
    schedule: Annotated[str, _choice(catalog.SCHEDULES)] = Field(
        "constant",
        description="How the learning rate changes during the run; More charts shows it.",
    )


class TrainingSettings(Settings):
    """How long, in what portions, and on what."""

    epochs: int = Field(20, ge=1, le=1000, description="How often every training image is seen.")
    batch_size: int = Field(64, ge=1, le=65_536, description="Images per training step.")
    accumulation: int = Field(
        1,
        ge=1,
        le=1024,
        title="gradient accumulation",
        description="Batches per step: 4 of 32 step as one of 128 where there is no batch norm, in "
        "a quarter of the memory.",
    )
    shuffle: bool = Field(
        True, description="A new random order of the training images in every epoch."
    )
    loss: Annotated[str, _choice(catalog.LOSSES)] = Field(
        "cross_entropy", description="The number that training makes small."
    )
    train_accuracy: Annotated[str, _choice(catalog.TRAIN_ACCURACIES)] = Field(
        "running", title="training accuracy", description="When the training accuracy is measured."
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Draws first weights, order and dropout: same seed, same run.",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda|cuda:[0-9]{1,2})$",
        description="What computes: auto takes the first GPU, or the CPU where there is none.",
    )
    devices: int = Field(
        1,
        ge=1,
        le=64,
        description="How many train a run together: GPUs from the chosen one on, or processes on "
        "the CPU. Each takes a batch for every step: 2 with 32 images step as 1 with 64.",
    )
    precision: Annotated[str, _choice(catalog.PRECISIONS)] = Field(
        "float32", description="The kind of numbers the network computes with."
    )
    pitfalls: tuple[Annotated[str, _choice(catalog.PITFALLS)], ...] = Field(
        (), description="Mistakes made on purpose, to see what they do."
    )
    mystery: str | None = Field(
        None,
        pattern=r"^[A-Z0-9]{4}$",
        description="A code of four letters or digits that hides a pitfall: train, look, name it.",
    )

    @property
    def global_batch_size(self) -> int:
        """The images that all devices together take at once."""
        return self.batch_size * self.devices

    @field_validator("mystery", mode="before")
    @classmethod
    def _as_written(cls, code: object) -> object:
        return code.strip().upper() if isinstance(code, str) else code

    @field_validator("pitfalls")
    @classmethod
    def _in_order(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in catalog.PITFALLS.names if name in names)


SECTIONS: dict[str, type[Settings]] = {
    "data": DataSettings,
    "model": ModelSettings,
    "optimizer": OptimizerSettings,
    "training": TrainingSettings,
}


def split_sizes(data: DataSettings) -> tuple[int, int]:
    """Return how many images there are to train on and to validate with, by the catalogue."""
    training, test = catalog.DATASETS[data.dataset].counts(data.classes)
    if data.validation == "official":
        return training, test
    validation = holdout_size(training, data.validation_share)
    return training - validation, validation


def resized(shape: tuple[int, ...], size: int | None) -> tuple[int, ...]:
    """Return a `shape (C, H, W)` with its shorter side brought to `size`, if any; others as is."""
    if size is None or len(shape) != 3:
        return shape
    channels, height, width = shape
    shorter = min(height, width)
    return channels, round(height * size / shorter), round(width * size / shorter)


def holdout_size(images: int, share: float) -> int:
    """Return how many of `images` a hold-out share keeps: at least 1, and never all."""
    return min(max(1, round(images * share)), images - 1)
