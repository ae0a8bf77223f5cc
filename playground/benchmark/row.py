"""Row: one experiment of the benchmark at one precision, its loops side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.benchmark.cases import Case


@dataclass(slots=True)
class Row:
    """One case at one precision: median seconds of a whole epoch, by loop.

    The tutorial's loop is float32, as tutorials are; `tutorial_mixed_seconds` is the same with the
    one line of mixed precision, where it was measured. `measured` has the training images of a
    round, by loop: a part of the epoch's `images` where a whole epoch takes too long. `spread` is
    by loop how far its rounds are apart, (longest - shortest) / median; `others_cores` what other
    processes took meanwhile, in cores, None where that is not known.
    """

    case: Case
    precision: str
    tutorial_seconds: float
    playground_seconds: float
    limit_seconds: float
    tutorial_mixed_seconds: float | None
    measured: dict[str, int]
    rounds: int
    threads: dict[str, int]
    real_images: bool
    others: dict[str, float] = field(default_factory=dict)  # seconds, by the library's name
    spread: dict[str, float] = field(default_factory=dict)
    others_cores: float | None = None
    is_judged: bool = True

    @property
    def gain(self) -> float:
        """How many times as fast as the tutorial's loop the playground's is."""
        return self.tutorial_seconds / self.playground_seconds

    @property
    def excess(self) -> float:
        """The playground's time as a multiple of the limit's."""
        return self.playground_seconds / self.limit_seconds

    def fields(self) -> dict[str, Any]:
        """Return the row as its JSON object."""
        training, validation = self.case.images
        mixed = self.tutorial_mixed_seconds
        return {
            "experiment": self.case.name,
            "label": self.case.label,
            "precision": self.precision,
            "tutorial_seconds": self.tutorial_seconds,
            "playground_seconds": self.playground_seconds,
            "limit_seconds": self.limit_seconds,
            "images": training,
            "validation_images": validation,
            "batch_size": self.case.batch_size,
            "tutorial_precision": "float32",
            **({"tutorial_mixed_seconds": mixed} if mixed is not None else {}),
            "tutorial_by_playground": self.gain,
            "playground_by_limit": self.excess,
            **{f"{name}_seconds": seconds for name, seconds in self.others.items()},
            "rounds": self.rounds,
            "spread": self.spread,
            "others_cores": self.others_cores,
            "measured_images": self.measured,
            "threads": self.threads,
            "real_images": self.real_images,
        }
