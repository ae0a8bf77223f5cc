"""RateTest: how the loss goes while the learning rate grows from step to step, over some seeds."""

from __future__ import annotations

from dataclasses import dataclass

from playground.run.downsampling import debiased_average

LOWEST, HIGHEST, STEPS = 1e-6, 10.0, 100
RATES = tuple(LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1)) for step in range(STEPS))
"""The learning rate of each step: the same factor from one to the next."""

SEEDS = 3
SMOOTHING = 0.9
STOP = 4.0


@dataclass(frozen=True, slots=True)
class RateSweep:
    """The loss in nats before each step with the `RATES`, as far as it went with this `seed`.

    It ends where the smoothed loss has risen to four times its lowest value, or the next loss is
    no finite number.
    """

    seed: int
    losses: tuple[float, ...]

    @property
    def smoothed(self) -> list[float]:
        """The losses as an exponential average, debiased: the first is not pulled towards 0."""
        return debiased_average(self.losses, SMOOTHING)


@dataclass(frozen=True, slots=True)
class RateTest:
    """A sweep for each seed, on networks as they are after `epoch`; 0 is untrained."""

    sweeps: tuple[RateSweep, ...]
    epoch: int = 0


def has_risen(losses: list[float]) -> bool:
    """Whether a sweep ends here: nothing is learned any more at this rate."""
    smoothed = debiased_average(losses, SMOOTHING)
    return smoothed[-1] > STOP * min(smoothed)
