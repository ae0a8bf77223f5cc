"""The optimizers: the rule of each, and what it keeps for every weight."""

from __future__ import annotations

from playground.experiment.entries import Catalog, OptimizerEntry, OptimizerState

_MOMENTUM = OptimizerState("momentum_buffer", "Momentum v", of_momentum=True, remembers=True)
_SQUARES = OptimizerState("square_avg", "Mean of squares")
_TWO_MEANS = (
    OptimizerState("exp_avg", "Mean of gradients", remembers=True),
    OptimizerState("exp_avg_sq", "Mean of squares"),
)

OPTIMIZERS = Catalog(
    "optimizer",
    [
        OptimizerEntry(
            "sgd",
            "SGD",
            "Plain gradient descent on batches, with momentum if you like.",
            "v ← momentum · v + gradient, weight ← weight − rate · v",
            frozenset({"momentum", "nesterov"}),
            rule_ahead="v ← momentum · v + gradient, "
            "weight ← weight − rate · (gradient + momentum · v)",
            states=(_MOMENTUM,),
        ),
        OptimizerEntry(
            "adam",
            "Adam",
            "Adapts the step of every weight; a safe first choice.",
            "weight ← weight − rate · mean of gradients / (√mean of squares + 10⁻⁸), both means "
            "corrected for their start at zero",
            states=_TWO_MEANS,
        ),
        OptimizerEntry(
            "adamw",
            "AdamW",
            "Adam with weight decay kept apart from the gradient.",
            "as Adam, weight ← weight − rate · mean of gradients / (√mean of squares + 10⁻⁸), "
            "after weight ← (1 − rate · decay) · weight",
            states=_TWO_MEANS,
            decays_apart=True,
        ),
        OptimizerEntry(
            "adadelta",
            "Adadelta",
            "Adapts by the size of past steps; learning rates near 1.",
            "weight ← weight − rate · gradient · √(mean of squared updates + 10⁻⁶) / "
            "√(mean of squares + 10⁻⁶)",
            states=(_SQUARES, OptimizerState("acc_delta", "Mean sq. updates")),
            step_copies=2,
        ),
        OptimizerEntry(
            "rmsprop",
            "RMSprop",
            "Divides by the running size of the gradient.",
            "v ← momentum · v + gradient / (√mean of squares + 10⁻⁸), weight ← weight − rate · v",
            frozenset({"momentum"}),
            states=(_SQUARES, _MOMENTUM),
            step_copies=1,
        ),
    ],
)
