from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest

from playground.errors import WorkerUnavailable
from playground.run.questions import Question
from playground.run.records import PreparationRecord
from playground.service.questions import questions as questions_module
from playground.service.questions.questions import Answer, Questions

NEVER = 60.0  # seconds of patience that no test uses up


@dataclass(frozen=True)
class Reason:
    text: str


@dataclass(frozen=True)
class Ask(Question[Reason]):
    text: str = "why"


SO = Answer(result=Reason("so"))


class Asker:
    """Questions, what was sent to the worker, and a clock that a test can turn."""

    def __init__(self) -> None:
        self.questions = Questions()
        self.sent: list[str] = []
        self.was_sent = Event()

    def ask(self, question: str = "why", patience: float = 0.0) -> Answer[Reason]:
        return self.questions.ask(Ask(question), self._send, patience)

    def answer(self, request: str, text: str = "so") -> None:
        self.questions.take({"event": "answer", "request": request, "result": {"text": text}})

    def refuse(self, request: str, message: str = "No.") -> None:
        self.questions.take({"event": "refused", "request": request, "message": message})

    def progress(self, request: str, fraction: float) -> None:
        record = {"message": "Loading", "fraction": fraction}
        self.questions.take({"event": "progress", "request": request, "record": record})

    def _send(self, request: str) -> None:
        self.sent.append(request)
        self.was_sent.set()


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
    monkeypatch.setattr(questions_module, "monotonic", lambda: now[0])
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
    asker.questions.lose()
    assert waiting.result(NEVER) == Answer()  # at once: nobody is going to answer
    assert asker.ask("known") == SO
    asker.answer(asker.sent[1], "too late")
    assert asker.ask() == Answer()
    asker.answer(asker.sent[2])
    assert asker.ask() == SO


def test_a_question_that_could_not_be_sent_leaves_nothing_behind(asker: Asker) -> None:
    def fail(request: str) -> None:
        raise WorkerUnavailable("Gone.")

    for _ in range(3):
        with pytest.raises(WorkerUnavailable):
            asker.questions.ask(Ask(), fail, NEVER)
        asker.questions.forget(Ask())
    assert asker.questions.request_of(Ask()) is None
    assert not asker.questions._requests
    assert asker.ask() == Answer()
    assert len(asker.sent) == 1


def test_a_forgotten_question_takes_no_late_answer(asker: Asker) -> None:
    asker.ask()
    asker.questions.forget(Ask())
    asker.refuse(asker.sent[0], "Cancelled.")
    assert asker.ask() == Answer()
    asker.refuse(asker.sent[0], "Cancelled.")
    asker.answer(asker.sent[1])
    assert asker.ask() == SO


def test_only_a_refusal_is_forgotten_by_forget_refusal(asker: Asker) -> None:
    asker.ask()
    asker.answer(asker.sent[0])
    asker.questions.forget_refusal(Ask())
    assert asker.ask() == SO
    asker.ask("other")
    asker.refuse(asker.sent[1])
    asker.questions.forget_refusal(Ask("other"))
    assert not asker.ask("other").is_ready
    assert len(asker.sent) == 3


def test_the_request_under_way_is_known_until_it_is_answered(asker: Asker) -> None:
    assert asker.questions.request_of(Ask()) is None
    asker.ask()
    assert asker.questions.request_of(Ask()) == asker.sent[0]
    asker.answer(asker.sent[0])
    assert asker.questions.request_of(Ask()) is None


@pytest.mark.parametrize("request_id", ["q99", None, 7])
def test_an_answer_to_nothing_is_ignored(asker: Asker, request_id: Any) -> None:
    asker.refuse(request_id)
    assert asker.ask() == Answer()


def test_the_oldest_answers_are_forgotten(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions_module, "_KEPT", 3)
    for name in "abcd":
        asker.ask(name)
        asker.answer(asker.sent[-1], name)
    assert asker.ask("d").result == Reason("d")
    assert not asker.ask("a").is_ready
    assert len(asker.questions._answers) == 3
