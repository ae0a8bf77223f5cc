"""After which epochs a network is measured: as many as cost little beside the training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.engine.runs.layer_watch import SAMPLE, has_weights, weight_of
from playground.engine.training.batches import batch_count
from playground.experiment import Experiment
from playground.run.thinning import spread

_SHARE = 0.03  # of the training

# In multiply-adds, of which a core does some 20 thousand million a second: an estimate from the
# experiment alone, so that the same epochs are measured wherever and beside whatever a run trains.
_ALWAYS = 10_000_000_000  # for a whole run: half a second, more than many a tiny one takes
_STEP = 4_000_000
_LAYER, _WEIGHT, _FILE = 10_000_000, 20, 40_000_000


def measured_epochs(
    experiment: Experiment, model: nn.Module, probe: Tensor, images: int
) -> frozenset[int]:
    """Return the epochs, 0 and the last always among them; most of the others early.

    `probe` are the inputs that are looked at, `images` how many there are to train on.
    """
    settings = experiment.training
    passes = _multiply_adds(model, probe[:1])
    layers = [weight_of(each).numel() for each in model.modules() if has_weights(each)]
    weights = sum(min(SAMPLE, count) for count in layers)
    batches = batch_count(images, settings.global_batch_size, model)
    training = settings.epochs * (3 * images * passes + batches * _STEP)
    # A pass there and back, one with dropout, one of validation images.
    once = 5 * len(probe) * passes + len(layers) * _LAYER + weights * _WEIGHT + _FILE
    most = int(max(_SHARE * training, _ALWAYS) // once)
    return frozenset({0, *spread(range(1, settings.epochs + 1), max(1, most - 1))})


def _multiply_adds(model: nn.Module, image: Tensor) -> int:
    """Return those of one pass of one image, in layers with weights."""
    found: list[int] = []

    def note(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        weight = weight_of(module)
        found.append(weight.numel() * output.numel() // len(weight))

    is_training = model.training
    hooks = [each.register_forward_hook(note) for each in model.modules() if has_weights(each)]
    try:
        with torch.no_grad():
            model.eval()(image.float())
    finally:
        model.train(is_training)
        for hook in hooks:
            hook.remove()
    return sum(found)
