"""Supervisor: one lane that lives; a dead one is replaced, and late words of it are not heard."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import RLock, Thread
from time import monotonic

from playground.errors import WorkerUnavailable
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.records import Environment
from playground.service.lanes.lane import Lane, OpenLane

# A worker that dies this often without having said hello will not come by trying again at once:
# only after a while, should somebody have mended meanwhile what was in its way.
_FAILED_STARTS = 3
_COOL_DOWN = 10.0  # seconds

# A worker that has said nothing for a while is called, which every living one answers between two
# batches. One that is only starting has PyTorch to load, on a slow disk perhaps.
_QUIET = 1.0  # seconds
_PATIENCE = 5.0  # from the call on
_STARTING = 60.0


class Supervisor:
    """Keeps a lane open. `on_event` gets its events, `on_end` a sentence when it has ended.

    Both are called with `lock` held, and with the supervisor. `environment` is known once the
    lane has said hello; `problem` says, in sentences, why there is none; with `is_lost`
    it is a cluster that is gone, and all lanes to it.
    """

    def __init__(
        self,
        open_lane: OpenLane,
        lock: RLock,
        on_event: Callable[[Message], None],
        on_end: Callable[[Supervisor, str], None],
    ) -> None:
        self.environment: Environment | None = None
        self.problem = ""
        self._open_lane = open_lane
        self._lock = lock
        self._on_event = on_event
        self._on_end = on_end
        self._lane: Lane | None = None
        self._generation = 0  # tells a late word of a dead lane from the living one's
        self._failed_starts = 0
        self._failed_at = 0.0  # on the monotonic clock
        self._heard_at = 0.0
        self.is_lost = False
        self._called_at: float | None = None  # None where no answer is missing

    def warm_up(self) -> None:
        """Open a lane where there is none; after several failures, not before a while is over."""
        with self._lock:
            has_cooled_down = monotonic() - self._failed_at > _COOL_DOWN
            if self._lane is None and (self._failed_starts < _FAILED_STARTS or has_cooled_down):
                self._open()

    def send(self, command: Message) -> None:
        """Pass a command to the lane, opening one where there is none.

        Nobody waits here: should the lane have ended, `on_end` says so later. Raises
        `WorkerUnavailable` where there is none to be had.
        """
        with self._lock:
            self.warm_up()
            if self._lane is None:
                raise WorkerUnavailable(
                    self.problem or "The process that trains does not start: see worker.log."
                )
            self._lane.send(command)

    def tell(self, command: Message) -> None:
        """Pass a command to the lane there is; one that has ended has nothing to obey it."""
        with self._lock:
            if self._lane:
                self._lane.send(command)

    def silence(self, more: float = 0.0) -> float:
        """Return for how many seconds a word of the lane has been missing; 0 where it may be well.

        To be asked again and again: a lane that is quiet is called. `more` are the seconds that
        it may take for an answer besides the usual ones.
        """
        with self._lock:
            now = monotonic()
            if self._lane and self._called_at is None and now - self._heard_at > _QUIET:
                self._called_at = now
                self._lane.send({"command": "call"})
            if self._lane is None or self._called_at is None:
                return 0.0
            patience = _STARTING if self.environment is None else _PATIENCE + more
            silent = now - self._called_at
            return silent if silent > patience else 0.0

    def kill(self, reason: str) -> None:
        """End a lane that does not answer, here and now; `on_end` is told `reason`."""
        with self._lock:
            if self._lane:
                self._lane.kill()
                self._generation += 1  # it may be long in dying
                self._ended(reason)

    def close(self, *, waits: bool = True) -> None:
        """End the lane; nothing more is heard of it."""
        with self._lock:
            lane, self._lane = self._lane, None
            self._generation += 1
            if lane and self.environment is None:
                lane.kill()  # it loads PyTorch still, and would hear of its end only after that
            self.environment = None
        if lane and waits:
            lane.close()
        elif lane:
            Thread(target=lane.close, daemon=True, name="lane-end").start()

    def _open(self) -> None:
        self._generation += 1
        generation = self._generation
        self._called_at = monotonic()

        def on_event(event: Message) -> None:
            with self._lock:
                if generation == self._generation:
                    self._hear(event)

        def on_end(reason: str) -> None:
            with self._lock:
                if generation == self._generation:
                    self._ended(reason)

        try:
            self._lane = self._open_lane(on_event, on_end)
        except OSError as error:
            self._count_failure()
            place = f" ({error.filename})" if error.filename else ""
            reason = error.strerror or str(error)
            self.problem = (
                f"The process that trains does not start: {reason}{place}. Set PLAYGROUND_HOME to "
                "a folder that can be written, and start the app again."
            )

    def _hear(self, event: Message) -> None:
        self._heard_at, self._called_at = monotonic(), None
        match event:
            case {"event": "here"}:
                pass
            case {"event": "hello"}:
                self.environment = protocol.environment(event["environment"])
                self._failed_starts = 0
                self.problem = ""
            case {"event": "broken"}:
                self.problem = event["message"]
                self._failed_starts = _FAILED_STARTS
                self._failed_at = monotonic()
            case {"event": "lost"}:  # its runs are not to go on by themselves
                self.is_lost, self.problem = True, event["message"]
            case _:
                self._on_event(event)

    def _count_failure(self) -> None:
        self._failed_starts += 1
        self._failed_at = monotonic()

    def _ended(self, reason: str) -> None:
        logging.getLogger(__name__).warning("the worker ended: %s", reason)
        self._lane = None
        if self.environment is None:
            self._count_failure()
            self.problem = self.problem or reason
        self.environment = None
        self.warm_up()
        self._on_end(self, reason)
        if self.is_lost:
            self.is_lost, self.problem = False, ""
