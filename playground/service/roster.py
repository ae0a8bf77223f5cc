"""Roster: the runs of this process, which of them wait, and on which lane each is computed."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from playground.errors import WorkerUnavailable
from playground.run.protocol import Message
from playground.run.snapshot import RunStatus
from playground.service.admission import Ticket, check_room, to_put_aside, to_start
from playground.service.expected_wait import expected_wait
from playground.service.lanes.fleet import Fleet
from playground.service.lanes.lane import OpenLane
from playground.service.lanes.supervisor import Supervisor
from playground.service.live_run import LiveRun

# A run under which this many workers have died, with no epoch in between, is not tried once more.
_ATTEMPTS = 3

_LONG = (
    "A batch of this run takes longer than a second, so it is trained in a process for such runs, "
    "where others need not wait for it. Pause and Stop answer after the batch under way."
)


class Roster:
    """Runs by id, and the lanes that compute them.

    `lock` guards all of it, and is never held while a lane, a page or the disk is waited for.
    `on_change` is called when a run has changed; `on_answer` gets what a lane says of no run, and
    None when what was asked is lost with its lane. Both are called with the lock.
    """

    def __init__(
        self,
        open_lane: OpenLane,
        lanes: int,
        on_change: Callable[[], None],
        on_answer: Callable[[Message | None], None],
    ) -> None:
        self.lock = RLock()
        self.runs: dict[str, LiveRun] = {}
        self._waiting: list[str] = []
        self._on_change = on_change
        self._on_answer = on_answer
        self._fleet = Fleet(open_lane, lanes, self.lock, self._take, self._lane_ended)

    @property
    def first_lane(self) -> Supervisor:
        """The lane that is asked what is no run."""
        return self._fleet.usual[0]

    def warm_up(self) -> None:
        """Start the lanes."""
        self._fleet.warm_up()

    def enter(self, run: LiveRun, *, is_new: bool = False) -> None:
        """Queue a run; it starts at once where there is room.

        Raises `TooManyRuns` for a new one of somebody who has too many in the queue.
        """
        with self.lock:
            if is_new:
                check_room(run.info.owner, 1, self._tickets(self._waiting))
            self.runs[run.info.run_id] = run
            self._waiting.append(run.info.run_id)
            self._start_waiting()
        self._on_change()

    def live(self) -> list[LiveRun]:
        """Return the runs of this process, those included whose end is not on disk yet."""
        with self.lock:
            return list(self.runs.values())

    def expected_wait(self, run_id: str) -> float | None:
        """Return in how many seconds a run that waits will probably start; None if unknown."""
        with self.lock:
            running = [run for run in self.runs.values() if run.takes_turns]
            under_way = [(Ticket(run.info.run_id, run.info.owner), run.snapshot) for run in running]
            waiting = self._tickets(self._waiting)
        return expected_wait(run_id, waiting, under_way, len(self._fleet.usual))

    def close(self, message: str) -> None:
        """End the lanes; the runs that are not over are told as interrupted, with `message`."""
        self._fleet.close()
        with self.lock:
            self._waiting.clear()
            for run in self.runs.values():
                if not run.snapshot.status.is_over:
                    run.take({"event": "interrupted", "message": message})

    def control(self, run: LiveRun, action: str) -> None:
        """Do what was asked with a run that is not over; one that no lane has is ours to change."""
        run_id = run.info.run_id
        if run.lane:
            run.asked = action
            run.lane.tell({"command": action, "run": run_id})
            return
        is_paused = run.snapshot.status is RunStatus.PAUSED
        match action:
            case "stop" | "pause" if not (is_paused and action == "pause"):
                if not is_paused:
                    self._waiting.remove(run_id)
                run.set_place(0)
                run.take({"event": "stopped" if action == "stop" else "paused"})
            case "resume" | "step" if is_paused:
                run.one_epoch = action == "step"
                run.wait()
                self._waiting.append(run_id)
        self._start_waiting()
        self._on_change()

    def set_pace(self, run: LiveRun, pace: str) -> None:
        """Let a run that is not over go at another pace from now on."""
        run.set_pace(pace)
        if run.lane:
            run.lane.tell({"command": "pace", "run": run.info.run_id, "pace": pace})
        self._on_change()

    def on(self, lane: Supervisor) -> list[LiveRun]:
        """Return the runs that a lane computes or holds."""
        return [run for run in self.runs.values() if run.lane is lane]

    def _start_waiting(self) -> None:
        """Start what may start, and tell the others their place. To be called with the lock."""
        running = [run_id for run_id, run in self.runs.items() if run.takes_turns]
        for run_id in to_start(self._tickets(self._waiting), self._tickets(running)):
            self._waiting.remove(run_id)
            self._start(self.runs[run_id])
        for place, run_id in enumerate(self._waiting, 1):
            self.runs[run_id].set_place(place)
        self._fleet.end_unused({run.lane for run in self.runs.values()})

    def _start(self, run: LiveRun) -> None:
        lane = self._fleet.choose(run.needs, self._load_of, is_long=bool(run.batch_seconds))
        run.set_place(0)
        run.lane = lane
        try:
            lane.send(run.start_command())
        except WorkerUnavailable as error:
            run.take({"event": "failed", "message": str(error)})

    def _load_of(self, lane: Supervisor) -> int:
        return sum(run.takes_turns for run in self.on(lane))

    def _take(self, event: Message) -> None:
        if "run" not in event:
            self._on_answer(event)
            return
        run = self.runs.get(event["run"])
        if run is None or run.lane is None:
            return
        if event["event"] == "long":
            self._move(run, event)
        else:
            run.take(event)
        self._on_change()
        if event["event"] in ("finished", "stopped", "failed", "interrupted", "paused"):
            self._start_waiting()
        if event["event"] == "paused":
            self._put_paused_aside()

    def _move(self, run: LiveRun, event: Message) -> None:
        """Start a run whose lane has let go of it on one for long batches, from its last epoch."""
        run.batch_seconds = event["seconds"]
        run.one_epoch = event["one_epoch"]
        asked = run.asked
        run.wait(_LONG)
        if asked in ("pause", "stop"):  # said to a lane that had let go of the run
            run.take({"event": "paused" if asked == "pause" else "stopped"})
            self._start_waiting()
        else:
            self._start(run)

    def _put_paused_aside(self) -> None:
        """Let lanes forget the networks of paused runs where they hold too much memory."""
        paused = [
            run
            for run in self.runs.values()
            if run.lane and run.snapshot.status is RunStatus.PAUSED
        ]
        paused.sort(key=lambda run: run.paused_at)
        for place in to_put_aside([run.held_bytes for run in paused]):
            run = paused[place]
            if run.lane:
                run.lane.tell({"command": "forget", "run": run.info.run_id})
            run.leave()

    def _lane_ended(self, lane: Supervisor, reason: str) -> None:
        """Let every run of the dead lane go on from its last epoch, but not for ever."""
        for run in self.runs.values():
            if run.lane is lane:
                self._outlive(run, lane, reason)
        if lane is self.first_lane:
            self._on_answer(None)
        self._start_waiting()
        self._on_change()

    def _outlive(self, run: LiveRun, lane: Supervisor, reason: str) -> None:
        asked, is_paused = run.asked, run.snapshot.status is RunStatus.PAUSED
        if asked == "stop":
            run.take({"event": "stopped"})
            return
        if asked == "pause" or (is_paused and asked not in ("resume", "step")):
            if not is_paused:
                run.take({"event": "paused"})
            run.leave()
            return
        run.deaths += 1
        has_epochs = bool(run.snapshot.epochs)
        if lane.is_lost or (lane.problem and not self._fleet.has_other(lane)):
            run.take({"event": "interrupted", "message": lane.problem})
        elif run.deaths >= _ATTEMPTS:
            way_out = "Resume goes on from its last epoch" if has_epochs else "Resume starts it"
            message = (
                f"{reason} That happened {run.deaths} times with no epoch in between. {way_out} "
                "once more; Train starts a new run."
            )
            run.take({"event": "interrupted", "message": message})
        else:
            run.one_epoch = asked == "step" or (run.one_epoch and not has_epochs)
            went = "went on from its last epoch" if has_epochs else "began again"
            run.wait(f"{reason} The run {went}.")
            self._waiting.append(run.info.run_id)

    def _tickets(self, run_ids: list[str]) -> list[Ticket]:
        return [Ticket(run_id, self.runs[run_id].info.owner) for run_id in run_ids]
