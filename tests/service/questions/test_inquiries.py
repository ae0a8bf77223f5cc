from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest

from playground.errors import WorkerUnavailable
from playground.run.protocol import Message
from playground.run.questions import Question
from playground.run.records import PreparationRecord
from playground.service.questions import inquiries as inquiries_module
from playground.service.questions.inquiries import Answer, Inquiries

NEVER = 60.0  # seconds of patience that no test uses up


@dataclass(frozen=True)
class Reason:
    text: str


@dataclass(frozen=True)
class Ask(Question[Reason]):
    text: str = "why"


SO = Answer(result=Reason("so"))


class Asker:
    """Inquiries at a worker, what was sent to it, and a clock that a test can turn."""

    def __init__(self) -> None:
        self.inquiries = Inquiries(lambda: self)
        self.sent: list[str] = []
        self.cancelled: list[str] = []
        self.was_sent = Event()
        self.is_gone = False

    def ask(self, text: str = "why", patience: float = 0.0) -> Answer[Reason]:
        return self.inquiries.ask(Ask(text), patience)

    def answer(self, request: str, text: str = "so") -> None:
        self.inquiries.hear({"event": "answer", "request": request, "result": {"text": text}})

    def refuse(self, request: str, message: str = "No.") -> None:
        self.inquiries.hear({"event": "refused", "request": request, "message": message})

    def progress(self, request: str, fraction: float) -> None:
        record = {"message": "Loading", "fraction": fraction}
        self.inquiries.hear({"event": "progress", "request": request, "record": record})

    def send(self, command: Message) -> None:
        if self.is_gone:
            raise WorkerUnavailable("Gone.")
        assert (command["command"], command["question"]) == ("ask", "Ask")
        self.sent.append(command["request"])
        self.was_sent.set()

    def tell(self, command: Message) -> None:
        assert command["command"] == "cancel"
        self.cancelled.append(command["request"])


@pytest.fixture
def asker() -> Asker:
    return Asker()


@pytest.fixture
def page() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as threads:
        yield threads


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(inquiries_module, "monotonic", lambda: now[0])
    return now


def test_a_question_is_sent_once_and_its_answer_kept(asker: Asker) -> None:
    assert asker.ask() == Answer()
    assert asker.ask() == Answer()
    [request] = asker.sent
    asker.answer(request)
    assert asker.ask() == SO
    assert asker.ask().is_ready
    assert len(asker.sent) == 1


def test_whoever_waits_has_the_answer_when_it_comes(asker: Asker, page: ThreadPoolExecutor) -> None:
    waiting = [page.submit(asker.ask, "why", NEVER) for _ in range(3)]
    assert asker.was_sent.wait(NEVER)
    asker.answer(asker.sent[0])
    assert [future.result(NEVER) for future in waiting] == [SO] * 3
    assert len(asker.sent) == 1


def test_progress_shows_and_does_not_end_the_waiting(asker: Asker) -> None:
    asker.ask()
    asker.progress(asker.sent[0], 0.25)
    assert asker.ask().progress == PreparationRecord("Loading", 0.25)
    assert not asker.ask().is_ready


def test_a_refusal_is_an_answer_too(asker: Asker) -> None:
    asker.ask()
    asker.refuse(asker.sent[0])
    assert asker.ask().refusal == "No."
    assert asker.ask().is_ready


def test_an_old_refusal_is_asked_anew_and_shown_until_then(
    asker: Asker, clock: list[float]
) -> None:
    asker.ask()
    asker.refuse(asker.sent[0])
    clock[0] = 4.0
    asker.ask()
    assert len(asker.sent) == 1
    clock[0] = 6.0
    assert [asker.ask().refusal, asker.ask().refusal] == ["No.", "No."]
    assert len(asker.sent) == 2
    asker.answer(asker.sent[1])
    assert asker.ask() == SO
    clock[0] = 600.0
    assert asker.ask() == SO
    assert len(asker.sent) == 2


def test_what_a_worker_that_died_was_asked_is_asked_anew(
    asker: Asker, page: ThreadPoolExecutor
) -> None:
    asker.ask("known")
    asker.answer(asker.sent[0])
    asker.was_sent.clear()
    waiting = page.submit(asker.ask, "why", NEVER)
    assert asker.was_sent.wait(NEVER)
    asker.inquiries.hear(None)
    assert waiting.result(NEVER) == Answer()  # at once: nobody is going to answer
    assert asker.ask("known") == SO
    asker.answer(asker.sent[1], "too late")
    assert asker.ask() == Answer()
    asker.answer(asker.sent[2])
    assert asker.ask() == SO


def test_a_question_that_could_not_be_sent_leaves_nothing_behind(asker: Asker) -> None:
    asker.is_gone = True
    for _ in range(3):
        assert asker.ask(patience=NEVER) == Answer(refusal="Gone.")
    assert not asker.inquiries._requests
    asker.is_gone = False
    assert asker.ask() == Answer()
    assert len(asker.sent) == 1


def test_a_forgotten_question_takes_no_late_answer(asker: Asker) -> None:
    asker.ask()
    asker.inquiries.forget(Ask())
    asker.refuse(asker.sent[0], "Cancelled.")
    assert asker.ask() == Answer()
    asker.refuse(asker.sent[0], "Cancelled.")
    asker.answer(asker.sent[1])
    assert asker.ask() == SO


def test_only_a_refusal_is_asked_anew_by_retry(asker: Asker) -> None:
    asker.ask()
    asker.answer(asker.sent[0])
    assert asker.inquiries.retry(Ask()) == SO
    asker.ask("other")
    asker.refuse(asker.sent[1])
    assert not asker.inquiries.retry(Ask("other")).is_ready
    assert len(asker.sent) == 3


def test_a_request_under_way_is_cancelled_and_no_other(asker: Asker) -> None:
    asker.inquiries.cancel(Ask())
    asker.ask()
    asker.inquiries.cancel(Ask())
    asker.answer(asker.sent[0])
    asker.inquiries.cancel(Ask())
    assert asker.cancelled == asker.sent


@pytest.mark.parametrize("request_id", ["q99", None, 7])
def test_an_answer_to_nothing_is_ignored(asker: Asker, request_id: Any) -> None:
    asker.refuse(request_id)
    assert asker.ask() == Answer()


def test_the_oldest_answers_are_forgotten(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiries_module, "_KEPT", 3)
    for name in "abcd":
        asker.ask(name)
        asker.answer(asker.sent[-1], name)
    assert asker.ask("d").result == Reason("d")
    assert not asker.ask("a").is_ready
    assert len(asker.inquiries._answers) == 3
