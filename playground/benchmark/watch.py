"""Watch: how much of the cores other processes take while the benchmark measures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic

import psutil

QUIET_CORES = 0.25  # of one core: with more work beside it a number says little

_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")  # idle, iowait: nobody computes


class Watch:
    """What other processes compute from its beginning on."""

    def __init__(self) -> None:
        self._begin = _reading()

    def others_cores(self) -> float | None:
        """Return what others have taken until now, in cores; None where the system does not say."""
        passed, everything, own = (
            now - then for now, then in zip(_reading(), self._begin, strict=True)
        )
        return max(0.0, everything - own) / passed if passed > 0 and everything > 0 else None


def is_quiet(others_cores: float | None) -> bool:
    """Return whether the machine did little else; one that does not say counts as quiet."""
    return others_cores is None or others_cores <= QUIET_CORES


def busiest(shares: Iterable[float | None]) -> float | None:
    """Return the largest of the known shares; None where none is known."""
    return max((share for share in shares if share is not None), default=None)


def _reading() -> tuple[float, float, float]:
    """Return the time, and the processor seconds of all processes and of our own."""
    own = own_seconds()
    return monotonic(), all_seconds(), own


def all_seconds() -> float:
    """Return the processor seconds since the start of the machine, of the cores we may use."""
    cores = psutil.cpu_times(percpu=True)
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if allowed and max(allowed) < len(cores):
        cores = [cores[number] for number in allowed]
    return sum(float(getattr(core, kind, 0.0)) for core in cores for kind in _BUSY)


def own_seconds() -> float:
    """Return the processor seconds of this process and of all that it has started.

    A process that has ended is in the `children_*` of the one that waited for it.
    """
    total = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += sum(process.cpu_times()[:4])
    return total
