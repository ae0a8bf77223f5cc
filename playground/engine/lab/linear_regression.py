"""Linear regression on five regions: by hand, and with what PyTorch has built in."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.piece import Findings, Inputs
from playground.lab.inputs import (
    FEATURES,
    FIRST_WEIGHT,
    FIRST_WEIGHTS,
    LEARNING_RATE,
    PHASE,
    REGIONS,
    STEPS,
    YIELDS,
    rows_of,
)
from playground.run.records import PreparationRecord

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


def by_hand(
    inputs: Tensor, targets: Tensor, w: Tensor, b: Tensor, learning_rate: float, steps: int
) -> list[float]:
    """Train with four operations and backward()."""
    losses = []
    for _ in range(steps):
        predictions = predict(inputs, w, b)
        loss = mean_squared_error(predictions, targets)
        loss.backward()
        update(w, b, learning_rate)
        zero(w, b)
        losses.append(loss.item())
    return losses


def built_in(
    inputs: Tensor, targets: Tensor, model: nn.Linear, learning_rate: float, steps: int
) -> list[float]:
    """Train the same with nn.Linear, mse_loss, SGD, TensorDataset and DataLoader."""
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=5, shuffle=False)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        for batch_inputs, batch_targets in loader:
            loss = F.mse_loss(model(batch_inputs), batch_targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    return losses


def investigate(inputs: Inputs, shelf: DataShelf) -> Generator[PreparationRecord, None, Findings]:
    """Return both ways' losses after `steps`, and the parts of the next step up to `phase`.

    The parts are: 1 predict, 2 loss, 3 gradient, 4 update; zeroing ends the step, and leaves the
    predictions as the step has made them. `regions` and `weights` stand for the lesson's own.
    """
    steps, phase = STEPS.count(inputs), PHASE.count(inputs)
    rate = LEARNING_RATE.of(inputs)
    measured, targets = regions(inputs)
    w, b = first_weights(inputs)
    model = nn.Linear(3, 2, dtype=torch.float64)
    model.load_state_dict({"weight": w, "bias": b})
    hand: list[float] = []
    library: list[float] = []
    predictions: list[list[float]] | None = None
    for portion in _portions(steps):
        predictions = predict(measured, w, b).tolist()
        hand += by_hand(measured, targets, w, b, rate, portion)
        library += built_in(measured, targets, model, rate, portion)
        yield PreparationRecord("Taking steps", len(hand) / steps)
    return {
        "regions": list(REGIONS),
        "inputs": measured.tolist(),
        "targets": targets.tolist(),
        "by_hand": hand,
        "built_in": library,
        "predictions": predictions,
        **_part_of_step(measured, targets, w, b, rate, phase),
        "code": source(predict, mean_squared_error, update, zero, by_hand),
        "built_in_code": source(built_in),
    }


def regions(inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Return the measurements `[5, 3]` and the yields `[5, 2]`; raises `InvalidExperiment`."""
    rows = rows_of(inputs, "regions", (*FEATURES, *YIELDS), REGIONS)
    # Double precision, so that both ways agree to more digits than anybody reads.
    table = torch.tensor(rows, dtype=torch.float64)
    return table[:, : len(FEATURES)], table[:, len(FEATURES) :]


def first_weights(inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Return the weights `[2, 3]` and the bias `[2]` that both ways start with.

    Raises `InvalidExperiment`.
    """
    rows = rows_of(inputs, "weights", FIRST_WEIGHT, FIRST_WEIGHTS)
    table = torch.tensor(rows, dtype=torch.float64)
    return table[:, :-1].clone().requires_grad_(), table[:, -1].clone().requires_grad_()


def _portions(steps: int) -> list[int]:
    """Return the steps in portions; the last one alone, to see what it has predicted."""
    if not steps:
        return []
    whole, rest = divmod(steps - 1, _PORTION)
    return [*[_PORTION] * whole, *([rest] if rest else []), 1]


def _part_of_step(
    inputs: Tensor, targets: Tensor, w: Tensor, b: Tensor, rate: float, phase: int
) -> dict[str, Any]:
    """Return the state of the next step after its first `phase` parts."""
    predictions = predict(inputs, w, b)
    loss = mean_squared_error(predictions, targets)
    if phase >= 3:
        loss.backward()
    if phase >= 4:
        update(w, b, rate)
    return {
        "w": w.tolist(),
        "b": b.tolist(),
        "w_grad": None if w.grad is None else w.grad.tolist(),
        "b_grad": None if b.grad is None else b.grad.tolist(),
        **({"predictions": predictions.tolist()} if phase >= 1 else {}),
        "loss": loss.item() if phase >= 2 else None,
    }
