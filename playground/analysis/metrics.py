"""Metrics: what runs are compared by, and their numbers as a person reads them."""

from __future__ import annotations

from math import isfinite

from playground.analysis.comparison import ComparedRun
from playground.analysis.wording import decimals_of, interval_text, percent_text, points_text

ACCURACY = "validation_accuracy"
"""What the sentences of a comparison are about where nothing else is chosen."""


def best_value(run: ComparedRun, metric: str) -> float | None:
    """Return the highest accuracy or the lowest loss of any epoch; None where there is none."""
    values = [float(getattr(record, metric)) for record in run.epochs]
    best = max if metric.endswith("accuracy") else min
    return best((value for value in values if isfinite(value)), default=None)


def change_text(metric: str, difference: float) -> str:
    """Return a difference of two values, such as "−4.2 points" and, of losses, "+0.0312"."""
    return points_text(difference) if metric.endswith("accuracy") else _signed(difference)


def values_text(metric: str, before: float, after: float) -> str:
    """Return two values so exact that their difference is seen: "97.1 % → 97.3 %"."""
    if metric.endswith("accuracy"):
        decimals = decimals_of(after - before)
        return f"{percent_text(before, decimals)} → {percent_text(after, decimals)}"
    return f"{before:.4g} → {after:.4g}"


def range_text(metric: str, interval: tuple[float, float]) -> str:
    """Return an interval of differences, such as "−0.3 to +2.1 points" and "−0.02 to +0.01"."""
    if metric.endswith("accuracy"):
        return interval_text(interval)
    return " to ".join(map(_signed, interval))


def _signed(difference: float) -> str:
    return f"{'−' if difference < 0 else '+'}{abs(difference):.3g}"
