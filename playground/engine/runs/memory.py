"""Memory: what a run will need, and what is free, compared before anything is allocated."""

from __future__ import annotations

from math import prod
from pathlib import Path

import psutil
import torch

from playground.engine.images.image_feed import is_kept_ready
from playground.engine.machine.runtime import multiply_adds
from playground.engine.models.layer_shapes import blueprint, leaf_layers
from playground.engine.training.evaluation import portion_size
from playground.engine.training.precision import pixel_type
from playground.errors import ModelDoesNotFit
from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import takes_features
from playground.experiment.pitfalls import active_pitfalls
from playground.experiment.settings import OptimizerSettings
from playground.run.backbones import find
from playground.run.records import ModelSummary

FLOAT32 = 4  # bytes
RESERVE = 0.1  # the share of the free memory that a run leaves to others


def memory_needed(experiment: Experiment, summary: ModelSummary, counts: tuple[int, int]) -> int:
    """Return about how many bytes a run on `counts` images needs at its peak, as float32.

    The counts are those of the training and of the validation images.
    Held throughout: the images, the weights, their gradients and the optimizer's state. On top
    comes the largest of a training batch (the outputs of all layers and their gradients), a
    portion of the validation images, and what the optimizer copies in its step. The memory of a
    CUDA graph is not counted: one is made only where there is ample room for it (`cuda_recorder`).
    """
    return _Estimate(experiment, summary, counts).total(experiment.training.batch_size)


def check_memory(
    experiment: Experiment,
    summary: ModelSummary,
    counts: tuple[int, int],
    device: torch.device | None = None,
) -> None:
    """Raise `ModelDoesNotFit` if the run needs more memory than is free on `device` (the CPU).

    The sentence names the batch size that would fit, or what else to make smaller. A tenth of
    what is free stays in reserve.
    """
    usable = int(free_memory(device) * (1 - RESERVE))
    estimate = _Estimate(experiment, summary, counts)
    batch_size = experiment.training.batch_size
    # Devices of one kind share no memory, but for the CPU's, where each has all of it again.
    sharing = experiment.training.devices if device is None or device.type == "cpu" else 1
    usable //= sharing
    needed = estimate.total(batch_size)
    if needed <= usable:
        return
    label = catalog.ARCHITECTURES[experiment.model.architecture].label
    each = f" on each of {sharing} devices" if sharing > 1 else ""
    raise ModelDoesNotFit(
        f"{label} with {summary.parameters:,} parameters and batch size {batch_size:,} needs about "
        f"{_size(needed)} of memory{each}; {_size(usable)} are free for it. "
        f"{_remedy(experiment, estimate, usable)}"
    )


def free_memory(
    device: torch.device | None = None, control_group: Path = Path("/sys/fs/cgroup")
) -> int:
    """Return how many bytes a run on `device` could take now.

    In a container the limit of its control group counts where it is the smaller one.
    """
    if device is not None and device.type == "cuda":
        # What torch keeps from former runs is given back, so that it counts as free. To count it
        # as what is reserved and not allocated would count the memory of graphs in use as well.
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info(device)
        return free
    available = int(psutil.virtual_memory().available)
    limit = _free_in_control_group(control_group)
    return available if limit is None else min(available, limit)


def held_bytes(settings: OptimizerSettings, parameters: int) -> int:
    """Return the bytes of the weights, their gradients and what the optimizer keeps for each."""
    states = catalog.OPTIMIZERS[settings.name].states
    kept = sum(settings.momentum > 0 or not state.of_momentum for state in states)
    return FLOAT32 * parameters * (2 + kept)


class _Estimate:
    """The memory of one run as a function of the batch size, in bytes."""

    def __init__(
        self, experiment: Experiment, summary: ModelSummary, counts: tuple[int, int]
    ) -> None:
        training_images, validation_images = counts
        shape = summary.input_shape
        pixels = prod(shape)
        classes = summary.layers[-1].output_shape[0]
        leaves = leaf_layers(blueprint(experiment.model, shape, classes), shape)
        outputs = [prod(layer.output_shape) for layer in leaves]
        if takes_features(experiment):  # a batch has no more than these
            pixels = find(experiment.model.backbone).features
            outputs = [prod(leaves[-1].output_shape)]
        evaluates_all = experiment.training.train_accuracy == "after_epoch"
        evaluated = max(validation_images, training_images if evaluates_all else 0)
        portion = min(portion_size(multiply_adds(summary)), evaluated)

        self.images = _images(experiment, training_images * pixels, in_order=False)
        if "unseparated" not in active_pitfalls(experiment):  # there, both roles share one copy
            self.images += _images(experiment, validation_images * pixels, in_order=True)
        self.weights = held_bytes(experiment.optimizer, summary.parameters)
        copies = catalog.OPTIMIZERS[experiment.optimizer.name].step_copies
        self.step = FLOAT32 * summary.parameters * copies
        self.per_image = FLOAT32 * (pixels + 2 * sum(outputs))
        # At once, a layer's input and output, and what a shortcut carries past it.
        self.validation = FLOAT32 * portion * (pixels + 3 * max(outputs))

    def total(self, batch_size: int) -> int:
        """Return the bytes at the peak."""
        peak = max(batch_size * self.per_image, self.validation, self.step)
        return self.images + self.weights + peak


def _images(experiment: Experiment, values: int, *, in_order: bool) -> int:
    """Return the bytes of all values of one role: ready to use, or uint8 where that is too much."""
    convolutional = catalog.ARCHITECTURES[experiment.model.architecture].convolutional
    number = pixel_type(experiment.training.precision)
    ready = is_kept_ready(values, number, channels_last=convolutional, in_order=in_order)
    may_be_bytes = catalog.DATASETS[experiment.data.dataset].number == "uint8"
    return values if may_be_bytes and not ready else number.itemsize * values


def _remedy(experiment: Experiment, estimate: _Estimate, usable: int) -> str:
    """Return the sentence that says what would make the run fit."""
    size = 1 << (experiment.training.batch_size - 1).bit_length() >> 1  # below the batch size
    while size and estimate.total(size) > usable:
        size //= 2
    if size:
        return f"Choose batch size {size:,} or less."
    has_images = catalog.DATASETS[experiment.data.dataset].has_images
    smaller = " or a smaller image size" if has_images else ""
    if estimate.total(1) - estimate.images <= usable:
        return f"Choose fewer training images{smaller}."
    if "hidden_sizes" in catalog.ARCHITECTURES[experiment.model.architecture].uses:
        return "Choose smaller hidden sizes."
    return f"Choose another architecture{smaller}."


def _free_in_control_group(folder: Path) -> int | None:
    """Return the bytes left below the limit of a control group (version 2), if there is one."""
    try:
        limit = int((folder / "memory.max").read_text())  # "max" where there is no limit
        used = int((folder / "memory.current").read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
        statistics = {name: int(value) for name, value in map(str.split, lines)}
    except (OSError, ValueError):
        return None
    # Cached files count as used, but are dropped as soon as a process needs the memory.
    cached = statistics.get("active_file", 0) + statistics.get("inactive_file", 0)
    return max(0, limit - used + cached)


def _size(size: int) -> str:
    """Return bytes as a person reads them, such as "8.1 GB"."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
