"""The playground's own loop: the generator that worker and command line run."""

from __future__ import annotations

import torch

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.runs.execution import execute
from playground.experiment import Experiment
from playground.run.records import EpochRecord, StartedRecord


class Own:
    """A run that is advanced by an epoch at a time; `threads` is how many it computes with."""

    def __init__(self, experiment: Experiment, data: TrainingData, shelf: DataShelf) -> None:
        shelf.put(experiment.data, experiment.training.seed, data)
        self._records = execute(experiment, shelf=shelf)
        while not isinstance(next(self._records), StartedRecord):
            pass
        self.threads = torch.get_num_threads()

    def epoch(self) -> tuple[float, float]:
        """Train and validate once; returns the two losses."""
        torch.set_num_threads(self.threads)  # another loop may have computed meanwhile
        for record in self._records:
            if isinstance(record, EpochRecord):
                self.threads = torch.get_num_threads()
                return record.train_loss, record.validation_loss
        raise AssertionError("the run came to its end")
