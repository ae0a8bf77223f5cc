"""Row: one experiment of the benchmark at one precision, its loops side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playground.benchmark.cases import Case
from playground.benchmark.measure import Measure
from playground.benchmark.watch import busiest

# Aims on 2 cores without a GPU.
_GAINS_OF_CNNS = {"float32": 1.4, "mixed": 2.0}
_EXCESS, _EXCESS_OF_CNNS = 1.15, 1.10
_FEWEST_NETWORKS = 3  # of fewer there is no median worth the name


@dataclass
class Lap:
    """One loop on so many training images and their share of the others: its rounds' seconds."""

    images: int
    seconds: list[float] = field(default_factory=list)
    threads: int = 0
    real_images: bool = False

    @property
    def spread(self) -> float:
        """How far the rounds are apart, as a share of their median."""
        return (max(self.seconds) - min(self.seconds)) / median(self.seconds)


@dataclass(frozen=True)
class Row:
    """One case at one precision: its `laps` by the name of the loop.

    "tutorial" is float32, as tutorials are; "tutorial_mixed" is the same with the one line of mixed
    precision, where it was measured. `others_cores` is what other processes took meanwhile.
    """

    case: Case
    precision: str
    laps: dict[str, Lap]
    others_cores: float | None = None
    is_enough: bool = True

    def seconds(self, loop: str) -> float:
        """Return the median seconds of a whole epoch, scaled where rounds were a part of it."""
        lap = self.laps[loop]
        return median(lap.seconds) * self.case.images[0] / lap.images

    @property
    def gain(self) -> Measure:
        """How many times as fast as the tutorial's loop the playground's is."""
        aim = self.case.gain if self.precision == "float32" else None
        return self._ratio("tutorial", "playground", aim, at_least=True)

    @property
    def excess(self) -> Measure:
        """The playground's time as a multiple of the limit's."""
        aim = _EXCESS_OF_CNNS if self.case.is_convolutional else _EXCESS
        return self._ratio("playground", "limit", aim)

    def _ratio(self, loop: str, other: str, aim: float | None, at_least: bool = False) -> Measure:
        name, label = f"{loop}_by_{other}", f"{loop} ÷ {other}"
        value = self.seconds(loop) / self.seconds(other)
        judged = (self.others_cores, self.is_enough)
        return Measure(name, label, value, "times", aim, "", at_least, *judged)

    def fields(self) -> dict[str, Any]:
        """Return the row as its JSON object, with the aims that it has."""
        training, validation = self.case.images
        ratios = (self.gain, self.excess)
        aims = {each.name: {"aim": each.aim, "met": each.is_met} for each in ratios}
        return {
            "experiment": self.case.name,
            "label": self.case.label,
            "precision": self.precision,
            **{f"{loop}_seconds": self.seconds(loop) for loop in self.laps},
            "images": training,
            "validation_images": validation,
            "batch_size": self.case.batch_size,
            "tutorial_precision": "float32",
            **{ratio.name: ratio.value for ratio in ratios},
            "rounds": len(self.laps["playground"].seconds),
            "spread": {loop: lap.spread for loop, lap in self.laps.items()},
            "others_cores": self.others_cores,
            "measured_images": {loop: lap.images for loop, lap in self.laps.items()},
            "threads": {loop: lap.threads for loop, lap in self.laps.items()},
            "real_images": self.laps["playground"].real_images,
            "aims": {name: aim for name, aim in aims.items() if aim["aim"] is not None},
        }


def medians_of_cnns(rows: Sequence[Row]) -> list[Measure]:
    """Return the median gain over the networks with convolutions, by precision, of 3 or more."""
    found = []
    for precision, aim in _GAINS_OF_CNNS.items():
        cnns = [row for row in rows if row.case.is_convolutional and row.precision == precision]
        if len(cnns) >= _FEWEST_NETWORKS:
            measure = Measure(
                f"tutorial_by_playground_cnns_{precision}",
                f"tutorial ÷ playground, CNNs, {precision}",
                median(row.gain.value for row in cnns),
                "times",
                aim,
                f"median of {len(cnns)} networks",
                at_least=True,
                others_cores=busiest(row.others_cores for row in cnns),
                is_enough=all(row.is_enough for row in cnns),
            )
            found.append(measure)
    return found
