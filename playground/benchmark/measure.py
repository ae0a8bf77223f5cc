"""Measure: one number of the benchmark, and what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.benchmark.watch import is_quiet


@dataclass(frozen=True, slots=True)
class Measure:
    """A `value` with its unit, and a note on how it was taken.

    `aim` is the most that it should be, or the least, where `at_least`. It is not judged by it
    where too little was measured (`is_enough`), or where other processes took `others_cores`, which
    is None for what they do not change and where it is not known.
    """

    name: str
    label: str
    value: float
    unit: str
    aim: float | None = None
    note: str = ""
    at_least: bool = False
    others_cores: float | None = None
    is_enough: bool = True

    @property
    def shown(self) -> str:
        """The value as a table shows it, and as it is judged."""
        if self.unit == "times":
            return f"{self.value:.2f}"
        return f"{self.value:.3g}" if self.value < 100 else f"{self.value:.0f}"

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is met; None without one, and where it is not judged."""
        if self.aim is None or not self.is_enough or not is_quiet(self.others_cores):
            return None
        shown = float(self.shown)
        return shown >= self.aim if self.at_least else shown <= self.aim

    @property
    def mark(self) -> str:
        """The aim as a table shows it, such as "✓ ≤ 1.3"; empty without one."""
        if self.aim is None:
            return ""
        sign = "≥" if self.at_least else "≤"
        return f"{ {True: '✓', False: '✗', None: '?'}[self.is_met] } {sign} {self.aim:g}"

    def fields(self) -> dict[str, Any]:
        """Return the measure as its JSON object."""
        aim = {"aim": self.aim, "at_least": self.at_least, "met": self.is_met}
        return {
            "measure": self.name,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            **(aim if self.aim is not None else {}),
            "others_cores": self.others_cores,
            **({"note": self.note} if self.note else {}),
        }
