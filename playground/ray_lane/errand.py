"""Errand: what goes between a seat and the app; commands and events each in their order."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any

import ray
from ray.exceptions import RayError

from playground.errors import PlaygroundError
from playground.ray_lane.cluster import why_lost
from playground.ray_lane.luggage import Luggage
from playground.run import protocol
from playground.run.protocol import Message

_GOODBYE = 2.0  # seconds that a seat has to clear up


class Errand:
    """Runs between stdin, the actor `seat`, and `emit`, which takes events to the app."""

    def __init__(self, seat: Any, emit: Callable[[Message], None]) -> None:
        self._seat = seat
        self._emit = emit
        self._luggage = Luggage()
        self._lock = Lock()  # the files of a run are dropped before or after a command brings them

    def run(self) -> None:
        """Pass everything on until the seat ends; this process ends where stdin closes."""
        Thread(target=self._read, daemon=True, name="commands").start()
        try:
            while self._deliver(ray.get(self._seat.events.remote())):
                pass
        except RayError as error:
            logging.getLogger(__name__).warning("%s", error)
            self._emit({"event": "gone", "message": why_lost(error)})

    def _deliver(self, events: list[Message | None]) -> bool:
        """Pass events up, files to the disk before them; return whether more will come."""
        for event in events:
            match event:
                case None:
                    return False
                case {"event": "file"}:
                    with self._lock:
                        self._luggage.unpack(event)
                case {"event": "log", "text": text}:
                    logging.getLogger("node").info("%s", text)
                case _:
                    with self._lock:
                        if drop := self._luggage.drop(event):
                            self._seat.obey.remote(drop)
                    self._emit(event)
        return True

    def _read(self) -> None:
        try:
            for line in sys.stdin.buffer:
                try:
                    self._pass_on(protocol.decode(line))
                except (ValueError, OSError, PlaygroundError):
                    logging.getLogger(__name__).warning("not a command: %r", line[:200])
            ray.get(self._seat.leave.remote(), timeout=_GOODBYE)
            os._exit(0)  # with this process ends the seat
        except RayError as error:  # whoever waits for events hears of it too, and says so
            logging.getLogger(__name__).info("%s", error)

    def _pass_on(self, command: Message) -> None:
        def lacks(name: str, fingerprint: str) -> bool:
            return bool(ray.get(self._seat.lacks.remote(name, fingerprint)))

        def send(name: str, fingerprint: str, files: dict[str, bytes]) -> None:
            ray.get(self._seat.keep.remote(name, fingerprint, ray.put(files)))

        self._luggage.send_sets(command, lacks, send)
        with self._lock:
            self._seat.obey.remote(self._luggage.pack(command))
