"""Watchdog: notices that what trains a run gives no answer, and lets its people end it."""

from __future__ import annotations

from playground.errors import NotYours
from playground.service.live_run import LiveRun
from playground.service.permission import OPERATOR, Person, may
from playground.service.roster import Roster

# How much longer than known a batch may take on a machine that has much else to do.
_SLOWER = 3

_ENDED = "The process that trains gave no answer and was ended."


class Watchdog:
    """Looks at lanes when pages do: where nobody looks, nobody has to be told."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def silence(self, run_id: str) -> float:
        """Return for how many seconds the lane of a run has given no answer; 0 where it has.

        To be asked at every look: a lane that has been quiet is called. One that computes long
        batches has more time to answer.
        """
        with self._roster.lock:
            run = self._roster.runs.get(run_id)
            if run is None or run.lane is None:
                return 0.0
            longest = max(each.batch_seconds for each in self._roster.on(run.lane))
            return run.lane.silence(_SLOWER * longest)

    def may_end(self, run_id: str, person: Person) -> bool:
        """Whether somebody may stop a run on the lane of this one."""
        with self._roster.lock:
            return any(may(person, "stop", run.info) for run in self._beside(run_id))

    def end(self, run_id: str, person: Person = OPERATOR) -> None:
        """End the lane of a run if it still gives no answer: its runs go on on the next one.

        What it was told and has not done, such as to stop a run, is done. Raises `NotYours`.
        """
        with self._roster.lock:
            if not self.may_end(run_id, person):
                raise NotYours("This process trains none of your runs, so you cannot end it.")
            if self.silence(run_id) and (lane := self._roster.runs[run_id].lane):
                lane.kill(_ENDED)

    def _beside(self, run_id: str) -> list[LiveRun]:
        run = self._roster.runs.get(run_id)
        return self._roster.on(run.lane) if run and run.lane else []
