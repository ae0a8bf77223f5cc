"""Linear regression on five regions: by hand, and with what PyTorch has built in."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.lab import Findings, Inputs
from playground.engine.lab.code import source
from playground.engine.shelf import DataShelf
from playground.lab_inputs import LEARNING_RATE, PHASE, STEPS
from playground.records import PreparationRecord

REGIONS = ("A", "B", "C", "D", "E")
# Temperature in °F, rainfall in mm, humidity in %; apples and oranges in tons per hectare.
# Double precision, so that both ways agree to more digits than anybody reads.
INPUTS = torch.tensor(
    [[73, 67, 43], [91, 88, 64], [87, 134, 58], [102, 43, 37], [69, 96, 70]], dtype=torch.float64
)
TARGETS = torch.tensor([[56, 70], [81, 101], [119, 133], [22, 37], [103, 119]], dtype=torch.float64)
_PORTION = 100  # steps between two looks at whether somebody else wants a turn


def predict(inputs: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """One number per region and fruit: [5, 3] @ [3, 2] + [2] = [5, 2]."""
    return inputs @ w.t() + b


def mean_squared_error(predictions: Tensor, targets: Tensor) -> Tensor:
    """How far off the predictions are, squared, on average."""
    return ((predictions - targets) ** 2).mean()


def update(w: Tensor, b: Tensor, learning_rate: float) -> None:
    """Go a small step downhill, against the gradient."""
    assert w.grad is not None and b.grad is not None, "backward() comes first"
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad


def zero(w: Tensor, b: Tensor) -> None:
    """Forget the gradients: the next backward() would add to them."""
    w.grad = None
    b.grad = None


def by_hand(w: Tensor, b: Tensor, learning_rate: float, steps: int) -> list[float]:
    """Train with four operations and backward()."""
    losses = []
    for _ in range(steps):
        predictions = predict(INPUTS, w, b)
        loss = mean_squared_error(predictions, TARGETS)
        loss.backward()
        update(w, b, learning_rate)
        zero(w, b)
        losses.append(loss.item())
    return losses


def built_in(model: nn.Linear, learning_rate: float, steps: int) -> list[float]:
    """Train the same with nn.Linear, mse_loss, SGD, TensorDataset and DataLoader."""
    loader = DataLoader(TensorDataset(INPUTS, TARGETS), batch_size=5, shuffle=False)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        for inputs, targets in loader:
            loss = F.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    return losses


def investigate(inputs: Inputs, shelf: DataShelf) -> Generator[PreparationRecord, None, Findings]:
    """Return both ways' losses after `steps`, and the parts of the next step up to `phase`.

    The parts are: 1 predict, 2 loss, 3 gradient, 4 update; zeroing ends the step.
    """
    steps, phase = STEPS.count(inputs), PHASE.count(inputs)
    rate = LEARNING_RATE.of(inputs)
    w, b = first_weights()
    model = nn.Linear(3, 2, dtype=torch.float64)
    model.load_state_dict({"weight": w, "bias": b})
    hand: list[float] = []
    library: list[float] = []
    while len(hand) < steps:
        portion = min(_PORTION, steps - len(hand))
        hand += by_hand(w, b, rate, portion)
        library += built_in(model, rate, portion)
        yield PreparationRecord("Taking steps", len(hand) / steps)
    return {
        "regions": REGIONS,
        "inputs": INPUTS.tolist(),
        "targets": TARGETS.tolist(),
        "by_hand": hand,
        "built_in": library,
        **_part_of_step(w, b, rate, phase),
        "code": source(predict, mean_squared_error, update, zero, by_hand),
        "built_in_code": source(built_in),
    }


def first_weights() -> tuple[Tensor, Tensor]:
    """Return the weights `[2, 3]` and the bias `[2]` that both ways start with."""
    generator = torch.Generator().manual_seed(0)
    w = torch.randn(2, 3, generator=generator, dtype=torch.float64).requires_grad_()
    b = torch.randn(2, generator=generator, dtype=torch.float64).requires_grad_()
    return w, b


def _part_of_step(w: Tensor, b: Tensor, rate: float, phase: int) -> dict[str, Any]:
    """Return the state of the next step after its first `phase` parts."""
    predictions = predict(INPUTS, w, b)
    loss = mean_squared_error(predictions, TARGETS)
    if phase >= 3:
        loss.backward()
    if phase >= 4:
        update(w, b, rate)
    return {
        "w": w.tolist(),
        "b": b.tolist(),
        "w_grad": None if w.grad is None else w.grad.tolist(),
        "b_grad": None if b.grad is None else b.grad.tolist(),
        "predictions": predictions.tolist() if phase >= 1 else None,
        "loss": loss.item() if phase >= 2 else None,
    }
