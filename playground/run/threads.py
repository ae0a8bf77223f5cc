"""Threads: how those that compute together wait for the next piece of work. No torch here."""

from __future__ import annotations

from collections.abc import MutableMapping

# Between two layers a thread waits for some 10 µs. One that sleeps at once (PASSIVE alone) has to
# be woken for each layer, which costs a CNN of small batches up to a third of its speed. One that
# spins for long (torch's default, milliseconds) is up to a tenth faster alone, and where others
# want its core each layer waits for its turn: on 2 cores with a dozen busy processes a CNN 20-50
# came to 20 images a second, with 10,000 spins to 130, with 1,000 (25 µs) or none to 250 and more.
# So it spins for a moment and then sleeps. GNU's OpenMP, which torch has on Linux, goes by the
# count; others, which were not measured, read the policy alone.
WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}


def choose_waiting(environment: MutableMapping[str, str]) -> None:
    """Set how threads wait, unless a person has; it is read once, when torch is loaded."""
    if not WAITING.keys() & environment.keys():
        environment.update(WAITING)
