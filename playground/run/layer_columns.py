"""What the artifact "layers" holds: the columns of its numbers, and how its histograms are cut.

`names` uint8 `[L']`, the names of L layers by line; `numbers` float32 `[L, columns]`; `histograms`
int32 `[L, 3, bins]` of weights, gradient and outputs, `edges` float32 `[L, 3, 2]` their ends;
`probe` float32 `[P]`. What was not measured is no number.
"""

from __future__ import annotations

BINS = 32

# The histogram of a gradient is one of the logarithm (base 10) of what it is for each weight.
GRADIENT_EDGES = (-12.0, 4.0)

KINDS = ("linear", "convolution", "other")
ACTIVATIONS = ("", "relu", "tanh", "sigmoid", "gelu", "other")

# For each layer with weights; those up to `weight_count` are whole numbers.
COLUMNS = (
    "kind",
    "activation",
    "units",
    "silent_units",
    "stuck_units",
    "weight_count",
    "weight_mean",
    "weight_std",
    "weight_min",
    "weight_max",
    "weight_norm",
    "unit_variation",
    "gradient_norm",
    "gradient_std",
    "step_gradient_norm",
    "output_mean",
    "output_std",
    "output_min",
    "output_max",
    "zero_share",
    "beyond_five",
    "saturated_share",
    "weight_change",
    "update_ratio",
)

# For the whole network, over all images of the probe.
PROBE = (
    "images",
    "loss",
    "cross_entropy",
    "accuracy",
    "dropout_loss",
    "dropout_accuracy",
    "validation_images",
    "validation_cross_entropy",
    "validation_accuracy",
    "input_mean",
    "input_std",
    "input_min",
    "input_max",
    "tracked_batches",
    "change_epochs",
)

VALIDATION_PROBE = 128
"""Validation images that are looked at in eval mode, at most."""


def validation_places(images: int) -> range:
    """Return the positions, among so many validation images, of those that are looked at."""
    return range(0, images, -(-images // VALIDATION_PROBE) or 1)
