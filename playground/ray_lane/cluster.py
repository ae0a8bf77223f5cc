"""Cluster: a connection to Ray, and a seat on one of its nodes. What goes wrong is a sentence."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Callable
from threading import Timer
from time import monotonic, sleep
from typing import Any

import ray
from ray.exceptions import ActorDiedError, ActorUnavailableError, GetTimeoutError

from playground.errors import WorkerUnavailable, shorten
from playground.ray_lane import seat as seat_module
from playground.ray_lane.luggage import playground
from playground.ray_lane.seat import Seat
from playground.run import environment

_LOG = logging.getLogger(__name__)

_CANNOT = (
    "A node of the Ray cluster cannot train: install there what requirements.txt lists, with the "
    "same versions as here, and start the app again. What is missing is told in worker.log."
)

_KNOCK = 5.0  # seconds until an address that takes no connection counts as none
_AGAIN = 1.0
_CONNECT = 45.0
_ROOM = 45.0  # seconds in which a node with room is to be found, one that has just died forgotten


def connect(address: str, give_up: Callable[[str], None]) -> None:
    """Connect to the cluster at `address`, "auto" for the one that this machine is part of.

    Raises `WorkerUnavailable` where there is none. Ray waits very long for one that hangs: then
    `give_up` is called, from a thread of its own, with that sentence, and is to end this process.
    """
    nobody = (
        f"There is no Ray cluster at {shorten(address)}, to which PLAYGROUND_RAY leads: start one "
        "with ray start --head (where it wants a token, set RAY_AUTH_MODE and RAY_AUTH_TOKEN here "
        "too), or start the app without PLAYGROUND_RAY."
    )
    place = re.fullmatch(r"(?:ray://)?\[?([^/\]]+?)\]?:(\d{1,5})", address)
    timer = Timer(_CONNECT, give_up, [nobody])
    timer.daemon = True
    timer.start()
    try:
        while True:
            if place:
                _knock(place[1], int(place[2]))
            try:
                ray.init(address=address, log_to_driver=False, logging_level="ERROR")
                return
            except Exception as error:
                if place is None or isinstance(error, ValueError):
                    raise
                # The head is there, yet this machine's node may be one that is just dying.
                _LOG.warning("%s", error)
                sleep(_AGAIN)
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise WorkerUnavailable(f"{nobody} ({reason[0]})") from error
    finally:
        timer.cancel()


def _knock(host: str, port: int) -> None:
    socket.create_connection((host, port), timeout=_KNOCK).close()


def take_seat() -> Any:
    """Return an actor on a node with room for it.

    It has as many CPUs as a run may use threads, and a GPU where one is free. It obeys commands in
    their order while somebody waits for events: one thread for each. Raises `WorkerUnavailable`
    where no node has room.
    """
    threads = environment.whole_number("PLAYGROUND_THREADS", _cores())
    ray.cloudpickle.register_pickle_by_value(seat_module)
    code = ray.put(playground())
    kind = ray.remote(max_concurrency=1, concurrency_groups={"events": 1})(Seat)
    deadline = monotonic() + _ROOM
    while (left := deadline - monotonic()) > 0:
        gpus = int(ray.available_resources().get("GPU", 0) >= 1)
        wishes = {"num_cpus": threads, "num_gpus": gpus, "scheduling_strategy": "SPREAD"}
        seat = kind.options(**wishes).remote(code, environment.of_runs(), threads)
        try:
            ray.get(seat.__ray_ready__.remote(), timeout=left)
        except GetTimeoutError:
            ray.kill(seat)
        except (ActorDiedError, ActorUnavailableError) as error:
            _LOG.warning("%s", error)
            if "creation task" in str(error):  # the seat's own beginning failed
                raise WorkerUnavailable(_CANNOT) from error
            # Cancelled on a node that had just died: another will do.
        else:
            return seat
    raise WorkerUnavailable(
        f"No node of the Ray cluster has {threads} free CPUs for one more process that trains. Set "
        "PLAYGROUND_THREADS or PLAYGROUND_WORKERS lower, or add nodes, and start the app again."
    )


def why_lost(error: Exception) -> str:
    """Return why an actor does not answer any more."""
    if "memory" in str(error).lower():
        return (
            "The process that trains was ended because the memory of its node in the Ray cluster "
            "ran out: choose a smaller batch size, image size or network."
        )
    return "The node of the Ray cluster that trained, or its process there, is gone."


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
