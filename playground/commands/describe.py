"""`python -m playground describe`: the network of an experiment, layer by layer."""

from __future__ import annotations

import argparse

from playground.analysis.wording import marks_text, shape_text
from playground.commands.options import print_json, read_experiment, require_torch
from playground.experiment import catalog
from playground.experiment.data_checks import doubts
from playground.run import protocol


def main(options: argparse.Namespace) -> int:
    """Print parameters, the output shape after every layer, and the marks of pitfalls if any.

    Returns the exit status.
    """
    experiment = read_experiment(options)  # before torch is loaded: a complaint comes at once

    require_torch()
    from playground.engine.runs.preflight import preflight

    summary = preflight(experiment)
    training = experiment.training
    if options.json:
        print_json(
            {
                **protocol.pack(summary),
                "memory_megabytes": round(summary.memory_megabytes, 1),
                "devices": training.devices,
                "global_batch_size": training.global_batch_size,
                "pitfalls": training.pitfalls,
                "mystery": training.mystery,
                "doubts": doubts(experiment.data),
            }
        )
        return 0
    label = catalog.ARCHITECTURES[experiment.model.architecture].label
    print(f"{label}: {summary.parameters:,} parameters")
    print(f"{'layer':<16}{'output':<16}{'parameters':>12}")
    print(f"{'input':<16}{shape_text(summary.input_shape):<16}{'':>12}")
    for layer in summary.layers:
        print(f"{layer.name:<16}{shape_text(layer.output_shape):<16}{layer.parameters:>12,}")
    if training.devices > 1:
        print(
            f"{training.devices} devices train it together: a step takes "
            f"{training.global_batch_size:,} images, {training.batch_size:,} on each."
        )
    for words in filter(None, (marks_text(experiment), doubts(experiment.data))):
        print(words)
    return 0
