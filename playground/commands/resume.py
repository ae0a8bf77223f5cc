"""`python -m playground resume`: a run that was stopped, interrupted or killed goes on."""

from __future__ import annotations

import argparse

from playground.commands.options import require_torch
from playground.commands.recording import Recording
from playground.commands.train import carry_out


def main(options: argparse.Namespace) -> int:
    """Go on with the run of the options from its last epoch. Returns the exit status."""
    require_torch()  # before the run is claimed
    return carry_out(lambda: Recording.of_stored(options.run), as_json=options.json)
