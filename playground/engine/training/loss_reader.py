"""LossReader: the losses of batches as numbers, without a GPU having to wait for anybody."""

from __future__ import annotations

import torch
from torch import Tensor

# On a GPU, losses are read in bundles of so many.
BUNDLE = 50


class LossReader:
    """Takes the loss of every batch, and gives them back in order as soon as they can be read.

    On a CPU that is at once. On a GPU, reading a number waits for all that is queued before it: so
    a bundle is copied while the next one is computed, and read when that one is complete.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._is_late = device.type != "cpu"
        self._is_cuda = device.type == "cuda"
        self._losses: list[Tensor] = []
        self._copied: Tensor | None = None
        self._event: torch.cuda.Event | None = None

    def take(self, loss: Tensor) -> list[float]:
        """Take the next batch's loss; return those that can be read now."""
        if not self._is_late:
            return [loss.item()]
        self._losses.append(loss)
        if len(self._losses) < BUNDLE:
            return []
        readable = self._read()
        self._copy()
        return readable

    def rest(self) -> list[float]:
        """Return all that have not been given back yet, waiting for them."""
        values = self._read()
        if self._losses:
            self._copy()
            values += self._read()
        return values

    def _copy(self) -> None:
        self._copied = torch.stack(self._losses).to("cpu", non_blocking=self._is_cuda)
        self._losses.clear()
        if self._is_cuda:
            self._event = torch.cuda.Event()
            # Not the current stream of the current device, which may be another GPU than this.
            self._event.record(torch.cuda.current_stream(self._device))

    def _read(self) -> list[float]:
        if self._copied is None:
            return []
        if self._event:
            self._event.synchronize()
        values: list[float] = self._copied.tolist()
        self._copied = None
        return values
