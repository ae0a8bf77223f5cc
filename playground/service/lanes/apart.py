"""Apart: a lane whose worker shares no disk with us. Files travel with commands and events."""

from __future__ import annotations

import logging

from playground.errors import PlaygroundError
from playground.run.protocol import Message
from playground.run.transfer import files_of, needed, pack, unpack
from playground.service.lanes.lane import Lane, OnEnd, OnEvent, OpenLane


class ApartLane:
    """Any lane whose worker was started with `--apart`: what it writes is written here as well.

    A run can be resumed, forked, looked at and taken over by another lane as if the worker had
    written to this disk.
    """

    def __init__(self, open_lane: OpenLane, on_event: OnEvent, on_end: OnEnd) -> None:
        self._on_event = on_event
        self._lane: Lane = open_lane(self._hear, on_end)

    def send(self, command: Message) -> None:
        """Pass a command on with the files that it needs."""
        files = [pack(place, file) for place in needed(command) for file in files_of(place)]
        self._lane.send({**command, "files": files} if files else command)

    def kill(self) -> None:
        """End the lane at once, without waiting."""
        self._lane.kill()

    def close(self) -> None:
        """End the lane and all it computes."""
        self._lane.close()

    def _hear(self, event: Message) -> None:
        if event["event"] != "file":
            self._on_event(event)
            return
        try:
            unpack(event)
        except (OSError, ValueError, PlaygroundError) as error:  # the run goes on without it
            logging.getLogger(__name__).warning("a file of a lane is not kept: %s", error)
