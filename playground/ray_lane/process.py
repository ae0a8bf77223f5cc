"""The process between the app and a Ray cluster: the same lines as a worker's, so that the app
needs no Ray, and a cluster that dies takes nothing with it but this process.
"""

from __future__ import annotations

import logging
import os
import sys
from threading import Lock, Thread
from typing import Any

from playground.errors import PlaygroundError
from playground.ray_lane.luggage import Luggage
from playground.run import environment, protocol
from playground.run.protocol import Message

_NO_RAY = (
    "PLAYGROUND_RAY is set, but Ray is not installed here: install it with pip install ray, or "
    "start the app without PLAYGROUND_RAY."
)


def main() -> int:
    """Pass commands from stdin to a node, and its events to stdout. Returns the exit status."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )

    def emit(message: Message) -> None:
        try:
            output.write(protocol.encode(message) + "\n")
            output.flush()
        except OSError:
            os._exit(0)  # nobody listens any more

    def lost(message: str) -> None:
        emit({"event": "lost", "message": message})
        os._exit(1)

    try:
        from playground.ray_lane import cluster
    except ImportError:
        emit({"event": "broken", "message": _NO_RAY})
        return 1
    try:
        cluster.connect(environment.text("PLAYGROUND_RAY"), lost)
    except PlaygroundError as error:
        emit({"event": "lost", "message": str(error)})
        return 1
    try:
        seat, events = cluster.take_seat()
    except PlaygroundError as error:
        emit({"event": "broken", "message": str(error)})
        return 1
    errand = Errand(seat)
    Thread(target=errand.read, daemon=True, name="commands").start()
    try:
        while errand.deliver(events, emit):
            events = errand.wait()
    except cluster.RayError as error:
        logging.getLogger(__name__).warning("%s", error)
        emit({"event": "gone", "message": cluster.why_lost(error)})
    output.flush()
    os._exit(1)  # Ray takes its time to say goodbye, and may hang where its head is gone


class Errand:
    """What goes between a seat and this process; commands and events each in their order."""

    def __init__(self, seat: Any) -> None:
        self._seat = seat
        self._luggage = Luggage()
        self._lock = Lock()  # a run's files are dropped before or after a command brings them

    def read(self) -> None:
        """Pass on commands until stdin closes; then leave the node."""
        import ray

        try:
            for line in sys.stdin.buffer:
                try:
                    self._pass_on(protocol.decode(line))
                except (ValueError, OSError, PlaygroundError):
                    logging.getLogger(__name__).warning("not a command: %r", line[:200])
            ray.get(self._seat.leave.remote(), timeout=2)
        except ray.exceptions.RayError as error:
            logging.getLogger(__name__).info("%s", error)
        os._exit(0)  # with this process ends the seat

    def wait(self) -> list[Message | None]:
        """Wait for events; raises `RayError` where the seat is gone."""
        import ray

        events: list[Message | None] = ray.get(self._seat.events.remote())
        return events

    def deliver(self, events: list[Message | None], emit: Any) -> bool:
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
                    emit(event)
        return True

    def _pass_on(self, command: Message) -> None:
        import ray

        def lacks(name: str, fingerprint: str) -> bool:
            return bool(ray.get(self._seat.lacks.remote(name, fingerprint)))

        def send(name: str, fingerprint: str, files: dict[str, bytes]) -> None:
            ray.get(self._seat.keep.remote(name, fingerprint, ray.put(files)))

        self._luggage.send_sets(command, lacks, send)
        with self._lock:
            self._seat.obey.remote(self._luggage.pack(command))
