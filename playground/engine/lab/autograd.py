"""Autograd: y = w·x + b, the graph that PyTorch notes, and what backward() leaves in the inputs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.machine.preparation import Preparation
from playground.lab.autograd import NAMES, AutogradFindings, AutogradQuestion, Leaf


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


def investigate(question: AutogradQuestion, shelf: DataShelf) -> Preparation[AutogradFindings]:
    """Return values, gradients and graph of `w`, `x`, `b` (those `learned`) after `backwards`."""
    yield from ()
    *leaves, product, y = forward(question.w, question.x, question.b, question.learned)
    complaint = ""
    try:
        backward(y, question.backwards)
    except RuntimeError as error:  # nothing requires a gradient: PyTorch's own words say so
        complaint = str(error)
    named = dict(zip(NAMES, leaves, strict=True))
    return AutogradFindings(
        y=y.item(),
        product=product.item(),
        y_requires_grad=y.requires_grad,
        leaves={name: _leaf(leaf) for name, leaf in named.items()},
        graph=tuple(_graph(y, named)),
        complaint=complaint,
        code=source(forward, backward),
    )


def _leaf(leaf: Tensor) -> Leaf:
    grad = None if leaf.grad is None else leaf.grad.item()
    return Leaf(leaf.item(), leaf.requires_grad, grad)


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
