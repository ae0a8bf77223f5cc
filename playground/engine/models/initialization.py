"""How the first weights are drawn, by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn


def initialize(model: nn.Module, name: str) -> None:
    """Draw the weights of all linear and convolutional layers anew, as `name` says.

    "default" keeps what each layer drew when it was made. Batch norm keeps weight 1 and bias 0.
    """
    rule = INITIALIZERS[name]
    if rule is None:
        return
    draw_weight, bias = rule
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            draw_weight(layer.weight)
            if layer.bias is not None:
                nn.init.constant_(layer.bias, bias)


# How to draw a weight, and the value of all biases.
INITIALIZERS: dict[str, tuple[Callable[[Tensor], Tensor], float] | None] = {
    "default": None,
    # From ±√(6 / (inputs + outputs)): Glorot and Bengio 2010.
    "xavier_uniform": (nn.init.xavier_uniform_, 0.01),
    # From a normal distribution of variance 2 / inputs: He and others 2015.
    "he": (partial(nn.init.kaiming_normal_, mode="fan_in", nonlinearity="relu"), 0.0),
}
