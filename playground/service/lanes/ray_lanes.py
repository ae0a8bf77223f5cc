"""RayLanes: lanes to a Ray cluster. This process needs no Ray: a child of it speaks with Ray."""

from __future__ import annotations

from playground.run import environment
from playground.run.protocol import Message
from playground.service.lanes.lane import RAY_LANE, LocalLane, OnEnd, OnEvent, OpenLane

_LOST = (
    "The Ray cluster is gone, and what was under way there is interrupted. Resume goes on with it "
    "on this machine; to train in a cluster again, start the app again."
)


def chosen() -> OpenLane:
    """Return what opens lanes: to a cluster where `PLAYGROUND_RAY` is set, else on this machine."""
    return RayLanes() if environment.text("PLAYGROUND_RAY") else LocalLane


class RayLanes:
    """Opens lanes to the cluster; once that has been there and is lost, on this machine."""

    def __init__(self) -> None:
        self._was_there = False
        self._is_lost = False

    def __call__(self, on_event: OnEvent, on_end: OnEnd) -> LocalLane:
        """Open a lane."""
        if self._is_lost:
            return LocalLane(on_event, on_end)
        reason = ""

        def hear(event: Message) -> None:
            nonlocal reason
            match event:
                case {"event": "gone", "message": reason}:
                    pass
                case {"event": "lost"} if self._was_there:
                    self._is_lost = True
                case {"event": "lost"}:
                    on_event({**event, "event": "broken"})
                case _:
                    self._was_there |= event["event"] == "hello"
                    on_event(event)

        def end(why: str) -> None:
            if self._is_lost:
                on_event({"event": "lost", "message": _LOST})
            on_end(reason or why)

        return LocalLane(hear, end, program=RAY_LANE)
