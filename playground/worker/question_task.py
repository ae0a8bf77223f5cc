"""QuestionTask: a page's question that takes a while, advanced a slice at a time like a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from time import monotonic

from playground.engine.machine.runtime import TorchState
from playground.errors import PlaygroundError
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.records import PreparationRecord
from playground.worker.failures import failure


class QuestionTask:
    """An answer being prepared: progress on the way, then one answer or one refusal.

    `work` yields the progress and returns the answer, a frozen dataclass.
    """

    def __init__(
        self,
        request: str,
        work: Generator[PreparationRecord, None, object],
        emit: Callable[[Message], None],
    ) -> None:
        self.request = request
        self.status = "running"
        self.waiting = False
        self.due = 0.0  # always now: see `RunTask`
        self._emit = emit
        self._records = work
        self._torch = TorchState()

    @property
    def is_over(self) -> bool:
        """Whether the answer has been given."""
        return self.status != "running"

    def cancel(self) -> None:
        """Give up: the download stops, the asker is told."""
        if not self.is_over:
            self._records.close()
            self._refuse("Cancelled.")

    def advance(self, deadline: float, interrupted: Callable[[], bool]) -> None:
        """Work until `deadline` (on the monotonic clock), a command or the answer."""
        with self._torch.active():
            while not self.is_over:
                try:
                    record = next(self._records)
                except StopIteration as end:
                    self.status = "answered"
                    self._say("answer", result=protocol.pack(end.value))
                    return
                except Exception as error:  # whatever it is, the runs go on
                    if not isinstance(error, PlaygroundError):
                        logging.getLogger(__name__).exception("request %s", self.request)
                    self._refuse(failure(error))
                    return
                self.waiting = record.waiting
                self._say("progress", record=protocol.pack(record))
                if self.waiting or interrupted() or monotonic() >= deadline:
                    return

    def _refuse(self, message: str) -> None:
        self.status = "refused"
        self._say("refused", message=message)

    def _say(self, event: str, **fields: object) -> None:
        self._emit({"event": event, "request": self.request, **fields})
