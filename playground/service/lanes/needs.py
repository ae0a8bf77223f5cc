"""Needs: what a run asks of the lane that computes it."""

from __future__ import annotations

from dataclasses import dataclass

from playground.experiment import Experiment
from playground.run.records import Environment


@dataclass(frozen=True, slots=True)
class Needs:
    """A device by name, "auto" for any; and memory in megabytes, 0 where it is not known."""

    device: str = "auto"
    megabytes: float = 0.0

    @classmethod
    def of(cls, experiment: Experiment, megabytes: float = 0.0) -> Needs:
        """Return the needs of a run of `experiment`."""
        return cls(experiment.training.device, megabytes)

    def are_met_by(self, environment: Environment | None) -> bool:
        """Whether a lane with this environment could compute the run; yes where it has said none.

        What has not said how much memory it has is taken to have enough.
        """
        if environment is None:
            return True
        device = "cuda:0" if self.device == "cuda" else self.device
        has_device = device == "auto" or device in environment.devices
        has_memory = not environment.memory_megabytes or (
            self.megabytes <= environment.memory_megabytes
        )
        return has_device and has_memory
