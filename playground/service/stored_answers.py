"""What a run's network said after every stored epoch: read from disk once, an epoch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.analysis.stored_answers import StoredAnswers
from playground.run.folder import RunFolder
from playground.service.predictions import ARTIFACTS, Role, images_of

# 10,000 images take 60 kB.
_KEPT_EPOCHS = 1024

_MOST_EPOCHS = 80  # about; a run that is over has no more than this anyway


def stored_answers(
    run_id: str, key: str, last: int, role: Role = "validation"
) -> StoredAnswers | None:
    """Return what a run said of its images of a role after the stored epochs up to `last`.

    Those are its validation images, or its sample of the training images; `key` names them. Epoch
    0 is the untrained network; a run that goes on from another one has none, nor has one from
    before it was recorded. None where no epoch is stored, or its images are not there.
    """
    data = images_of(role, key)
    if data is None:
        return None
    found: dict[int, tuple[NDArray[Any], ...]] = {}
    classes = 0
    stored = RunFolder.of(run_id).epochs(ARTIFACTS[role])
    for epoch in _some([epoch for epoch in stored if epoch <= last]):
        try:
            *arrays, classes = _epoch(run_id, epoch, key, role)
        except FileNotFoundError:
            continue
        found[epoch] = tuple(arrays)
    if not found:
        return None
    said, sure, given = (np.stack(parts) for parts in zip(*found.values(), strict=True))
    return StoredAnswers(tuple(found), classes, data.labels, said, sure, given)


def _some(epochs: Sequence[int]) -> list[int]:
    """Return the first ten epochs, the last, and of the others those that a power of two divides.

    While a long run goes on all of them are on disk. Which are left out changes seldom, so that
    few files are read anew.
    """
    step = 1
    while len(epochs) / step > _MOST_EPOCHS:
        step *= 2
    chosen = {*epochs[:10], *epochs[-1:]}
    return [epoch for epoch in epochs if epoch % step == 0 or epoch in chosen]


# What was read is kept; a failure is not, so that a file that comes later is found.
@lru_cache(maxsize=_KEPT_EPOCHS)
def _epoch(
    run_id: str, epoch: int, key: str, role: Role
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], int]:
    """Return the likeliest classes, their probabilities, those of the true classes, all `[N]`.

    And how many classes there are. Raises `FileNotFoundError` where they are not there, or of other
    images.
    """
    data = images_of(role, key)
    shares = RunFolder.of(run_id).array(ARTIFACTS[role], epoch)
    if data is None or shares is None or len(shares) != len(data.labels):
        raise FileNotFoundError
    if data.labels.max(initial=0) >= shares.shape[1]:
        raise FileNotFoundError
    everywhere = np.arange(len(shares))
    said = shares.argmax(axis=1)
    return (
        said.astype(np.int16),
        shares[everywhere, said],
        shares[everywhere, data.labels],
        shares.shape[1],
    )
