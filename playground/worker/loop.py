"""Worker: runs that take turns, and commands between two batches."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from math import inf
from queue import Empty, SimpleQueue
from time import monotonic

from playground.engine.answering import answering
from playground.engine.images.shelf import DataShelf
from playground.engine.runs.journal import beginning
from playground.errors import PlaygroundError, shorten
from playground.experiment import Experiment
from playground.run.paces import FULL
from playground.run.protocol import Message
from playground.worker.failures import failure
from playground.worker.pace import least_seconds
from playground.worker.question_task import QuestionTask
from playground.worker.run_task import RunTask, too_long

# Long enough that swapping random states costs nothing, short enough that thirty runs each see
# their turn within seconds.
SLICE_SECONDS = 0.25

# While every task waits for the network, look again this often.
_WAITING_SECONDS = 0.05


class Worker:
    """The loop: `commands` come from a queue, None means that the asker is gone; events go up."""

    def __init__(
        self, commands: SimpleQueue[Message | None], emit: Callable[[Message], None]
    ) -> None:
        self._commands = commands
        self._emit = emit
        self._runs: dict[str, RunTask] = {}
        self._questions: dict[str, QuestionTask] = {}
        self._turns: deque[RunTask | QuestionTask] = deque()
        self._shelf = DataShelf()

    def work(self) -> None:
        """Take commands and advance tasks until the asker is gone."""
        while self._take_commands():
            task = self._next_task()
            if task:
                task.advance(monotonic() + SLICE_SECONDS, lambda: not self._commands.empty())
                self._forget_if_over(task)

    def _next_task(self) -> RunTask | QuestionTask | None:
        now = monotonic()
        for _ in range(len(self._turns)):
            task = self._turns[0]
            self._turns.rotate(-1)
            if task.status == "running" and task.due <= now:
                return task
        return None

    def _take_commands(self) -> bool:
        """Handle what has come; wait for more only where nothing else is to be done."""
        active = [task for task in self._turns if task.status == "running"]
        now = monotonic()
        waits = (_WAITING_SECONDS if task.waiting else task.due - now for task in active)
        timeout = max(0.0, min(waits)) if active else None
        while True:
            try:
                command = self._commands.get(block=timeout != 0.0, timeout=timeout or None)
            except Empty:
                return True
            if command is None:
                self._close()
                return False
            self._obey(command)
            timeout = 0.0

    def _obey(self, command: Message) -> None:
        try:
            self._handle(command)
        except Exception as error:  # a bad command must not end the runs of others
            if not isinstance(error, PlaygroundError):
                logging.getLogger(__name__).exception("command %s", command)
            self._refuse(command, failure(error))

    def _refuse(self, command: Message, message: str) -> None:
        match command:
            case {"command": "start", "run": str(run_id)} if run_id not in self._runs:
                self._emit({"event": "failed", "run": run_id, "message": message})
            case _:
                request = command.get("request")
                self._emit({"event": "refused", "request": request, "message": message})

    def _handle(self, command: Message) -> None:
        match command:
            case {"command": "start", "run": str(run_id), "experiment": settings}:
                if run_id in self._runs:
                    raise PlaygroundError(f"The run {run_id} has been started already.")
                experiment = Experiment.from_settings(settings)
                longest = float(command.get("longest", inf))
                if (seconds := least_seconds(experiment)) > longest:
                    one_epoch = bool(command.get("one_epoch"))
                    self._emit(too_long(run_id, seconds, one_epoch=one_epoch))
                    return
                begin = beginning(command.get("begin") or {})
                pace = command.get("pace", FULL)
                task = RunTask(run_id, experiment, self._emit, self._shelf, begin, longest, pace)
                if command.get("one_epoch"):
                    task.step()
                self._runs[run_id] = task
                self._turns.appendleft(task)  # whoever comes gets the next turn
            case {
                "command": "pause" | "resume" | "step" | "stop" | "forget" as name,
                "run": str(run_id),
            }:
                if run := self._runs.get(run_id):
                    getattr(run, name)()
                    self._forget_if_over(run)
            case {"command": "pace", "run": str(run_id), "pace": pace}:
                if run := self._runs.get(run_id):
                    run.set_pace(pace)
            case {
                "command": "ask",
                "request": str(request),
                "question": name,
                "inputs": inputs,
            }:
                work = answering(name, inputs, self._shelf)
                self._questions[request] = QuestionTask(request, work, self._emit)
                self._turns.appendleft(self._questions[request])
            case {"command": "call"}:
                self._emit({"event": "here"})
            case {"command": "cancel", "request": str(request)}:
                if cancelled := self._questions.get(request):
                    cancelled.cancel()
                    self._forget_if_over(cancelled)
            case _:
                raise PlaygroundError(
                    f"{shorten(command)} is no command: playground/run/protocol.py lists them."
                )

    def _forget_if_over(self, task: RunTask | QuestionTask) -> None:
        if not task.is_over:
            return
        if task in self._turns:
            self._turns.remove(task)
        if isinstance(task, RunTask):
            self._runs.pop(task.run_id, None)
        else:
            self._questions.pop(task.request, None)

    def _close(self) -> None:
        for task in list(self._turns):
            if isinstance(task, RunTask):
                task.stop()
            else:
                task.cancel()
