"""Batches as code: how an epoch's order is cut, and what changes images at random."""

from __future__ import annotations

from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import image_counts
from playground.experiment.settings import resized
from playground.export.script.section import code, indented


def cutting_code(experiment: Experiment) -> str | None:
    """Return the function that cuts an order into batches; None where torch's own will do."""
    if not joins(experiment):
        return None
    return code(
        "def cut(order):",
        '    """Cut an epoch\'s order into batches."""',
        "    batches = list(order.split(BATCH_SIZE))",
        indented(join("batches")),
        "    return batches",
    )


def join(name: str) -> str:
    """Return the code by which a last part of a single image joins the one before it."""
    return code(
        f"if len({name}) > 1 and len({name}[-1]) == 1:  # too few for batch norm: it joins",
        f"    {name}[-2:] = [torch.cat({name}[-2:])]",
    )


def joins(experiment: Experiment) -> bool:
    """Whether a last batch of one image may have to join the one before it, for batch norm."""
    settings = experiment.model
    kind = catalog.ARCHITECTURES[settings.architecture]
    chosen = settings.batch_norm and bool(settings.hidden_sizes) and "batch_norm" in kind.uses
    normalizes = chosen or "batch_norm" in kind.has
    return normalizes and may_leave_one(experiment, 0, experiment.training.batch_size)


def may_leave_one(experiment: Experiment, role: int, at_once: int) -> bool:
    """Whether so many at once leave one image; where counts are not sure, it may be."""
    data = experiment.data
    entry = catalog.DATASETS[data.dataset]
    is_counted = entry.name in catalog.DATASETS.built_in and not (
        data.left_out or (data.classes and not entry.class_counts)
    )
    return not is_counted or image_counts(experiment)[role] % at_once == 1


def augmentation_code(experiment: Experiment) -> str | None:
    """Return the functions that change images at random; None where nothing does."""
    data = experiment.data
    if data.augmentation == "none":
        return None
    entry = catalog.DATASETS[data.dataset]
    _, height, width = resized(entry.input_shape, data.image_size)
    down, across = (_reach(data.crop_shift, size) for size in (height, width))
    flips = data.augmentation == "crop_flip"
    return code(
        "def shifts(count, size, most):",
        '    """Return for each image where its rows (or columns) come from: shifted at random."""',
        "    offsets = torch.randint(-most, most + 1, (count, 1), generator=augmenting)",
        "    places = (torch.arange(size) + offsets).abs()",
        "    return (size - 1) - (size - 1 - places).abs()  # reflected at the border",
        "",
        "",
        "def augment(images):",
        f'    """Shift every image by up to {_pixels(down, across)}'
        f'{", and mirror half of them" if flips else ""}."""',
        "    count, channels, height, width = images.shape",
        f"    rows, columns = shifts(count, height, {down}), shifts(count, width, {across})",
        code(
            "    mirrored = torch.randint(2, (count, 1), generator=augmenting).bool()",
            "    columns = torch.where(mirrored, columns.flip(1), columns)",
        )
        if flips
        else None,
        "    places = (rows[:, :, None] * width + columns[:, None, :]).view(count, 1, -1)",
        f"    places = places.expand(-1, channels, -1)"
        f"{'' if experiment.training.device == 'cpu' else '.to(images.device)'}",
        "    return images.flatten(2).gather(2, places).view_as(images)",
    )


def _reach(shift: int | None, size: int) -> int:
    return min(shift or max(1, round(size / 8)), size - 1)


def _pixels(down: int, across: int) -> str:
    if down != across:
        return f"{down} pixels down and {across} across"
    return f"{down} pixel{'s' if down > 1 else ''}"
