"""Inquiries: what pages ask a worker that is no run, such as a network's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from playground.errors import WorkerUnavailable
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.questions import Question
from playground.service.lanes.supervisor import Supervisor
from playground.service.questions.questions import Answer, Questions

T = TypeVar("T")


class Inquiries:
    """Answers of the worker behind `lane`, which is called anew for each; each asked once.

    Pages call from threads of their own. No answer raises: what is in the way is its `refusal`.
    """

    def __init__(self, lane: Callable[[], Supervisor]) -> None:
        self._lane = lane
        self._questions = Questions()

    def ask(self, question: Question[T], patience: float = 0.0) -> Answer[T]:
        """Return the answer to a question, waiting up to `patience` seconds for it.

        Equal questions are asked once; for what is to run anew, ask one that differs.
        """

        def send(request: str) -> None:
            named = {"question": type(question).__name__, "inputs": protocol.pack(question)}
            self._lane().send({"command": "ask", "request": request, **named})

        try:
            return self._questions.ask(question, send, patience)
        except WorkerUnavailable as error:
            self._questions.forget(question)
            return Answer(refusal=str(error))

    def cancel(self, question: Question[Any]) -> None:
        """Give up an answer that is being prepared, such as a download."""
        if request := self._questions.request_of(question):
            self._lane().tell({"command": "cancel", "request": request})

    def forget(self, question: Question[Any]) -> None:
        """Ask anew next time: the answer may have become another one."""
        self._questions.forget(question)

    def retry(self, question: Question[T]) -> Answer[T]:
        """Ask anew, if the answer was no."""
        self._questions.forget_refusal(question)
        return self.ask(question)

    def hear(self, event: Message | None) -> None:
        """Take what the worker says of a question; None where it is gone with all it was asked."""
        if event is None:
            self._questions.lose()
        else:
            self._questions.take(event)

    def close(self) -> None:
        """Give up what is under way."""
        self._questions.lose()
