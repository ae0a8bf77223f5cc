"""`python -m playground rate`: what a range test suggests as the learning rate of an experiment."""

from __future__ import annotations

import argparse

from playground.analysis.learning_rate import advise, rate_text
from playground.commands.options import print_json, read_experiment, require_torch
from playground.run.questions import FindLearningRate


def main(options: argparse.Namespace) -> int:
    """Print the suggestion with its range over the seeds, or why there is none.

    Returns the exit status.
    """
    experiment = read_experiment(options)  # before torch is loaded: a complaint comes at once

    require_torch()
    from playground.engine.images.data import drain
    from playground.engine.runs.rate_finding import find_rate

    advice = advise(drain(find_rate(FindLearningRate.of(experiment))))
    if options.json:
        fields = ("rate", "low", "high", "reason")
        print_json({name: getattr(advice, name) for name in fields})
    else:
        print(f"{rate_text(advice.rate) if advice.rate else 'No clear valley.'} {advice.reason}")
    return 0
