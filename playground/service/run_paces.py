"""RunPaces: how fast people have their runs go, for those who watch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from playground.run.info import StoredRun
from playground.run.paces import WATCHABLE, pace_of
from playground.service.permission import Action, Person
from playground.service.roster import Roster


class RunPaces:
    """`require` raises `NotYours` where a person may not do something, `runs` has the newest first.

    Both are the service's.
    """

    def __init__(
        self,
        roster: Roster,
        require: Callable[[Person, Action, Iterable[str]], None],
        runs: Callable[[], Sequence[StoredRun]],
    ) -> None:
        self._roster = roster
        self._require = require
        self._runs = runs

    def change(self, run_id: str, pace: str, person: Person) -> None:
        """Let a person have a run go at another pace from now on; nothing for one that is over.

        Raises `PlaygroundError` where there is no such pace, `NotYours`, and `UnknownRun`.
        """
        pace_of(pace)
        self._require(person, "slow", [run_id])
        with self._roster.lock:
            run = self._roster.runs.get(run_id)
            if run is not None and not run.snapshot.status.is_over:
                self._roster.set_pace(run, pace)

    def usual(self, person: Person) -> str:
        """Return the pace that a person chose last: one to watch where they have never trained.

        The runs of a sweep always go at full speed.
        """
        own = [run for run in self._runs() if person.owns(run.info)]
        by_hand = [run for run in own if not run.info.group]
        return (by_hand or own)[0].snapshot.pace if own else WATCHABLE
