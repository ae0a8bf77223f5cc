"""Recording: the computation of one batch, kept to be replayed, and tried out before it counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

# Inputs and labels of a batch to its loss and logits; gradients are left at the weights.
Compute: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

# Loss, logits and the gradient of each weight, None where it has none.
Results: TypeAlias = list[Tensor | None]

# cuDNN, cuBLAS and autograd set themselves up in their first calls, which no graph may contain;
# torch's documentation asks for three.
_WARM_UPS = 3

# How much further from an eager computation a replay may be than eager ones are from each other.
_TIMES = 4.0


class Recorder(Protocol):
    """What can record: a CUDA device, or a test's stand-in for it."""

    def aside(self, compute: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """Compute as ever, but where the recording will be made."""
        ...

    def record(self, compute: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        """Return what repeats `compute`, and the tensors that hold its results after each time.

        Weights, statistics and random state stay as they are. Raises `RuntimeError`.
        """
        ...


class Snapshot:
    """A network's buffers and its device's random state, to be as they were after a try.

    Weights need no copy: nothing here steps the optimizer.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        self._device = device
        self._buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
        self._random = self._random_state()

    def restore(self) -> None:
        """Set everything back, in place."""
        for buffer, kept in self._buffers:
            buffer.copy_(kept)
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(self._random, self._device)
        else:
            torch.set_rng_state(self._random)

    def changed(self) -> list[Tensor]:
        """Return copies of the same things as they are now."""
        return [*(buffer.clone() for buffer, _ in self._buffers), self._random_state()]

    def _random_state(self) -> Tensor:
        if self._device.type == "cuda":
            return torch.cuda.get_rng_state(self._device)
        return torch.get_rng_state()


class Recording:
    """A recorded computation and the memory it works in: written before, read after each replay."""

    def __init__(
        self, compute: Compute, model: nn.Module, inputs: Tensor, labels: Tensor, recorder: Recorder
    ) -> None:
        self._weights = [weight for weight in model.parameters() if weight.requires_grad]
        self._is_training = model.training
        self._addresses = self._found_at()
        # The memory formats are those of the batch (`zeros_like` keeps strides), so that the same
        # kernels are chosen.
        self._inputs, self._labels = torch.zeros_like(inputs), torch.zeros_like(labels)
        clear_gradients(self._weights)  # backward makes new ones, in the recording's memory

        def results() -> Results:
            loss, logits = compute(self._inputs, self._labels)
            return [loss, logits, *(weight.grad for weight in self._weights)]

        self._repeat, (loss, logits, *gradients) = recorder.record(results)
        assert loss is not None, "a batch has a loss"
        assert logits is not None, "a batch has logits"
        self._loss, self._logits = loss, logits
        self._gradients = list(zip(self._weights, gradients, strict=True))

    def is_of(self, model: nn.Module) -> bool:
        """Whether the network is in the mode that was recorded, and its weights where they were.

        Loading a checkpoint leaves them there; moving the network to a device does not.
        """
        return model.training == self._is_training and self._found_at() == self._addresses

    def replay(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Compute a batch: return its loss and logits, to keep, and set the gradients."""
        self._inputs.copy_(inputs)
        self._labels.copy_(labels)
        self._repeat()
        for weight, gradient in self._gradients:
            weight.grad = gradient
        return self._loss.clone(), self._logits.clone()  # the next replay overwrites its own

    def _found_at(self) -> list[int]:
        return [weight.data_ptr() for weight in self._weights]


def record(
    compute: Compute,
    model: nn.Module,
    before: Snapshot,
    inputs: Tensor,
    labels: Tensor,
    recorder: Recorder,
) -> Recording:
    """Return the recording of `compute` for batches like this one, found to be right.

    Buffers, random state and gradients are left changed. Raises `RuntimeError` where nothing can
    be recorded, or where a replay gives something else than computing this batch as ever.
    """
    weights = list(model.parameters())

    def outcome(computed: tuple[Tensor, Tensor]) -> Results:
        return [*computed, *(weight.grad for weight in weights), *before.changed()]

    def computed_aside() -> Results:
        before.restore()
        clear_gradients(weights)
        return outcome(recorder.aside(lambda: compute(inputs, labels)))

    # A replay runs the kernels that were recorded, with the same random numbers, so it is expected
    # to be equal bit for bit, and has to be wherever computing twice is. On a GPU it is not where
    # kernels add in the order in which threads happen to arrive (as gradients of convolutions and
    # of pooling may): there, being as close as these are to each other is all that can be asked.
    expected = computed_aside()
    spread = max(distance(expected, computed_aside()) for _ in range(_WARM_UPS - 1))
    # From here on the random state is another than at the check, and the static inputs are zeros:
    # numbers that were recorded instead of computed would be found out.
    recording = Recording(compute, model, inputs, labels, recorder)
    for _ in range(2):  # the second shows what the first leaves behind, such as added gradients
        before.restore()
        apart = distance(expected, outcome(recording.replay(inputs, labels)))
        if not (apart <= _TIMES * spread and math.isfinite(spread)):
            raise RuntimeError(
                f"a replay is {apart:g} away from what it repeats, which varies by {spread:g}"
            )
    return recording


def clear_gradients(weights: list[nn.Parameter]) -> None:
    """Let go of all gradients."""
    for weight in weights:
        weight.grad = None


def distance(ones: Results, others: Results) -> float:
    """Return the largest difference between numbers of both, 0.0 where all are equal.

    It is infinite where one of them has no number, or where whole numbers differ.
    """
    return max(_apart(one, other) for one, other in zip(ones, others, strict=True))


def _apart(one: Tensor | None, other: Tensor | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    if torch.equal(one, other):
        return 0.0
    if not one.is_floating_point():
        return math.inf
    largest = (one.double() - other.double()).abs().max().item()
    return math.inf if math.isnan(largest) else largest
