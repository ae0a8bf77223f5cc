"""Autograd: y = w·x + b, the graph that PyTorch notes, and what backward() leaves in the inputs."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

import torch
from torch import Tensor

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.piece import Findings, Inputs
from playground.errors import InvalidExperiment, shorten
from playground.lab.inputs import BACKWARDS, BIAS, INPUT, WEIGHT
from playground.run.records import PreparationRecord

NAMES = ("w", "x", "b")


def forward(w: float, x: float, b: float, learned: Collection[str]) -> tuple[Tensor, ...]:
    """Compute y = w·x + b; PyTorch notes each operation that a learned number goes through."""
    weight = torch.tensor(w, requires_grad="w" in learned)
    input = torch.tensor(x, requires_grad="x" in learned)
    bias = torch.tensor(b, requires_grad="b" in learned)
    product = weight * input
    y = product + bias
    return weight, input, bias, product, y


def backward(y: Tensor, times: int) -> None:
    """Walk the graph from y back to the inputs; each time adds to what is in their .grad."""
    for _ in range(times):
        y.backward(retain_graph=True)  # without retain_graph the graph is gone after the first


def investigate(inputs: Inputs, shelf: DataShelf) -> Generator[PreparationRecord, None, Findings]:
    """Return values, gradients and graph of `w`, `x`, `b` (those `learned`) after `backwards`."""
    yield from ()
    learned = inputs.get("learned", ["w", "b"])
    if not isinstance(learned, list) or not all(name in NAMES for name in learned):
        raise InvalidExperiment(
            f"{shorten(learned)} is no list of what requires a gradient: choose of w, x and b."
        )
    times = BACKWARDS.count(inputs)
    *leaves, product, y = forward(WEIGHT.of(inputs), INPUT.of(inputs), BIAS.of(inputs), learned)
    complaint = ""
    try:
        backward(y, times)
    except RuntimeError as error:  # nothing requires a gradient: PyTorch's own words say so
        complaint = str(error)
    return {
        "y": y.item(),
        "product": product.item(),
        "y_requires_grad": y.requires_grad,
        "leaves": {name: _leaf(leaf) for name, leaf in zip(NAMES, leaves, strict=True)},
        "graph": _graph(y, dict(zip(NAMES, leaves, strict=True))),
        "complaint": complaint,
        "code": source(forward, backward),
    }


def _leaf(leaf: Tensor) -> dict[str, Any]:
    return {
        "value": leaf.item(),
        "requires_grad": leaf.requires_grad,
        "grad": None if leaf.grad is None else leaf.grad.item(),
    }


def _graph(y: Tensor, leaves: dict[str, Tensor]) -> list[tuple[str, str]]:
    """Return the arrows of the graph as `backward` walks it, each from a node to the next."""
    arrows: list[tuple[str, str]] = []
    todo = [y.grad_fn] if y.grad_fn is not None else []
    while todo:
        node = todo.pop()
        for following, _ in node.next_functions:
            if following is not None:
                arrows.append((_name(node, leaves), _name(following, leaves)))
                todo.append(following)
    return arrows


def _name(node: Any, leaves: dict[str, Tensor]) -> str:
    """Return a node's name; of one that stores a gradient, also whose."""
    variable = getattr(node, "variable", None)
    stored = [name for name, leaf in leaves.items() if leaf is variable]
    return f"{node.name()} {stored[0]}" if stored else str(node.name())
