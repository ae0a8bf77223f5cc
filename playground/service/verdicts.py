"""Verdicts: what people say of training images, kept with the run by whoever may judge in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock

from playground.errors import StoreUnavailable
from playground.run.files import reason
from playground.run.verdicts import Judged, Verdict, read_verdicts, write_verdicts
from playground.service.permission import Action, Person


class Verdicts:
    """The verdicts of all runs; `require` says who may judge."""

    def __init__(self, require: Callable[[Person, Action, list[str]], None]) -> None:
        self._require = require
        self._lock = RLock()

    def of(self, run_id: str) -> Mapping[int, Judged]:
        """Return the verdicts of a run by image; raises `PlaygroundError`s."""
        return read_verdicts(run_id)

    def judge(
        self, run_id: str, image: int, label: int, verdict: Verdict | None, person: Person
    ) -> None:
        """Let a person say what they think of an image, or take it back with None.

        Raises `NotYours`, `UnknownRun`, `StoreUnavailable`, and `PlaygroundError` where the
        verdicts so far cannot be read.
        """
        self._require(person, "judge", [run_id])
        with self._lock:
            verdicts = {**read_verdicts(run_id)}
            verdicts.pop(image, None)
            if verdict is not None:
                verdicts[image] = Judged(image, label, verdict)
            try:
                write_verdicts(run_id, verdicts)
            except OSError as error:
                raise StoreUnavailable(
                    f"The verdict cannot be kept: {reason(error)}. Make room or allow writing, "
                    "then judge again."
                ) from None
