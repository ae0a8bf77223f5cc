"""Watch: how the tab looks on at the run it shows."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic


@dataclass
class Watch:
    """`every` is the time in seconds between two looks, None for no more; `title` the tab's own."""

    every: float | None = None
    title: str = ""
    seen: object = None
    new_at: float = 0.0  # when what was seen last was new, on the monotonic clock

    def note(self, seen: object) -> None:
        """Note what was seen of the run now."""
        if seen != self.seen:
            self.seen, self.new_at = seen, monotonic()

    @property
    def seconds_unchanged(self) -> float:
        """How long there has been nothing new."""
        return monotonic() - self.new_at
