"""LayerStatistics: what the layers of a network are like after an epoch, on a few fixed images."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from math import nan, prod

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from playground.engine.images.data import TrainingData
from playground.engine.images.image_feed import ImageFeed
from playground.engine.images.sources.splits import stratified
from playground.engine.machine.randomness import derive_seed
from playground.engine.runs.layer_numbers import measure_layer
from playground.engine.runs.layer_watch import LayerWatch, has_weights, sample
from playground.engine.runs.measured_epochs import measured_epochs
from playground.engine.training.loss import build_criterion, cross_entropy
from playground.engine.training.precision import computing
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.run.artifacts import LAYERS, Array, Artifact
from playground.run.layer_columns import COLUMNS, PROBE, validation_places

_IMAGES, _FEWEST = 128, 16
_VALUES = 4_000_000  # of all images together: large ones are fewer
_PORTION = 32  # images at a time, at least; a batch, for which there is memory, or what is light


def watch_layers(
    experiment: Experiment, data: TrainingData, state: TrainingState
) -> LayerStatistics:
    """Return the observer of a run's layers; the feeds have all images that it needs."""
    return LayerStatistics(experiment, state)


class LayerStatistics:
    """Measures the layers on images of the training set, always the same ones, in eval mode.

    After some of the epochs, or all: which follows from the experiment alone (`measured_epochs`).
    """

    def __init__(self, experiment: Experiment, state: TrainingState) -> None:
        settings = experiment.training
        self._precision = settings.precision
        self._portion = max(_PORTION, settings.batch_size, state.portion // 8)
        self._criterion = build_criterion(experiment)
        self._seed = derive_seed(settings.seed, "probe")
        labels = state.train.labels.cpu()
        values = prod(state.train.slice(0, 1)[0].shape)
        count = min(_IMAGES, len(labels), max(_FEWEST, _VALUES // values))
        chosen = stratified(labels, count, self._random())
        self._images, self._labels = _copied(state.train, chosen)
        self._validation = _copied(
            state.validation, torch.tensor(validation_places(len(state.validation)))
        )
        self._epochs = measured_epochs(experiment, state.model, self._images, len(labels))
        self._before = {
            name: sample(module.weight.detach())
            for name, module in state.model.named_modules()
            if has_weights(module)
        }
        self._before_epoch = state.epoch or nan
        state.update_ratios = []

    def __call__(self, state: TrainingState) -> Generator[None, None, list[Artifact]]:
        """Measure after `state.epoch`, if that is one to be measured."""
        if state.epoch not in self._epochs:
            return []
        model, count = state.model, len(self._labels)
        starts = range(0, count, self._portion)
        watch = LayerWatch(model, passes=len(starts))
        gradients: list[Tensor] = []
        logits: list[Tensor] = []
        for start in starts:
            part = slice(start, start + self._portion)
            with torch.enable_grad():
                with watch.attached():
                    answers = self._answer(model, self._images[part])
                loss = self._criterion(answers, self._labels[part], "sum") / count
                weights = [seen.weight for seen in watch.layers()]
                trained = [weight for weight in weights if weight.requires_grad]
                slopes = torch.autograd.grad(
                    loss, trained, allow_unused=True, materialize_grads=True
                )
            by_weight = dict(zip(trained, slopes, strict=True))
            found = [by_weight.get(weight, torch.zeros(1)) for weight in weights]
            earlier = gradients or [torch.zeros(())] * len(found)
            gradients = [one + two.cpu() for one, two in zip(earlier, found, strict=True)]
            logits.append(answers.detach())
            del answers, loss  # and with them all that the layers put out
            if len(starts) > 1:
                yield
        layers = watch.layers()
        names = {each: name for name, each in model.named_parameters() if each.requires_grad}
        ratios = dict(zip(names, map(float, state.update_ratios or []), strict=False))
        measured = []
        for seen, gradient in zip(layers, gradients, strict=True):
            now = sample(seen.weight.detach())
            before = self._before.get(seen.name) if state.epoch else None
            ratio = ratios.get(seen.weight, nan)
            measured.append(measure_layer(seen, gradient, now, before, ratio))
            self._before[seen.name] = now
        probe = self._probe(state, torch.cat(logits))
        self._before_epoch = state.epoch
        content: dict[str, Array] = {
            "names": np.frombuffer("\n".join(seen.name for seen in layers).encode(), np.uint8),
            "numbers": np.array(
                [[each.numbers[column] for column in COLUMNS] for each in measured]
            ),
            "histograms": np.array([each.histograms for each in measured]),
            "edges": np.array([each.edges for each in measured]),
            "probe": np.array([probe[name] for name in PROBE]),
        }
        kinds = {"names": np.uint8, "histograms": np.int32}
        packed = {
            name: array.astype(kinds.get(name, np.float32)) for name, array in content.items()
        }
        return [Artifact(LAYERS, state.epoch, packed)]

    def _answer(self, model: nn.Module, images: Tensor) -> Tensor:
        with computing(self._precision, images.device):
            logits: Tensor = model(images)
        return logits.float()

    @torch.no_grad()
    def _probe(self, state: TrainingState, logits: Tensor) -> dict[str, float]:
        """Return what is true of the network as a whole, by the names of `PROBE`."""
        inputs, (images, labels) = self._images.float(), self._validation
        size, dropped = state.portion, logits
        with _dropping(state.model, self._random()) as drops:
            if drops:
                parts = self._images.split(size)
                dropped = torch.cat([self._answer(state.model, part) for part in parts])
        validated = torch.cat([self._answer(state.model, part) for part in images.split(size)])
        tracked = (getattr(each, "num_batches_tracked", None) for each in state.model.modules())
        return {
            "images": len(logits),
            "loss": float(self._criterion(logits, self._labels, "mean")),
            "cross_entropy": float(cross_entropy(logits, self._labels, "mean")),
            "accuracy": _accuracy(logits, self._labels),
            "dropout_loss": float(self._criterion(dropped, self._labels, "mean")) if drops else nan,
            "dropout_accuracy": _accuracy(dropped, self._labels) if drops else nan,
            "validation_images": len(labels),
            "validation_cross_entropy": float(cross_entropy(validated, labels, "mean")),
            "validation_accuracy": _accuracy(validated, labels),
            "input_mean": float(inputs.mean()),
            "input_std": float(inputs.std(correction=0)),
            "input_min": float(inputs.min()),
            "input_max": float(inputs.max()),
            "tracked_batches": float(next((each for each in tracked if each is not None), nan)),
            "change_epochs": state.epoch - self._before_epoch,
        }

    def _random(self) -> torch.Generator:
        return torch.Generator().manual_seed(self._seed)


@contextmanager
def _dropping(model: nn.Module, random: torch.Generator) -> Iterator[bool]:
    """Let dropout drop in eval mode, as `random` says; says whether there is any.

    The generators that training draws from are not touched.
    """

    def drop(module: _DropoutNd, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        # Plain dropout drops single values, the others whole channels.
        shape = output.shape if isinstance(module, nn.Dropout) else output.shape[:2]
        kept = torch.empty(shape).bernoulli_(1 - module.p, generator=random).to(output)
        kept = kept.reshape(*shape, *[1] * (output.dim() - len(shape)))
        return output * kept / max(1 - module.p, 1e-9)

    found = [each for each in model.modules() if isinstance(each, _DropoutNd) and each.p > 0]
    hooks = [each.register_forward_hook(drop) for each in found]
    try:
        yield bool(found)
    finally:
        for hook in hooks:
            hook.remove()


def _copied(feed: ImageFeed, places: Tensor) -> tuple[Tensor, Tensor]:
    """Return the inputs and labels at `places`, as the network gets them, to keep."""
    places = places.to(feed.device)
    inputs = feed.select(places, "none", torch.Generator())
    return inputs.clone(), feed.labels[places]


def _accuracy(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(1) == labels).float().mean())
