"""The process between the app and a Ray cluster: it speaks the lines of a worker.

So the app needs no Ray, and a cluster that dies takes nothing with it but this process.
"""

from __future__ import annotations

import logging
import os
import sys

from playground.errors import PlaygroundError
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
        from playground.ray_lane.errand import Errand
    except ImportError:
        emit({"event": "broken", "message": _NO_RAY})
        return 1
    try:
        cluster.connect(environment.text("PLAYGROUND_RAY"), lost)
    except PlaygroundError as error:
        lost(str(error))
    try:
        Errand(cluster.take_seat(), emit).run()
    except PlaygroundError as error:
        emit({"event": "broken", "message": str(error)})
    except Exception:
        logging.getLogger(__name__).exception("the lane ends")
    os._exit(1)  # Ray takes its time to say goodbye, and may hang where its head is gone
