"""What settings ask of the data: checked by its entry at first, and again by what was read."""

from __future__ import annotations

from collections.abc import Sequence

from playground.errors import InvalidExperiment
from playground.experiment import catalog
from playground.experiment.entries import DatasetEntry
from playground.experiment.fields import title
from playground.experiment.settings import DataSettings, ModelSettings


def check_images(data: DataSettings, model: ModelSettings, entry: DatasetEntry) -> None:
    """Raise `InvalidExperiment` where something is to be done with images and there are none."""
    if entry.has_images:
        return
    architecture = catalog.ARCHITECTURES[model.architecture]
    if data.image_size is not None:
        what = f"Image size {data.image_size} resizes images"
        instead = "leave the image size unchanged (null)"
    elif data.augmentation != "none":
        what = f"The augmentation {catalog.AUGMENTATIONS[data.augmentation].label} changes images"
        instead = "choose augmentation none"
    elif architecture.convolutional:
        others = [each.label for each in catalog.ARCHITECTURES if not each.convolutional]
        what = f"{architecture.label} looks at neighbouring pixels of images"
        instead = f"choose {' or '.join(others)}"
    else:
        return
    raise InvalidExperiment(f"{what}, and {entry.label} has none: {instead}.")


def doubts(data: DataSettings) -> str:
    """Return what is to be told of settings that are possible and hardly meant; "" for nothing."""
    entry = catalog.DATASETS[data.dataset]
    if data.augmentation != "crop_flip" or not entry.changes_mirrored:
        return ""
    return (
        f"{catalog.AUGMENTATIONS[data.augmentation].label} mirrors half of the training images, "
        f"and those of {entry.label} mean something else mirrored or nothing at all: choose "
        f"{catalog.AUGMENTATIONS['crop'].label}."
    )


def check_training_images(wanted: int | None, available: int, label: str) -> None:
    """Raise `InvalidExperiment` where the data set `label` has fewer images for training."""
    if wanted is not None and wanted > available:
        raise InvalidExperiment(
            f"{wanted:,} training images are more than the {available:,} that {label} has "
            f"for training: choose at most {available}."
        )


def check_left_out(positions: Sequence[int], images: int, label: str) -> None:
    """Raise `InvalidExperiment` where what is to be left out is none of the training images."""
    if positions and max(positions) >= images:
        raise InvalidExperiment(
            f"Image {max(positions)} cannot be left out: {label} has {images:,} training images, "
            f"numbered from 0 to {images - 1}. Validation images stay, and so do test images."
        )


def check_batch_size(batch_size: int, images: int, devices: int = 1) -> None:
    """Raise `InvalidExperiment` where a batch would take more than all training images."""
    if devices > 1 and batch_size * devices > images:
        raise InvalidExperiment(
            f"Batch size {batch_size:,} on each of {devices} devices is {batch_size * devices:,} "
            f"images at once, more than the {images:,} training images: choose at most "
            f"{max(1, images // devices)}, or fewer devices."
        )
    if batch_size > images:
        raise InvalidExperiment(
            f"Batch size {batch_size:,} is larger than the {images:,} training images: choose at "
            f"most {images}."
        )


def check_channels(data: DataSettings, channels: int, label: str) -> None:
    """Raise `InvalidExperiment` where own means and deviations are not one for each channel."""
    if data.normalization != "custom":
        return
    for name in ("mean", "std"):
        given = len(getattr(data, name))
        if given not in (1, channels):
            raise InvalidExperiment(
                f"The {title(f'data.{name}')} has {given} numbers, and the images of {label} have "
                f"{channels} channel{'s' if channels > 1 else ''}: give one number"
                f"{f', or {channels}' if channels > 1 else ''}."
            )
