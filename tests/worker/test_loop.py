from __future__ import annotations

import json
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Timer
from typing import Any

import pytest
from tiny import results, tiny, use_few_digits

from playground.engine.answering import ANSWERERS
from playground.engine.runs.execution import execute
from playground.engine.runs.preflight import preflight
from playground.experiment import Experiment
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.questions import DescribeNetwork, PreviewImages, Question
from playground.run.records import ModelSummary, PreparationRecord, Preview
from playground.worker import loop, run_task
from playground.worker.loop import Worker

OVER = ("finished", "stopped", "failed")


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


@pytest.fixture
def every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report every batch, so that a command can come at an exact place."""
    monkeypatch.setattr(run_task, "_REPORT_EVERY", 0.0)


class Desk:
    """A worker in this process, and what its asker hears and answers."""

    def __init__(self) -> None:
        self.commands: SimpleQueue[Message | None] = SimpleQueue()
        self.events: list[Message] = []
        self.worker = Worker(self.commands, self._hear)
        self._reactions: list[tuple[Message, list[Message | None]]] = []
        self._awaited: set[str] = set()
        self._gave_up = False

    def when(self, event: Message, *commands: Message | None) -> None:
        """Send `commands` as soon as an event with these fields comes (record's fields too)."""
        self._reactions.append((event, list(commands)))

    def work(self, *commands: Message, until_over: str = "") -> list[Message]:
        """Let the worker do these commands until the named runs are over; return its events."""
        self._awaited = set(until_over.split())
        for command in commands:
            self.commands.put(command)
        watchdog = Timer(30, self._give_up)
        watchdog.start()
        self.worker.work()
        watchdog.cancel()
        assert not self._gave_up, f"nothing more came after {self.events[-3:]}"
        return self.events

    def of(self, run_id: str, *names: str) -> list[Message]:
        return [
            event
            for event in self.events
            if event.get("run") == run_id and (not names or event["event"] in names)
        ]

    def names(self, run_id: str) -> list[str]:
        return [event["event"] for event in self.of(run_id)]

    def numbers(self, run_id: str) -> list[tuple[float, ...]]:
        return results([protocol.epoch(event["record"]) for event in self.of(run_id, "epoch")])

    def _hear(self, message: Message) -> None:
        event = json.loads(protocol.encode(message))
        self.events.append(event)
        flat = {**event, **event.get("record", {})}
        for reaction in list(self._reactions):
            wanted, commands = reaction
            if all(flat.get(key) == value for key, value in wanted.items()):
                self._reactions.remove(reaction)
                for command in commands:
                    self.commands.put(command)
                break  # one reaction an event, in the order they were given
        if event["event"] in OVER and event["run"] in self._awaited:
            self._awaited.remove(event["run"])
            if not self._awaited:
                self.commands.put(None)

    def _give_up(self) -> None:
        self._gave_up = True
        self.commands.put(None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def start(run_id: str, experiment: Experiment | None = None, **fields: object) -> Message:
    settings = (experiment or tiny()).model_dump(mode="json")
    return {"command": "start", "run": run_id, "experiment": settings, **fields}


def to(run_id: str, command: str) -> Message:
    return {"command": command, "run": run_id}


def asking(name: str, inputs: object) -> Message:
    return {"command": "ask", "request": "q", "question": name, "inputs": inputs}


def ask(question: Question[object]) -> Message:
    return asking(type(question).__name__, protocol.pack(question))


def alone(experiment: Experiment | None = None) -> list[tuple[float, ...]]:
    return results(list(execute(experiment or tiny())))


def test_a_run_is_told_from_its_preparation_to_its_end(desk: Desk) -> None:
    desk.work(start("a"), until_over="a")
    order = list(dict.fromkeys(desk.names("a")))
    assert order == ["preparing", "started", "batch", "kept", "epoch", "finished"]
    assert desk.numbers("a") == alone()
    assert desk.events[-1] == {"event": "finished", "run": "a"}


def test_every_loss_is_sent_once_and_in_order(desk: Desk) -> None:
    experiment = tiny(training__epochs=5, training__batch_size=7)
    desk.when({"event": "epoch", "epoch": 2}, to("a", "pause"), to("a", "resume"))
    desk.work(start("a", experiment), until_over="a")
    sent = [loss for event in desk.of("a", "batch") for loss in event["losses"]]
    assert [position for position, _ in sent] == pytest.approx(
        [epoch + batch / 9 for epoch in range(5) for batch in range(1, 10)]
    )
    assert len(desk.of("a", "batch")) <= 5 * 9


@pytest.mark.usefixtures("every_batch")
def test_a_paused_run_holds_after_the_batch_under_way_and_goes_on_to_the_same_numbers(
    desk: Desk,
) -> None:
    experiment = tiny(model__dropout=0.5, data__augmentation="crop")
    # The other run's end is what resumes it: until then nothing may be heard of it.
    desk.when({"event": "batch", "run": "a", "epoch": 1, "batch": 3}, to("a", "pause"))
    desk.when({"event": "paused"}, start("b"))
    desk.when({"event": "finished", "run": "b"}, to("a", "resume"))
    desk.work(start("a", experiment), until_over="a b")
    names = [(event["event"], event.get("run")) for event in desk.events]
    paused, resumed = names.index(("paused", "a")), names.index(("resumed", "a"))
    assert desk.events[paused - 1]["record"]["batch"] == 3
    assert {run for _, run in names[paused + 1 : resumed]} == {"b"}
    assert desk.numbers("a") == alone(experiment)


@pytest.mark.usefixtures("every_batch")
def test_a_paused_run_that_was_forgotten_goes_on_from_its_checkpoint_to_the_same_numbers(
    desk: Desk,
) -> None:
    experiment = tiny(model__dropout=0.5, data__augmentation="crop", training__epochs=3)
    again = start("a", experiment) | {"begin": {"fence": 2, "resumes": True}}
    desk.when({"event": "batch", "run": "a", "epoch": 2, "batch": 2}, to("a", "pause"))
    desk.when({"event": "paused"}, to("a", "forget"), again)
    desk.work(start("a", experiment) | {"begin": {"fence": 1}}, until_over="a")
    assert desk.numbers("a") == alone(experiment)
    assert desk.names("a").count("restored") == 1
    assert not set(desk.names("a")) & {"stopped", "failed"}


def test_pausing_shows_the_last_batch_although_few_are_reported(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_task, "_REPORT_EVERY", 1000.0)
    monkeypatch.setattr(loop, "SLICE_SECONDS", 0.0)  # a look at the commands after every record
    steps = iter(range(1000))

    def counting(*arguments: Any) -> Iterator[object]:
        for record in execute(*arguments):
            if getattr(record, "batch", 0) == 3 and next(steps) == 0:
                desk.commands.put(to("a", "pause"))
            yield record

    monkeypatch.setattr(run_task, "execute", counting)
    desk.when({"event": "paused"}, to("a", "stop"))
    desk.work(start("a"), until_over="a")
    assert desk.names("a")[-3:] == ["batch", "paused", "stopped"]
    assert desk.of("a", "batch")[-1]["record"]["batch"] == 3
    assert len(desk.of("a", "batch")[-1]["losses"]) == 3


@pytest.mark.usefixtures("every_batch")
def test_a_step_goes_to_the_next_epoch_and_the_last_step_to_the_end(desk: Desk) -> None:
    experiment = tiny(training__epochs=3)
    desk.when({"event": "batch", "epoch": 1, "batch": 2}, to("a", "pause"))
    for _ in range(3):
        desk.when({"event": "paused"}, to("a", "step"))
    desk.work(start("a", experiment), until_over="a")
    told = [name for name in desk.names("a") if name in ("epoch", "paused", "resumed", *OVER)]
    pause = ["paused", "resumed"]
    assert told == [*pause, "epoch", *pause, "epoch", *pause, "epoch", "finished"]
    assert desk.numbers("a") == alone(experiment)


def test_no_pause_comes_between_what_an_epoch_keeps_and_the_epoch(desk: Desk) -> None:
    desk.when({"event": "kept"}, to("a", "pause"))
    desk.when({"event": "paused"}, to("a", "resume"))
    desk.work(start("a"), until_over="a")
    told = desk.names("a")
    assert "paused" in told
    assert told[told.index("kept") + 1] == "epoch"


def test_a_run_of_one_epoch_pauses_after_it_and_can_go_on(desk: Desk) -> None:
    desk.when({"event": "paused"}, to("a", "resume"))
    desk.work(start("a", one_epoch=True), until_over="a")
    told = [name for name in desk.names("a") if name in ("epoch", "paused", "resumed", *OVER)]
    assert told == ["epoch", "paused", "resumed", "epoch", "finished"]
    assert desk.numbers("a") == alone()


def test_a_run_planned_for_one_epoch_finishes_after_its_first_step(desk: Desk) -> None:
    desk.work(start("a", tiny(training__epochs=1), one_epoch=True), until_over="a")
    assert desk.names("a")[-2:] == ["epoch", "finished"]


@pytest.mark.usefixtures("every_batch")
def test_a_stopped_run_ends_at_that_batch_and_obeys_nothing_more(desk: Desk) -> None:
    desk.when(
        {"event": "batch", "run": "a", "batch": 2},
        *(to("a", command) for command in ("stop", "resume", "step", "pause", "stop")),
        start("b"),
    )
    desk.work(start("a"), until_over="a b")
    assert desk.names("a")[-2:] == ["batch", "stopped"]
    assert desk.of("a", "batch")[-1]["record"]["batch"] == 2
    assert desk.names("a").count("stopped") == 1
    assert desk.numbers("b") == alone()


def test_runs_take_turns_and_each_has_the_numbers_it_has_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SLICE_SECONDS", 0.0)
    restless = tiny(model__dropout=0.5, data__augmentation="crop", training__epochs=3)
    others = {
        "b": tiny(model__dropout=0.2, training__seed=4, training__epochs=3),
        "c": tiny(model__architecture="simple_cnn", training__epochs=3),
    }
    setups = {"a": restless, **others}
    desk.work(*(start(run_id, setup) for run_id, setup in setups.items()), until_over="a b c")
    order = [event["run"] for event in desk.events if event["event"] == "epoch"]
    assert set(order[:3]) == {"a", "b", "c"}  # nobody ends before others have begun
    for run_id, setup in setups.items():
        assert desk.numbers(run_id) == alone(setup)


def at_pace(run_id: str, pace: object) -> Message:
    return {"command": "pace", "run": run_id, "pace": pace}


def test_a_slow_run_lets_others_go_on_and_is_fast_as_soon_as_it_is_told(desk: Desk) -> None:
    # At a batch a second the slow one would take minutes: the desk gives up after half of one.
    setup = tiny(model__dropout=0.5, training__epochs=3, training__batch_size=1)
    desk.when({"event": "batch", "run": "slow"}, start("b"))
    desk.when({"event": "finished", "run": "b"}, at_pace("slow", "full"))
    desk.work(start("slow", setup, pace="batch"), until_over="slow b")
    finished = desk.events.index({"event": "finished", "run": "b"})
    assert not [event for event in desk.of("slow", "epoch") if desk.events.index(event) < finished]
    assert desk.numbers("slow") == alone(setup)
    assert desk.numbers("b") == alone()
    assert sum(event.get("waited", 0.0) for event in desk.of("slow")) > 0


@pytest.mark.usefixtures("every_batch")
@pytest.mark.parametrize("command", ["pause", "stop"])
def test_a_run_that_waits_for_its_next_batch_obeys_at_once(desk: Desk, command: str) -> None:
    desk.when({"event": "batch", "batch": 2}, to("a", command))
    desk.when({"event": "paused"}, to("a", "stop"))
    desk.work(start("a", pace="batch"), until_over="a")
    told = [event.get("record", {}).get("batch") for event in desk.of("a", "batch")]
    assert told == [1, 2]


def test_a_step_at_a_slow_pace_ends_with_the_epoch_and_no_other_pace_is_known(desk: Desk) -> None:
    desk.when({"event": "paused"}, at_pace("a", "warp"), at_pace("a", "full"), to("a", "resume"))
    desk.work(start("a", one_epoch=True, pace="brisk"), until_over="a")
    told = [name for name in desk.names("a") if name in ("epoch", "paused", "resumed", *OVER)]
    assert told == ["epoch", "paused", "resumed", "epoch", "finished"]
    assert desk.numbers("a") == alone()
    [refused] = [event for event in desk.events if event["event"] == "refused"]
    assert refused["message"] == '"warp" is no pace: choose one of full, brisk, slow, batch.'


def test_a_run_that_fails_is_told_with_the_reason_and_hurts_no_other(desk: Desk) -> None:
    impossible = tiny(model__batch_norm=True, training__batch_size=1)
    wild = tiny(
        model__hidden_sizes=[32, 32, 32],
        optimizer__name="sgd",
        optimizer__learning_rate=10,
        data__normalization="none",
        training__batch_size=4,
    )
    desk.work(
        start("a"),
        start("impossible", impossible),
        start("wild", wild),
        until_over="a impossible wild",
    )
    assert "choose batch size 2 or more" in desk.of("impossible", "failed")[0]["message"]
    assert "likely too high, try 1." in desk.of("wild", "failed")[0]["message"]
    last = desk.of("wild", "batch")[-1]["record"]["batch"]
    assert f"batch {last + 1}:" in desk.of("wild", "failed")[0]["message"]
    assert desk.numbers("a") == alone()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (KeyError("weights"), "error in the app (KeyError: 'weights'). The details are in"),
        (RuntimeError(), "error in the app (RuntimeError: no reason given)."),
        (MemoryError(), "ran out of memory: choose a smaller batch size"),
        (RuntimeError("CUDA out of memory. Tried to"), "ran out of memory: choose a smaller"),
        (
            OSError(28, "No space left on device", "/full/file"),
            "could not be read or written: No space left on device (/full/file).",
        ),
    ],
)
def test_an_error_that_nobody_foresaw_ends_its_run_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def failing(experiment: Experiment, *rest: Any) -> Iterator[object]:
        for count, record in enumerate(execute(experiment, *rest)):
            if experiment.training.seed == 9 and count == 6:
                raise error
            yield record

    monkeypatch.setattr(run_task, "execute", failing)
    desk.work(start("a"), start("bad", tiny(training__seed=9)), until_over="a bad")
    assert sentence in desk.of("bad", "failed")[0]["message"]
    assert desk.numbers("a") == alone()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ({"command": "dance", "run": "a"}, "is no command: playground/run/protocol.py lists them"),
        ({}, "is no command"),
        ({"command": "start", "run": ["a"], "experiment": {}}, "is no command"),
        ({"command": "pause", "run": 5}, "is no command"),
        ({"command": "start", "run": "a", "experiment": {}}, "The run a has been started already"),
        ({"command": "ask", "request": "q"}, "is no command"),
        (asking("Why", {}), 'Unknown question "Why": choose one of DescribeNetwork, Preview'),
        (asking("DescribeNetwork", {}), "its experiment is missing"),
        (asking("DescribeNetwork", 3), "is no question of the kind DescribeNetwork"),
        (
            asking("DescribeNetwork", {"experiment": {"model": {"architecture": "x"}}}),
            'Unknown architecture "x"',
        ),
        (asking("PreviewImages", {"experiment": 3}), "is not an experiment"),
        (asking("AutogradQuestion", {"w": 9}), '"9" is no weight w'),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_and_the_runs_go_on(
    desk: Desk, command: Message, told: str
) -> None:
    desk.work(start("a"), command, until_over="a")
    [refused] = [event for event in desk.events if event["event"] == "refused"]
    assert told in refused["message"]
    assert refused["request"] == command.get("request")
    assert desk.names("a")[-1] == "finished"
    assert desk.numbers("a") == alone()


@pytest.mark.parametrize(
    ("run_id", "settings", "told"),
    [
        ("b", {"training": {"epochs": 0}}, "Epochs 0 is too small"),
        ("b", 5, "is not an experiment"),
        ("../../b", {}, "is not the id of a run"),
    ],
)
def test_a_run_that_cannot_be_is_told_as_failed(
    desk: Desk, run_id: str, settings: object, told: str
) -> None:
    command = {"command": "start", "run": run_id, "experiment": settings}
    desk.work(command, until_over=run_id)
    [failed] = desk.events
    assert failed["event"] == "failed"
    assert told in failed["message"]


@pytest.mark.parametrize("command", ["pause", "resume", "step", "stop"])
def test_control_of_a_run_that_is_not_here_does_nothing(desk: Desk, command: str) -> None:
    desk.work(to("ghost", command), start("a"), until_over="a")
    assert {event["run"] for event in desk.events} == {"a"}


@pytest.mark.usefixtures("every_batch")
def test_a_question_is_answered_between_two_batches(desk: Desk) -> None:
    other = tiny(model__architecture="linear")
    desk.when({"event": "batch", "epoch": 1, "batch": 2}, ask(DescribeNetwork(other)))
    desk.work(start("a"), until_over="a")
    place = next(number for number, event in enumerate(desk.events) if event["event"] == "answer")
    assert desk.events[place - 1]["record"]["batch"] == 2
    assert desk.events[place + 1]["record"]["batch"] == 3
    assert protocol.read(ModelSummary, desk.events[place]["result"]) == preflight(other)
    assert desk.numbers("a") == alone()


def test_a_preview_is_prepared_beside_a_run(desk: Desk) -> None:
    desk.work(start("a"), ask(PreviewImages(tiny(training__seed=3))), until_over="a")
    told = [event["event"] for event in desk.events if event.get("request") == "q"]
    assert told[:-1] == ["progress"] * (len(told) - 1)
    [answer] = [event for event in desk.events if event["event"] == "answer"]
    counts = protocol.read(Preview, answer["result"]).counts
    assert [sum(each) for each in counts.values()] == [60, 15, 30]
    assert desk.numbers("a") == alone()


def test_a_preview_can_be_cancelled_while_it_waits_for_the_network(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    def endless(*_: object, **__: object) -> Iterator[PreparationRecord]:
        try:
            while True:
                yield PreparationRecord("Downloading", 0.5, waiting=True)
        finally:
            closed.append(True)

    monkeypatch.setitem(ANSWERERS, PreviewImages, endless)
    desk.when({"event": "progress"}, start("a"))
    desk.when({"event": "finished"}, {"command": "cancel", "request": "q"})
    desk.when({"event": "refused"}, {"command": "cancel", "request": "q"}, None)
    desk.work(ask(PreviewImages(tiny(), download=True)))
    assert desk.events[-1] == {"event": "refused", "request": "q", "message": "Cancelled."}
    assert closed == [True]
    assert desk.numbers("a") == alone()


@pytest.mark.usefixtures("every_batch")
def test_when_the_asker_is_gone_every_run_ends(desk: Desk) -> None:
    desk.when({"event": "paused", "run": "a"}, start("b"))
    desk.when({"event": "batch", "run": "a"}, to("a", "pause"))
    desk.when({"event": "batch", "run": "b"}, None)
    desk.work(start("a"))
    assert desk.names("a")[-1] == desk.names("b")[-1] == "stopped"


def test_nothing_of_a_run_stays_in_the_worker_after_its_end(desk: Desk) -> None:
    desk.when({"event": "started", "run": "b"}, to("b", "stop"))
    desk.work(
        start("a"),
        start("b", tiny(training__epochs=1000)),
        start("c", tiny(model__batch_norm=True, training__batch_size=1)),
        ask(PreviewImages(tiny(data__dataset="mnist"))),
        until_over="a b c",
    )
    assert not desk.worker._runs
    assert not desk.worker._questions
    assert not desk.worker._turns


def test_a_call_is_answered_between_two_batches(desk: Desk, every_batch: None) -> None:
    desk.when({"event": "batch", "batch": 2, "phase": "train"}, {"command": "call"})
    desk.work(start("a"), until_over="a")
    said = [(event["event"], event.get("record", {}).get("batch")) for event in desk.events]
    assert said[said.index(("batch", 2)) + 1] == ("here", None)


def test_a_run_whose_batches_are_known_to_be_long_is_not_begun(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "least_seconds", lambda experiment: 19.0)
    desk.when({"event": "long"}, start("a"))
    desk.work(start("a", longest=1.0, one_epoch=True), until_over="a")
    assert desk.events[0] == {"event": "long", "run": "a", "seconds": 19.0, "one_epoch": True}
    assert desk.numbers("a") == alone()


@pytest.mark.parametrize("begins", [1, 2])
def test_a_run_whose_batches_turn_out_to_be_long_is_let_go_and_goes_on_bit_for_bit(
    begins: int, desk: Desk, every_batch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first batch may take three times as long: what it loads is not the batch's fault."""
    clock = [0.0]
    long_from = 1 if begins == 1 else 6  # the second epoch's second batch

    def worked() -> float:
        trained = sum(event["record"]["phase"] == "train" for event in desk.of("a", "batch"))
        clock[0] += 1.5 if trained >= long_from else 0.4  # looked at before and after each record
        return clock[0]

    monkeypatch.setattr(run_task, "thread_time", worked)
    again = start("a", begin={"resumes": True, "fence": 2})
    desk.when({"event": "long"}, again)
    desk.work(start("a", longest=1.0, begin={"fence": 1}), until_over="a")
    [told] = desk.of("a", "long")
    assert (told["seconds"], told["one_epoch"]) == (pytest.approx(1.5), False)
    before = desk.events[: desk.events.index(told)]
    epochs = [event for event in before if event["event"] == "epoch"]
    assert len(epochs) == begins - 1
    assert desk.numbers("a") == alone()
