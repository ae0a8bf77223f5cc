"""KeptWeights: the weights of many epochs, for whoever looks back at what the network was."""

from __future__ import annotations

from time import perf_counter

from torch import nn

from playground.run.artifacts import WEIGHTS, Array, Artifact, Artifacts
from playground.run.environment import whole_number
from playground.run.thinning import MOST, spread

_BUDGET_MB = 64
_SHARE = 0.05  # of the time that the epochs take, at most
_HEAD_BYTES = 512  # of each array in a file, beside its numbers
_BYTES_PER_SECOND = 200_000_000  # assumed of a disk that has not been measured yet


class KeptWeights:
    """Keeps the weights of epochs spread over those from `first` to `last`, from after `done` on.

    What is there of epochs later than `done` is from before the run was interrupted, and goes. At
    most about fifty are kept, `PLAYGROUND_WEIGHTS_MB` megabytes in all (64 unless it says
    otherwise), in a twentieth of the time that the epochs take: where writing costs more, an epoch
    is left out, or the next one kept instead.
    """

    def __init__(
        self, artifacts: Artifacts, model: nn.Module, first: int, last: int, done: int = 0
    ) -> None:
        self._artifacts = artifacts
        size = sum(value.nbytes + _HEAD_BYTES for value in model.state_dict().values())
        budget = whole_number("PLAYGROUND_WEIGHTS_MB", _BUDGET_MB, least=0) * 1_000_000
        most = min(MOST, budget // max(1, size))
        kept = artifacts.epochs(WEIGHTS)
        for epoch in kept:
            if epoch > done:
                artifacts.remove(WEIGHTS, epoch)
        room = max(0, most - sum(epoch <= done for epoch in kept))
        left = [epoch for epoch in spread(range(first, last + 1), most) if epoch > done]
        self._due = left[max(0, len(left) - room) :]
        self._cost = size / _BYTES_PER_SECOND  # seconds that the next one will probably take
        self._spent, self._trained = 0.0, 0.0

    def take(self, epoch: int, model: nn.Module, seconds: float) -> None:
        """Keep the weights after `epoch`, which took so long, if it is due; raises `OSError`."""
        self._trained += seconds
        is_due = bool(self._due) and self._due[0] <= epoch
        if not is_due or self._spent + self._cost > _SHARE * self._trained:
            return
        started = perf_counter()
        self._artifacts.put(Artifact(WEIGHTS, epoch, weights_of(model)))
        self._cost = perf_counter() - started
        self._spent += self._cost
        self._due = [other for other in self._due if other > epoch]


def weights_of(model: nn.Module) -> dict[str, Array]:
    """Return the weights and statistics of a network, by the names of its state dictionary."""
    return {name: value.detach().cpu().numpy() for name, value in model.state_dict().items()}
