"""The settings of an experiment in four sections: names, defaults, legal ranges and what each does.

Ranges are written here once; the widgets, the command line and the error sentences read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from playground.experiment import catalog
from playground.experiment.entries import Catalog

ImageSize = Literal[8, 16, 28, 32, 64]
HiddenSize = Annotated[int, Field(ge=1, le=8192)]
Mean = Annotated[float, Field(ge=-10.0, le=10.0)]
Deviation = Annotated[float, Field(ge=0.001, le=10.0)]


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
    training_images: int | None = Field(
        None,
        ge=10,
        title="training images",
        description="How many images to train on, the same share of each class. All by default.",
    )
    validation: Annotated[str, _choice(catalog.VALIDATIONS)] = Field(
        "holdout",
        title="validation",
        description="Which images measure how well the network does on images it never trained on.",
    )
    validation_share: float = Field(
        0.15,
        ge=0.05,
        le=0.5,
        title="validation share",
        description="The share of the training images that is kept for validation.",
    )
    image_size: ImageSize | None = Field(
        None,
        title="image size",
        description="Pixels of an image's shorter side after resizing. Unchanged by default.",
    )
    normalization: Annotated[str, _choice(catalog.NORMALIZATIONS)] = Field(
        "dataset", title="normalization", description="The range that pixel values are brought to."
    )
    mean: tuple[Mean, ...] = Field(
        (0.5,),
        min_length=1,
        max_length=4,
        title="mean",
        description="What is taken from pixels between 0 and 1: one number, or one per channel.",
    )
    std: tuple[Deviation, ...] = Field(
        (0.5,),
        min_length=1,
        max_length=4,
        title="std",
        description="What they are then divided by: one number, or one per channel.",
    )
    augmentation: Annotated[str, _choice(catalog.AUGMENTATIONS)] = Field(
        "none",
        title="augmentation",
        description="Random changes to training images, so that no epoch sees quite the same ones.",
    )
    crop_shift: int | None = Field(
        None,
        ge=1,
        le=64,
        title="crop shift",
        description="How many pixels a crop shifts an image at most; without a number, an eighth "
        "of its size.",
    )


class ModelSettings(Settings):
    """The network."""

    architecture: Annotated[str, _choice(catalog.ARCHITECTURES)] = Field(
        "mlp", title="architecture", description="The kind of network."
    )
    hidden_sizes: tuple[HiddenSize, ...] = Field(
        (64,),
        max_length=32,
        title="hidden sizes",
        description="Units of each hidden layer, or channels of each convolution: 128, 64.",
    )
    activation: Annotated[str, _choice(catalog.ACTIVATIONS)] = Field(
        "relu", title="activation", description="The function between layers that is not linear."
    )
    dropout: float = Field(
        0.0,
        ge=0.0,
        le=0.9,
        title="dropout",
        description="The share of hidden units switched off at random in each training step.",
    )
    batch_norm: bool = Field(
        False,
        title="batch norm",
        description="Normalize the inputs of every activation over the batch.",
    )
    initialization: Annotated[str, _choice(catalog.INITIALIZATIONS)] = Field(
        "default", title="initialization", description="How the first weights are drawn."
    )


class OptimizerSettings(Settings):
    """How weights follow from gradients."""

    name: Annotated[str, _choice(catalog.OPTIMIZERS)] = Field(
        "adam", title="optimizer", description="The rule that turns gradients into steps."
    )
    learning_rate: float = Field(
        0.001,
        ge=1e-5,
        le=10.0,
        title="learning rate",
        description="The size of each step: too small learns slowly, too large not at all.",
    )
    momentum: float = Field(
        0.9,
        ge=0.0,
        le=0.999,
        title="momentum",
        description="The share of the last step that is kept in the next.",
    )
    nesterov: bool = Field(
        False, title="Nesterov", description="Look ahead along the momentum before the gradient."
    )
    weight_decay: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="weight decay",
        description="Pulls weights towards zero, against overfitting.",
    )
    schedule: Annotated[str, _choice(catalog.SCHEDULES)] = Field(
        "constant", title="schedule", description="How the learning rate changes during the run."
    )


class TrainingSettings(Settings):
    """How long, in what portions, and on what."""

    epochs: int = Field(
        20, ge=1, le=1000, title="epochs", description="How often every training image is seen."
    )
    batch_size: int = Field(
        64, ge=1, le=65_536, title="batch size", description="Images per training step."
    )
    accumulation: int = Field(
        1,
        ge=1,
        le=1024,
        title="gradient accumulation",
        description="How many batches' gradients are averaged before the weights change: 4 batches "
        "of 32 make the same step as one of 128, in a quarter of the memory.",
    )
    shuffle: bool = Field(
        True,
        title="shuffle",
        description="Bring the training images in a new random order for every epoch.",
    )
    loss: Annotated[str, _choice(catalog.LOSSES)] = Field(
        "cross_entropy", title="loss", description="The number that training makes small."
    )
    train_accuracy: Annotated[str, _choice(catalog.TRAIN_ACCURACIES)] = Field(
        "running", title="training accuracy", description="When the training accuracy is measured."
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="seed",
        description="Where the random numbers start: the same seed gives the same run.",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda|cuda:[0-9]{1,2})$",
        title="device",
        description="What computes: auto takes the first GPU, or the CPU where there is none.",
    )
    precision: Annotated[str, _choice(catalog.PRECISIONS)] = Field(
        "float32", title="precision", description="The kind of numbers the network computes with."
    )
    pitfalls: tuple[Annotated[str, _choice(catalog.PITFALLS)], ...] = Field(
        (), title="pitfalls", description="Mistakes made on purpose, to see what they do."
    )
    mystery: str | None = Field(
        None,
        pattern=r"^[A-Z0-9]{4}$",
        title="mystery",
        description="A code of four letters or digits that hides a pitfall: train, look, name it.",
    )

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
    entry = catalog.DATASETS[data.dataset]
    if data.validation == "official":
        return entry.training_images, entry.test_images
    validation = holdout_size(entry.training_images, data.validation_share)
    return entry.training_images - validation, validation


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
