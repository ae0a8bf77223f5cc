"""Threads: how those that compute together wait for the next piece of work. No torch here."""

from __future__ import annotations

from collections.abc import MutableMapping

# Between two layers a thread waits for some 10 µs. One that sleeps at once (PASSIVE alone) has to
# be woken for each layer; one that spins for long (torch's default, milliseconds) takes the core
# from whoever wants it. Measured on 2 cores, images a second of a CNN 20-50 in batches of 32,
# medians of 6 in turn, for sleeping at once, torch's default, and 1,000 spins (25 µs):
#   alone                           3,840   5,100   4,980
#   two such runs at once, both     4,780   2,670   4,350
#   beside a busy process           2,450   1,780   2,630
# A ConvNet 7 goes the same way (1,950, 2,630, 2,340 alone; 1,990, 1,150, 1,660; 970, 760, 880); to
# an MLP it is all one. So a thread spins for a moment and then sleeps. GNU's OpenMP, which torch
# has on Linux, goes by the count; others, which were not measured, read the policy alone.
WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}


def choose_waiting(environment: MutableMapping[str, str]) -> None:
    """Set how threads wait, unless a person has; it is read once, when torch is loaded."""
    if not WAITING.keys() & environment.keys():
        environment.update(WAITING)
