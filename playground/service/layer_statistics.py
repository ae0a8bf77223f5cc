"""What a run's layers were like after every stored epoch: each is read from disk once."""

from __future__ import annotations

from functools import lru_cache

from playground.analysis.layer_statistics import LayerStatistics, read_layers
from playground.run.artifacts import LAYERS
from playground.run.folder import RunFolder

# A network of 20 layers takes 10 kB.
_KEPT_EPOCHS = 1024


def layer_statistics(run_id: str, last: int) -> tuple[LayerStatistics, ...]:
    """Return what the layers were like after the stored epochs up to `last`, ascending.

    Epoch 0 is the untrained network; a run that goes on from another one has none. Nothing where
    nothing was recorded: in runs of earlier versions, or with `PLAYGROUND_INSPECTION` 0.
    """
    found = []
    for epoch in RunFolder.of(run_id).epochs(LAYERS):
        if epoch <= last:
            try:
                found.append(_epoch(run_id, epoch))
            except FileNotFoundError:
                continue
    return tuple(found)


# What was read is kept; a failure is not, so that a file that comes later is found.
@lru_cache(maxsize=_KEPT_EPOCHS)
def _epoch(run_id: str, epoch: int) -> LayerStatistics:
    content = RunFolder.of(run_id).arrays(LAYERS, epoch)
    read = read_layers(content, epoch) if content is not None else None
    if read is None:
        raise FileNotFoundError
    return read
