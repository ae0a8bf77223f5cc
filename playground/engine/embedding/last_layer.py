"""The last hidden layer of a run's network: maps of it over the epochs, and neighbours in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn
from torch.nn.functional import interpolate

from playground.engine.embedding.mapping import (
    Matrix,
    aligned,
    pca,
    reduced,
    rounds,
    tsne_round,
)
from playground.engine.images.data import TrainingData
from playground.engine.images.normalization import Normalization
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.dataset import Dataset
from playground.engine.images.sources.splits import stratified
from playground.engine.inspect.networks import network_of_epoch
from playground.engine.machine.preparation import Preparation, portions
from playground.engine.machine.runtime import multiply_adds
from playground.engine.models.layer_shapes import blueprint
from playground.engine.runs.inspection import describe
from playground.engine.training.evaluation import portion_size
from playground.errors import InvalidExperiment
from playground.experiment.pitfalls import data_flaws
from playground.run.image_sets import ImageSet
from playground.run.last_layer import (
    MOST_CANDIDATES,
    MOST_IMAGES,
    NEAREST,
    LastLayer,
    LastLayerQuestion,
    Packed,
)
from playground.run.network_looks import NetworkAt
from playground.run.records import PreparationRecord

_BUDGET = 400_000_000_000  # multiply-adds: half a minute or so
_FEWEST_EPOCHS = 4  # before images are left out instead
_MOST_NUMBERS = 50_000_000  # of features at a time: 200 MB
_FEWEST_IMAGES = 10  # that make a map
_LARGEST_SIDE = 64  # pixels of a training image that is only looked at


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is looked at: epochs, validation images, training images."""

    epochs: tuple[int, ...]
    images: int
    candidates: int


def effort(
    epochs: tuple[int, ...], images: int, candidates: int, cost: int, size: int, budget: int
) -> Effort:
    """Return as much as `budget` multiply-adds allow, `cost` an image, and `size` numbers each.

    First of the epochs some are left out, evenly and never the last; then of the images.
    """
    each = max(1, cost * (images + candidates))
    room = max(_FEWEST_EPOCHS, budget // each)
    if len(epochs) > room:
        places = np.linspace(0, len(epochs) - 1, room).round().astype(int)
        epochs = tuple(epochs[place] for place in places)
    share = min(
        1.0,
        budget / (each * len(epochs)),
        _MOST_NUMBERS / max(1, size * (images + candidates)),
    )
    smallest = min(images, _FEWEST_IMAGES), min(candidates, 2 * _FEWEST_IMAGES)
    return Effort(
        epochs, max(smallest[0], int(images * share)), max(smallest[1], int(candidates * share))
    )


def last_linear(model: nn.Module) -> tuple[str, nn.Linear, bool]:
    """Return the last linear layer by name, and whether it is all there is of weights."""
    weighted = [
        (name, layer)
        for name, layer in model.named_modules()
        if next(layer.parameters(recurse=False), None) is not None
    ]
    name, layer = next(
        (name, layer) for name, layer in reversed(weighted) if isinstance(layer, nn.Linear)
    )
    return name, layer, len(weighted) == 1


def inputs_of(layer: nn.Module, model: nn.Module, images: Tensor) -> Tensor:
    """Return what the layer gets when the network sees these images, `[N, size]`."""
    seen: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].flatten(1)))
    try:
        with torch.inference_mode():
            model(images)
    finally:
        hook.remove()
    return seen[0]


def investigate(question: LastLayerQuestion, shelf: DataShelf) -> Preparation[LastLayer]:
    """Return the map of each epoch, or the neighbours of one image.

    Raises `CheckpointMissing`, `DatasetUnavailable`, and `InvalidExperiment` where the images are
    others by now, or too few.
    """
    experiment = question.experiment
    data = yield from shelf.prepare(
        experiment.data, experiment.training.seed, download=False, flaws=data_flaws(experiment)
    )
    if data.fingerprint != question.fingerprint:
        raise InvalidExperiment(
            "The images of this run have changed on disk since it was trained: train again to look "
            "into its last layer."
        )
    classes = len(data.class_names)
    layer, linear, is_input = last_linear(blueprint(experiment.model, data.input_shape, classes))
    cost = multiply_adds(describe(experiment, data.input_shape, classes))
    by_tsne = question.method == "t-SNE"
    planned = effort(
        tuple(sorted(set(question.epochs))),
        min(MOST_IMAGES, len(data.validation)) if question.image is None else 1,
        0 if by_tsne else min(MOST_CANDIDATES, len(data.train)),
        cost,
        linear.in_features,
        _BUDGET,
    )
    images = _chosen(question, data, planned.images)
    candidates = _sample(data.train, planned.candidates)
    roles = (data.validation, images), (data.train, candidates)
    places: list[Matrix] = []
    nearest: list[Matrix] = []
    shown: list[float] = []
    drawn: Matrix | None = None  # by t-SNE, as it left it
    for number, epoch in enumerate(planned.epochs):
        at = NetworkAt(question.run, epoch, experiment, question.fingerprint)
        model = network_of_epoch(at, data)
        progress = _Progress(epoch, number, len(planned.epochs))
        validation, training = yield from _features(
            model, data.normalization, roles, portion_size(cost), progress
        )
        if by_tsne:
            drawn = yield from _by_tsne(validation, drawn, progress)
            flat = drawn
        else:
            flat, share = pca(validation)
            shown.append(share)
            found = NearestNeighbors(n_neighbors=min(NEAREST, len(training)), algorithm="brute")
            nearest.append(found.fit(training).kneighbors(validation, return_distance=False))
        places.append(aligned(flat, places[-1] if places else None))
        yield progress.record(1.0)
    return LastLayer(
        epochs=planned.epochs,
        layer=layer,
        size=linear.in_features,
        is_input=is_input,
        positions=Packed.of(images.numpy(), "<i4"),
        places=Packed.of(np.stack(places), "<f4"),
        shown=tuple(shown),
        nearest=Packed.of(np.stack(nearest), "<u2") if nearest else None,
        candidates="" if by_tsne else _save(data, candidates),
        candidate_count=len(candidates),
        training_count=len(data.train),
    )


@dataclass(frozen=True, slots=True)
class _Progress:
    """An epoch, the how manieth of how many it is."""

    epoch: int
    number: int
    epochs: int

    def record(self, done: float) -> PreparationRecord:
        """Return how far the whole is, where so much of this epoch is `done`, from 0 to 1."""
        return PreparationRecord(
            f"Looking into the network after epoch {self.epoch}",
            (self.number + done) / self.epochs,
        )


def _chosen(question: LastLayerQuestion, data: TrainingData, count: int) -> Tensor:
    """Return the positions of the validation images that are asked about."""
    if question.image is None:
        if len(data.validation) < _FEWEST_IMAGES:
            raise InvalidExperiment(
                f"{len(data.validation)} validation images make no map: it takes at least "
                f"{_FEWEST_IMAGES}."
            )
        return _sample(data.validation, count)
    if question.image >= len(data.validation):
        raise InvalidExperiment(
            f"There is no validation image {question.image}: there are {len(data.validation)}."
        )
    return torch.tensor([question.image])


def _sample(dataset: Dataset, count: int) -> Tensor:
    """Return positions of so many images, each class by its share; always the same ones."""
    return stratified(dataset.labels, count, torch.Generator().manual_seed(0))


def _features(
    model: nn.Module,
    normalization: Normalization,
    roles: Sequence[tuple[Dataset, Tensor]],
    portion: int,
    progress: _Progress,
) -> Preparation[list[Matrix]]:
    """Return what the last layer gets of the chosen images of each role, float32 `[N, size]`."""
    _, layer, _ = last_linear(model)
    found = []
    done, total = 0, sum(len(chosen) for _, chosen in roles)
    for dataset, chosen in roles:
        values = np.empty((len(chosen), layer.in_features), np.float32)
        for part in portions(len(chosen), portion):
            images = normalization.apply(dataset.inputs[chosen[part]])
            values[part] = inputs_of(layer, model, images).numpy()
            done += part.stop - part.start
            yield progress.record(0.5 * done / total)
        if not np.isfinite(values).all():
            raise InvalidExperiment(
                f"After epoch {progress.epoch} the last layer gets numbers that are not finite: "
                "there is no map of them."
            )
        found.append(values)
    return found


def _by_tsne(features: Matrix, before: Matrix | None, progress: _Progress) -> Preparation[Matrix]:
    """Return the map of an epoch by t-SNE, which goes on from that of the epoch `before`.

    A round takes a second, which cannot be cut: a thread does it while runs have their turns. What
    is given up ends with the round under way.
    """
    less, begins = reduced(features), before is None
    places = pca(features)[0] if before is None else before
    thread = ThreadPoolExecutor(1, "t-SNE")
    try:
        for turn in range(rounds(begins)):
            done = replace(progress.record(0.5 + 0.5 * turn / rounds(begins)), waiting=True)
            result = thread.submit(tsne_round, less, places, begins=begins and not turn)
            while not result.done():
                yield done
            places = result.result()
    finally:
        thread.shutdown(wait=False)
    return places


def _save(data: TrainingData, candidates: Tensor) -> str:
    """Write the training images that are looked at, large ones made smaller; return their key."""
    name = f"{data.fingerprint} candidates {len(candidates)}"
    samples = ImageSet("samples", hashlib.sha256(name.encode()).hexdigest()[:24])
    inputs = data.train.inputs[candidates]
    if inputs.ndim == 4 and max(inputs.shape[2:]) > _LARGEST_SIDE:
        scale = _LARGEST_SIDE / max(inputs.shape[2:])
        size = [max(1, round(side * scale)) for side in inputs.shape[2:]]
        inputs = interpolate(inputs, size=size, mode="bilinear", antialias=True)
    arrays = {
        "images": inputs,
        "labels": data.train.labels[candidates],
        "indices": data.train_indices[candidates],
    }
    samples.put({name: values.numpy() for name, values in arrays.items()})
    return samples.key
