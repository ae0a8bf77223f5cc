"""Supervisor: one lane that lives; a dead one is replaced, and late words of it are not heard."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, RLock

from playground import protocol
from playground.errors import WorkerUnavailable
from playground.protocol import Message
from playground.records import Environment
from playground.service.lane import Lane, OnEnd, OnEvent

OpenLane = Callable[[OnEvent, OnEnd], Lane]

# A worker that dies this often without having said hello will not come by trying again.
_FAILED_STARTS = 3

# A lane that takes no commands any more says why it ended within moments.
_END_SECONDS = 2.0


class Supervisor:
    """Keeps a lane open. `on_event` gets its events, `on_end` a sentence when it has ended.

    Both are called with `lock` held. `environment` is known once the lane has said hello;
    `problem` says, in sentences, why there is none.
    """

    def __init__(
        self,
        open_lane: OpenLane,
        lock: RLock,
        on_event: Callable[[Message], None],
        on_end: Callable[[str], None],
    ) -> None:
        self.environment: Environment | None = None
        self.problem = ""
        self._open_lane = open_lane
        self._changed = Condition(lock)
        self._on_event = on_event
        self._on_end = on_end
        self._lane: Lane | None = None
        self._generation = 0  # tells a late word of a dead lane from the living one's
        self._failed_starts = 0

    def warm_up(self) -> None:
        """Open a lane where there is none, unless that has failed too often."""
        with self._changed:
            if self._lane is None and self._failed_starts < _FAILED_STARTS:
                self._open()

    def send(self, command: Message, before: Callable[[], None] = lambda: None) -> None:
        """Pass a command to a lane that lives, opening one where there is none.

        `before` is called with the lock held: should the lane end from then on, `on_end` comes
        after it. Raises `WorkerUnavailable`.
        """
        for _ in range(2):
            with self._changed:
                self.warm_up()
                lane = self._lane
                if lane is None:
                    raise WorkerUnavailable(
                        self.problem or "The process that trains does not start: see worker.log."
                    )
                before()
            try:
                lane.send(command)
            except (OSError, ValueError):
                self._await_end_of(lane)
            else:
                return
        raise WorkerUnavailable("The process that trains has just ended: try again in a moment.")

    def _await_end_of(self, lane: Lane) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._lane is not lane, _END_SECONDS)

    def tell(self, command: Message) -> None:
        """Pass a command to the lane there is; one that has ended has nothing to obey it."""
        lane = self._lane
        if lane:
            try:
                lane.send(command)
            except (OSError, ValueError):
                logging.getLogger(__name__).info("the worker ended before %s", command)

    def close(self) -> None:
        """End the lane; nothing more is heard of it."""
        with self._changed:
            lane, self._lane = self._lane, None
            self._generation += 1
            self.environment = None
            self._changed.notify_all()
        if lane:
            lane.close()

    def _open(self) -> None:
        self._generation += 1
        generation = self._generation

        def on_event(event: Message) -> None:
            with self._changed:
                if generation == self._generation:
                    self._hear(event)

        def on_end(reason: str) -> None:
            with self._changed:
                if generation == self._generation:
                    self._ended(reason)

        try:
            self._lane = self._open_lane(on_event, on_end)
        except OSError as error:
            self._failed_starts += 1
            place = f" ({error.filename})" if error.filename else ""
            reason = error.strerror or str(error)
            self.problem = f"The process that trains does not start: {reason}{place}."

    def _hear(self, event: Message) -> None:
        match event:
            case {"event": "hello"}:
                self.environment = protocol.environment(event["environment"])
                self._failed_starts = 0
                self.problem = ""
            case {"event": "broken"}:
                self.problem = event["message"]
                self._failed_starts = _FAILED_STARTS
            case _:
                self._on_event(event)

    def _ended(self, reason: str) -> None:
        logging.getLogger(__name__).warning("the worker ended: %s", reason)
        self._lane = None
        if self.environment is None:
            self._failed_starts += 1
            self.problem = self.problem or reason
        self.environment = None
        self.warm_up()
        self._on_end(reason)
        self._changed.notify_all()
