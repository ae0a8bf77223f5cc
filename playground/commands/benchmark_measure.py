"""Measure: one number of the benchmark, and what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """A `value` with its unit, and a note on how it was taken.

    `aim` is the most that it should be, or the least, where `at_least`.
    """

    name: str
    label: str
    value: float
    unit: str
    aim: float | None = None
    note: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the aim is met; without one it is."""
        if self.aim is None:
            return True
        return self.value >= self.aim if self.at_least else self.value <= self.aim

    @property
    def mark(self) -> str:
        """The aim as a table shows it, such as "✓ ≤ 1.3"; empty without one."""
        if self.aim is None:
            return ""
        sign = "≥" if self.at_least else "≤"
        return f"{'✓' if self.is_met else '✗'} {sign} {self.aim:g}"

    def fields(self) -> dict[str, Any]:
        """Return the measure as its JSON object."""
        aim: dict[str, Any] = {}
        if self.aim is not None:
            aim = {"aim": self.aim, "at_least": self.at_least, "met": self.is_met}
        return {
            "measure": self.name,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            **aim,
            **({"note": self.note} if self.note else {}),
        }
