"""Everything that can go wrong, as sentences a person can act on.

PlaygroundError
├── InvalidExperiment      a value, a key or a combination that no run can have
│   ├── UnknownChoice      a name that is not in the catalogue
│   ├── DeviceUnavailable  the experiment names a device this machine does not have
│   ├── BackboneUnavailable   the weights it starts from are not here, or are others
│   └── ModelDoesNotFit    the architecture and the images, or the machine's memory, disagree
├── DatasetUnavailable     the images are not here and could not be fetched
├── TrainingDiverged       the loss stopped being a number
├── WorkerUnavailable      the process that trains could not be started or has died
├── StoreUnavailable       the file of the runs cannot be read or written
├── RunTakenOver           another process goes on with this run
├── NoRoom                 what is stored has reached its limit
├── TooManyRuns            a person has as many runs waiting as one may have
├── CheckpointMissing      a run has no checkpoint of the epoch asked for
├── NotYours               the run belongs to somebody else
├── NotRecognized          a nickname, a code or a key that cannot be, or is not right
└── UnknownRun             no run has this id
    └── UnreadableRun      another version has made the run, or it is damaged

Each message names the value, the rule and the way out; pages and command line print it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches

_MOST_NAMED = 40  # of the choices there are, in one sentence


class PlaygroundError(Exception):
    """The root: `str(error)` is one or more whole sentences for the person at the screen."""


class InvalidExperiment(PlaygroundError, ValueError):
    """A value, a key or a combination of settings that no run can have.

    A ValueError too, so that pydantic collects it and reports every wrong value at once.
    """


class UnknownChoice(InvalidExperiment):
    """A name that is not in the catalogue."""

    def __init__(self, kind: str, name: object, choices: Iterable[str]) -> None:
        names = list(choices)
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        super().__init__(
            f"Unknown {kind} {shorten(name)}: choose one of {', '.join(names[:_MOST_NAMED])}{more}."
            f"{did_you_mean(name, names)}"
        )


class ModelDoesNotFit(InvalidExperiment):
    """The architecture cannot work on images of this size, or would not fit in memory."""


class BackboneUnavailable(InvalidExperiment):
    """The weights of a backbone are not on this machine, or are not those that are named."""


class DatasetUnavailable(PlaygroundError):
    """The images of a data set are not on this machine and could not be fetched."""


class TrainingDiverged(PlaygroundError):
    """The loss became infinite or not a number."""


class DeviceUnavailable(InvalidExperiment):
    """The experiment names a device that this machine does not have."""


class WorkerUnavailable(PlaygroundError):
    """The process that trains could not be started, or has died."""


class StoreUnavailable(PlaygroundError):
    """The file of the runs cannot be read or written."""


class RunTakenOver(PlaygroundError):
    """Another process has taken the run over; this one must not write to it any more."""


class TooManyRuns(PlaygroundError):
    """A person has as many runs waiting as one may have."""


class NoRoom(PlaygroundError):
    """What is stored here, or of one person, has reached the most it may take on disk."""


class CheckpointMissing(PlaygroundError):
    """A run has no checkpoint of the epoch asked for."""


class NotYours(PlaygroundError):
    """The run belongs to somebody else, who alone may control it."""


class NotRecognized(PlaygroundError):
    """A nickname, a code or a key that cannot be, or that is not right."""


class UnknownRun(PlaygroundError):
    """No run has this id."""


class UnreadableRun(UnknownRun):
    """The run is there, and this version of the playground cannot open it."""


def shorten(value: object, limit: int = 60) -> str:
    """Return `value` quoted for a sentence on one line, cut at `limit` characters.

    What is not text is written as JSON, as the person who typed it sees it; what does not print
    (line ends, half a surrogate pair) is escaped, so that any terminal or page can show it.
    """
    text = value if isinstance(value, str) else _json(value)
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in cut
    )
    return f'"{shown}"'


def did_you_mean(name: object, choices: Iterable[str]) -> str:
    """Return " Did you mean …?" with the choice most like `name`, or nothing where none is.

    Upper and lower case are the same; the end of a path, such as "epochs", stands for all of it.
    """
    if not isinstance(name, str):
        return ""
    word = name.strip().casefold()
    spellings: dict[str, str] = {}
    for choice in choices:
        spellings.setdefault(choice.casefold(), choice)
        spellings.setdefault(choice.rpartition(".")[2].casefold(), choice)
    near = get_close_matches(word, spellings, n=1)
    return f" Did you mean {spellings[near[0]]}?" if near else ""


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # odd keys, huge integers, endless nesting
        return type(value).__name__
