"""The microscope: one step of training on eight images, with all there is to see on the way."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.packing import packed, row, rows
from playground.engine.machine.preparation import Preparation
from playground.engine.machine.randomness import derive_seed
from playground.engine.models.building import build_model
from playground.engine.runs.checkpoint import CheckpointFolder
from playground.engine.runs.preflight import preflight
from playground.engine.training.loss import Criterion, build_criterion
from playground.engine.training.optimizers import build_optimizer
from playground.errors import CheckpointMissing, InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.lab.microscope import MicroscopeFindings, MicroscopeQuestion, WeightTile
from playground.run.home import run_folder
from playground.run.records import PreparationRecord

IMAGES = 8


def one_step(
    model: nn.Module,
    optimizer: optim.Optimizer,
    criterion: Criterion,
    images: Tensor,
    labels: Tensor,
) -> dict[str, Tensor]:
    """Train on one batch; return what there is to see on the way."""
    model.train()
    torch.manual_seed(0)  # dropout, if there is any, drops the same units both times
    logits = model(images)  # [8, classes]
    losses = criterion(logits, labels, "none")  # one number for each image

    optimizer.zero_grad()
    losses.mean().backward()  # leaves a gradient in the .grad of every weight
    weight = first_weight(model)
    before = weight.detach().clone()
    optimizer.step()  # changes every weight, by its gradient and the optimizer's state
    assert weight.grad is not None  # backward() has filled it

    torch.manual_seed(0)
    with torch.no_grad():
        losses_after = criterion(model(images), labels, "none")
    return {
        "logits": logits.detach(),
        "probabilities": logits.detach().softmax(1),
        "losses": losses.detach(),
        "before": before,
        "gradient": weight.grad,
        "update": weight.detach() - before,
        "losses_after": losses_after,
    }


def first_weight(model: nn.Module) -> nn.Parameter:
    """Return the weights of the first layer: one row, or one kernel, for each of its units."""
    return next(weight for weight in model.parameters() if weight.ndim > 1)


def investigate(question: MicroscopeQuestion, shelf: DataShelf) -> Preparation[MicroscopeFindings]:
    """Return one step on a batch of eight training images, after the steps on those before it.

    Raises `CheckpointMissing`, `DatasetUnavailable`, `InvalidExperiment`.
    """
    saved = _saved(question.run) if question.run else None
    experiment = question.experiment or Experiment()
    if saved:
        experiment = Experiment.from_json(saved["experiment"])
    experiment = experiment.replace({"training.device": "cpu"})
    preflight(experiment)
    seed = experiment.training.seed
    data = yield from shelf.prepare(
        experiment.data, seed, download=False, flaws=data_flaws(experiment)
    )
    model = build_model(experiment.model, data.image_shape, len(data.class_names), seed)
    if not first_weight(model).requires_grad:
        raise InvalidExperiment(
            "The first layer of a frozen backbone takes no step, so there is none to look at: set "
            "the backbone rate above 0, or choose another network."
        )
    optimizer = build_optimizer(experiment.optimizer, model, experiment.model.backbone_rate)
    if saved:
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
    for group in optimizer.param_groups:
        group["lr"] = question.learning_rate  # at the end of a schedule the run's own would be zero
    criterion = build_criterion(experiment)
    for number in range(1, question.batch + 1):
        images, labels = _batch(data, seed, number)
        seen = one_step(model, optimizer, criterion, data.normalization.apply(images), labels)
        yield PreparationRecord(f"Batch {number} of {question.batch}", number / question.batch)
    normalized = data.normalization.apply(images)
    # What a mystery hides may be in the loss, and its source would tell.
    shown = () if experiment.training.mystery else (criterion,)
    return MicroscopeFindings(
        epoch=saved["epoch"] if saved else 0,
        class_names=data.class_names,
        images=packed(images),
        labels=tuple(labels.tolist()),
        low=normalized.min().item(),
        high=normalized.max().item(),
        logits=rows(seen["logits"]),
        probabilities=rows(seen["probabilities"]),
        losses=row(seen["losses"]),
        losses_after=row(seen["losses_after"]),
        loss=seen["losses"].mean().item(),
        loss_after=seen["losses_after"].mean().item(),
        tile=_tile(question, model, optimizer, seen, data.image_shape),
        code=source(one_step, first_weight, *shown),
    )


def _saved(run_id: str) -> dict[str, Any]:
    """Return a run's newest checkpoint; raises `CheckpointMissing` before its first epoch."""
    saved = CheckpointFolder(run_folder(run_id)).load()
    if saved is None:
        raise CheckpointMissing(
            "This run has no checkpoint yet: wait for its first epoch, or look at the untrained "
            "network of the sidebar."
        )
    return saved


def _batch(data: TrainingData, seed: int, number: int) -> tuple[Tensor, Tensor]:
    """Return uint8 images `[8, C, H, W]` and labels of a batch, counted from 1, as they are."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "microscope"))
    order = torch.randperm(len(data.train), generator=generator)
    places = torch.arange((number - 1) * IMAGES, number * IMAGES) % len(order)
    chosen = order[places]
    return data.train.images[chosen], data.train.labels[chosen]


def _tile(
    question: MicroscopeQuestion,
    model: nn.Module,
    optimizer: optim.Optimizer,
    seen: dict[str, Tensor],
    image_shape: tuple[int, int, int],
) -> WeightTile:
    """Return the weights of one unit for one channel, as rows: a kernel, or a weight per pixel."""
    weight = first_weight(model)
    state = optimizer.state[weight]
    tiles = {name: seen[name] for name in ("before", "gradient", "update")}
    tiles["after"] = weight.detach()
    tiles |= {
        name: value
        for name, value in state.items()
        if isinstance(value, Tensor) and value.shape == weight.shape
    }
    shape = weight.shape[1:] if weight.ndim == 4 else image_shape
    units, channels = len(weight), shape[0]
    # Another network may have fewer of them: the last one then.
    unit, channel = min(question.unit, units), min(question.channel, channels)
    own = {name: tile.reshape(units, *shape)[unit - 1, channel - 1] for name, tile in tiles.items()}
    place = int(own["gradient"].abs().argmax())
    return WeightTile(
        unit=unit,
        units=units,
        channel=channel,
        channels=channels,
        is_kernel=weight.ndim == 4,
        strongest=int(seen["gradient"].reshape(units, -1).norm(dim=1).argmax()) + 1,
        steps=int(state["step"]) if "step" in state else 0,
        row=place // shape[-1],
        column=place % shape[-1],
        values={name: rows(tile) for name, tile in own.items()},
    )
