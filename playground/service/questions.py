"""Questions: what pages ask a worker, each asked once, the answers kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from threading import Condition
from typing import Any

from playground import protocol
from playground.protocol import Message
from playground.records import PreparationRecord

_KEPT = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer so far: `result` once it is there, or `refusal`, a sentence; else under way."""

    result: Any = None
    refusal: str = ""
    progress: PreparationRecord | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the question has been answered or refused."""
        return self.result is not None or bool(self.refusal)


class Questions:
    """Answers by question; the oldest are forgotten. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._readers: dict[str, tuple[Hashable, Callable[[Message], Any]]] = {}
        self._count = 0

    def ask(
        self,
        question: Hashable,
        send: Callable[[str], None],
        read: Callable[[Message], Any],
        patience: float,
    ) -> Answer:
        """Return the answer, waiting at most `patience` seconds for it.

        A question asked for the first time is passed to `send` with the id of its request;
        `read` turns the worker's result into the answer's.
        """
        with self._changed:
            is_new = question not in self._answers
            if is_new:
                self._count += 1
                request = f"q{self._count}"
                self._answers[question] = Answer()
                self._readers[request] = (question, read)
                while len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
        if is_new:
            send(request)
        with self._changed:
            self._changed.wait_for(lambda: self._answer(question).is_ready, patience)
            return self._answer(question)

    def request_of(self, question: Hashable) -> str | None:
        """Return the id of the request that is under way for `question`."""
        with self._changed:
            return next(
                (request for request, (asked, _) in self._readers.items() if asked == question),
                None,
            )

    def forget(self, question: Hashable) -> None:
        """Ask anew next time."""
        with self._changed:
            self._answers.pop(question, None)

    def forget_refusal(self, question: Hashable) -> None:
        """Ask anew next time, if the answer was no."""
        with self._changed:
            if self._answer(question).refusal:
                del self._answers[question]

    def take(self, event: Message) -> None:
        """Take a worker's progress, answer or refusal."""
        with self._changed:
            request = event["request"]
            question, read = self._readers.get(request, (None, None))
            if read is None or question not in self._answers:
                return
            match event["event"]:
                case "progress":
                    progress = protocol.preparation(event["record"])
                    self._answers[question] = replace(self._answers[question], progress=progress)
                    return
                case "answer":
                    self._answers[question] = Answer(result=read(event["result"]))
                case "refused":
                    self._answers[question] = Answer(refusal=event["message"])
            del self._readers[request]
            self._changed.notify_all()

    def lose(self) -> None:
        """Forget what was asked and not answered: the worker that had it is gone."""
        with self._changed:
            for question, _ in self._readers.values():
                self._answers.pop(question, None)
            self._readers.clear()
            self._changed.notify_all()

    def _answer(self, question: Hashable) -> Answer:
        return self._answers.get(question, Answer())
