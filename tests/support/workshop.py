"""Workshop: where a service gets lanes that compute nothing; the test says what comes of them."""

from __future__ import annotations

from typing import Any

from playground.run import protocol
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    Environment,
    EpochRecord,
    LayerShape,
    ModelSummary,
    StartedRecord,
)
from playground.service.lanes.lane import OnEnd, OnEvent

STARTED = StartedRecord(650, 1221, 216, 20, tuple("0123456789"), "cpu", 1, "f", "k")
SUMMARY = ModelSummary(650, (1, 8, 8), (LayerShape("linear", (10,), 650),), 12.5)


class FakeLane:
    """A lane that computes nothing: the test says what comes of it.

    After `lifetime` commands it hears no more, and waits for the test to tell its end.
    """

    lifetime = 10_000

    def __init__(self, on_event: OnEvent, on_end: OnEnd) -> None:
        self.say = on_event
        self.sent: list[Message] = []
        self.is_dead = self.is_closed = False
        self._on_end = on_end

    def send(self, command: Message) -> None:
        if self.is_dead or len(self.sent) >= self.lifetime:
            return
        self.sent.append(command)

    def close(self) -> None:
        self.is_closed = self.is_dead = True

    def kill(self) -> None:
        self.is_dead = True

    def greet(self, **fields: Any) -> None:
        self.say({"event": "hello", "environment": protocol.pack(Environment(**fields))})

    def die(self, reason: str = "It died.") -> None:
        self.is_dead = True
        self._on_end(reason)

    def tell(self, event: str, run_id: str, record: object = None, **fields: Any) -> None:
        packed = {} if record is None else {"record": protocol.pack(record)}
        self.say({"event": event, "run": run_id, **packed, **fields})

    def answer(self, result: object) -> None:
        """Answer the question that came last."""
        request = self.sent[-1]["request"]
        self.say({"event": "answer", "request": request, "result": protocol.pack(result)})

    def begin(self, run_id: str, epochs: int = 0) -> None:
        """Start the run, and train so many epochs of it."""
        self.tell("started", run_id, STARTED)
        for number in range(1, epochs + 1):
            self.train_an_epoch(run_id, number)

    def train_an_epoch(self, run_id: str, number: int = 1) -> None:
        losses = [[number - 1 + batch / 4, 2.0 / batch] for batch in (1, 2, 3, 4)]
        self.tell("batch", run_id, BatchRecord(number, "train", 4, 4, 0.5), losses=losses)
        record = EpochRecord(number, 1.0, 0.4, 1.1, 0.5, 0.001, 2.0, 0.5, 180.0)
        self.tell("epoch", run_id, record)


class Workshop:
    """Where lanes come from: each one made is kept; `broken` says why none can be."""

    def __init__(self) -> None:
        self.lanes: list[FakeLane] = []
        self.broken: OSError | None = None
        self.greets = True

    def open(self, on_event: OnEvent, on_end: OnEnd) -> FakeLane:
        if self.broken:
            raise self.broken
        lane = FakeLane(on_event, on_end)
        self.lanes.append(lane)
        if self.greets:
            lane.greet()
        return lane

    @property
    def lane(self) -> FakeLane:
        return self.lanes[-1]

    def starts(self) -> list[Message]:
        """Return every command to start a run, over all lanes."""
        sent = [command for lane in self.lanes for command in lane.sent]
        return [command for command in sent if command["command"] == "start"]
