"""Linear regression on five regions: by hand, and with what PyTorch has built in."""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.packing import row, rows
from playground.engine.machine.preparation import Preparation
from playground.lab.inputs import Cells
from playground.lab.linear_regression import FEATURES, RegressionFindings, RegressionQuestion
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


def investigate(question: RegressionQuestion, shelf: DataShelf) -> Preparation[RegressionFindings]:
    """Take the steps both ways, and by hand the parts of the next.

    Zeroing ends a step, and leaves the predictions as the step has made them.
    """
    measured, targets = regions(question.regions)
    w, b = first_weights(question.weights)
    model = nn.Linear(3, 2, dtype=torch.float64)
    model.load_state_dict({"weight": w, "bias": b})
    hand: list[float] = []
    library: list[float] = []
    predictions: Tensor | None = None
    for portion in _portions(question.steps):
        predictions = predict(measured, w, b)
        hand += by_hand(measured, targets, w, b, question.learning_rate, portion)
        library += built_in(measured, targets, model, question.learning_rate, portion)
        yield PreparationRecord("Taking steps", len(hand) / question.steps)
    next_predictions = predict(measured, w, b)
    loss = mean_squared_error(next_predictions, targets)
    if question.phase >= 1:
        predictions = next_predictions
    if question.phase >= 3:
        loss.backward()
    if question.phase >= 4:
        update(w, b, question.learning_rate)
    return RegressionFindings(
        inputs=rows(measured),
        targets=rows(targets),
        by_hand=tuple(hand),
        built_in=tuple(library),
        predictions=None if predictions is None else rows(predictions),
        w=rows(w),
        b=row(b),
        w_grad=None if w.grad is None else rows(w.grad),
        b_grad=None if b.grad is None else row(b.grad),
        loss=loss.item() if question.phase >= 2 else None,
        code=source(predict, mean_squared_error, update, zero, by_hand),
        built_in_code=source(built_in),
    )


def regions(cells: Cells) -> tuple[Tensor, Tensor]:
    """Return the measurements `[5, 3]` and the yields `[5, 2]`."""
    # Double precision, so that both ways agree to more digits than anybody reads.
    table = torch.tensor(cells, dtype=torch.float64)
    return table[:, : len(FEATURES)], table[:, len(FEATURES) :]


def first_weights(cells: Cells) -> tuple[Tensor, Tensor]:
    """Return the weights `[2, 3]` and the bias `[2]` that both ways start with."""
    table = torch.tensor(cells, dtype=torch.float64)
    return table[:, :-1].clone().requires_grad_(), table[:, -1].clone().requires_grad_()


def _portions(steps: int) -> list[int]:
    """Return the steps in portions; the last one alone, to see what it has predicted."""
    if not steps:
        return []
    whole, rest = divmod(steps - 1, _PORTION)
    return [*[_PORTION] * whole, *([rest] if rest else []), 1]
