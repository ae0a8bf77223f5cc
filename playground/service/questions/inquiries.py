"""Inquiries: what pages ask a worker that is no run, each question once, the answers kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Condition
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from playground.errors import WorkerUnavailable
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.questions import Question, answer_type
from playground.run.records import PreparationRecord

T = TypeVar("T")
_KEPT = 256

# A refusal is asked anew after this time: memory may have become free, images may have come.
_REFUSAL_SECONDS = 5.0


class Asked(Protocol):
    """A worker that answers, or the supervisor of one."""

    def send(self, command: Message) -> None:
        """Pass a command on; raises `WorkerUnavailable` where nobody hears it."""

    def tell(self, command: Message) -> None:
        """Pass a command on where somebody hears it."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer so far: `result` once it is there, or `refusal`, a sentence; else under way."""

    result: T | None = None
    refusal: str = ""
    progress: PreparationRecord | None = None
    since: float = field(default_factory=lambda: monotonic(), compare=False, repr=False)

    @property
    def is_ready(self) -> bool:
        """Whether the question has been answered or refused."""
        return self.result is not None or bool(self.refusal)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be another one by now."""
        return bool(self.refusal) and monotonic() - self.since > _REFUSAL_SECONDS


class Inquiries:
    """Answers by question, the oldest forgotten, of the worker that `worker` returns.

    Pages call from threads of their own. No answer raises: what is in the way is its `refusal`.
    """

    def __init__(self, worker: Callable[[], Asked]) -> None:
        self._worker = worker
        self._changed = Condition()
        self._answers: OrderedDict[Question[Any], Answer[Any]] = OrderedDict()
        self._requests: dict[str, Question[Any]] = {}
        self._count = 0

    def ask(self, question: Question[T], patience: float = 0.0) -> Answer[T]:
        """Return the answer, waiting at most `patience` seconds for it.

        Equal questions are sent once; for what is to run anew, ask one that differs. An old
        refusal stays the answer until the worker has been asked anew.
        """
        with self._changed:
            request = self._new_request(question) if self._must_ask(question) else ""
        if request:
            named = {"question": type(question).__name__, "inputs": protocol.pack(question)}
            try:
                self._worker().send({"command": "ask", "request": request, **named})
            except WorkerUnavailable as error:
                self.forget(question)
                return Answer(refusal=str(error))
        with self._changed:
            self._changed.wait_for(lambda: not self._is_open(question), patience)
            return self._answer(question)

    def known(self, question: Question[T]) -> Answer[T]:
        """Return the answer so far; nobody is asked."""
        with self._changed:
            return self._answer(question)

    def retry(self, question: Question[T]) -> Answer[T]:
        """Ask anew, if the answer was no."""
        with self._changed:
            if self._answer(question).refusal:
                self._drop(question)
        return self.ask(question)

    def cancel(self, question: Question[Any]) -> None:
        """Give up an answer that is being prepared, such as a download."""
        with self._changed:
            request = self._request_of(question)
        if request:
            self._worker().tell({"command": "cancel", "request": request})

    def forget(self, question: Question[Any]) -> None:
        """Ask anew next time; an answer that is still on its way is not taken."""
        with self._changed:
            self._drop(question)
            self._changed.notify_all()

    def hear(self, event: Message | None) -> None:
        """Take what the worker says of a question; None where it is gone with all it was asked."""
        if event is None:
            self.close()
            return
        with self._changed:
            request = event["request"]
            if request not in self._requests:
                return
            question = self._requests[request]
            match event["event"]:
                case "progress":
                    progress = protocol.preparation(event["record"])
                    self._answers[question] = replace(self._answers[question], progress=progress)
                    return
                case "answer":
                    result = protocol.read(answer_type(type(question)), event["result"])
                    self._answers[question] = Answer(result=result)
                case "refused":
                    self._answers[question] = Answer(refusal=event["message"])
            del self._requests[request]
            self._changed.notify_all()

    def close(self) -> None:
        """Forget what was asked and not answered."""
        with self._changed:
            for question in list(self._requests.values()):
                self._drop(question)
            self._changed.notify_all()

    def _must_ask(self, question: Question[Any]) -> bool:
        if question not in self._answers:
            return True
        return self._answers[question].is_doubtful and not self._request_of(question)

    def _new_request(self, question: Question[Any]) -> str:
        self._count += 1
        request = f"q{self._count}"
        self._answers.setdefault(question, Answer())
        self._answers.move_to_end(question)
        self._requests[request] = question
        while len(self._answers) > _KEPT:
            self._drop(next(iter(self._answers)))
        return request

    def _request_of(self, question: Question[Any]) -> str | None:
        asked = (request for request, asked in self._requests.items() if asked == question)
        return next(asked, None)

    def _is_open(self, question: Question[Any]) -> bool:
        """Whether an answer may still come; not after the worker has died, for one."""
        return question in self._answers and not self._answers[question].is_ready

    def _drop(self, question: Question[Any]) -> None:
        self._answers.pop(question, None)
        while request := self._request_of(question):
            del self._requests[request]

    def _answer(self, question: Question[Any]) -> Answer[Any]:
        return self._answers.get(question, Answer())
