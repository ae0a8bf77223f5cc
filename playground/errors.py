"""Everything that can go wrong, as sentences a person can act on.

PlaygroundError
├── InvalidExperiment      a value, a key or a combination that no run can have
│   ├── UnknownChoice      a name that is not in the catalogue
│   └── ModelDoesNotFit    the architecture and the images, or the machine's memory, disagree
├── DatasetUnavailable     the images are not here and could not be fetched
├── TrainingDiverged       the loss stopped being a number
├── DeviceUnavailable      the experiment names a device this machine does not have
├── WorkerUnavailable      the process that trains could not be started or has died
└── UnknownRun             no run has this id

Each message names the value, the rule and the way out; pages and command line print it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PlaygroundError(Exception):
    """The root: `str(error)` is one or more whole sentences for the person at the screen."""


class InvalidExperiment(PlaygroundError):
    """A value, a key or a combination of settings that no run can have."""


class UnknownChoice(InvalidExperiment):
    """A name that is not in the catalogue."""

    def __init__(self, kind: str, name: object, choices: Iterable[str]) -> None:
        names = list(choices)
        near = get_close_matches(str(name), names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        super().__init__(f"Unknown {kind} {shorten(name)}: choose one of {', '.join(names)}.{hint}")


class ModelDoesNotFit(InvalidExperiment):
    """The architecture cannot work on images of this size, or would not fit in memory."""


class DatasetUnavailable(PlaygroundError):
    """The images of a data set are not on this machine and could not be fetched."""


class TrainingDiverged(PlaygroundError):
    """The loss became infinite or not a number."""


class DeviceUnavailable(PlaygroundError):
    """The experiment names a device that this machine does not have."""


class WorkerUnavailable(PlaygroundError):
    """The process that trains could not be started, or has died."""


class UnknownRun(PlaygroundError):
    """No run has this id."""


def shorten(value: object, limit: int = 60) -> str:
    """Return `value` quoted for a sentence, cut at `limit` characters."""
    text = str(value)
    return f'"{text}"' if len(text) <= limit else f'"{text[: limit - 1]}…"'
