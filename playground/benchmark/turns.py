"""Turns: the loops of a case take turns in two processes, round by round."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from playground.benchmark.cases import Case
from playground.benchmark.plan import Plan
from playground.benchmark.row import Lap, Row
from playground.benchmark.watch import Watch
from playground.errors import PlaygroundError

_OWN = ("playground", "limit")
Ask = Callable[..., Any]  # calls a method of the process's `Bench`: its name and arguments


@contextmanager
def bench_process(wait_policy: str | None) -> Iterator[Ask]:
    """Start a process with a `Bench`; `wait_policy` is how OpenMP's threads wait in it.

    Asking raises what the method raises, and `PlaygroundError` where the process has died.
    """
    context = get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, wait_policy), daemon=True)
    # Ctrl-C reaches all processes of a terminal, and is for the command, which ends this one.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.start()
    signal.signal(signal.SIGINT, before)
    theirs.close()

    def ask(*request: Any) -> Any:
        try:
            pipe.send(request)
            answer = pipe.recv()
        except (EOFError, OSError):
            process.join()
            raise PlaygroundError(
                f"The process that is measured has ended (status {process.exitcode}): what it "
                "wrote above says why. Where memory ran out, close other programs."
            ) from None
        if isinstance(answer, PlaygroundError):
            raise answer
        return answer

    try:
        yield ask
    finally:
        process.kill()  # it may be in the middle of an epoch, and has nothing to lose
        process.join()


def _serve(pipe: Connection[Any, Any], wait_policy: str | None) -> None:
    os.environ.pop("OMP_WAIT_POLICY", None)
    if wait_policy:
        os.environ["OMP_WAIT_POLICY"] = wait_policy
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    from playground.benchmark.bench import Bench  # loads torch, which reads the policy

    bench = Bench()
    while True:
        try:
            method, *arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(getattr(bench, method)(*arguments))
        except PlaygroundError as error:
            pipe.send(error)


@dataclass(frozen=True)
class Turns:
    """Measures loops: `tutorial` asks the process of the tutorial, `app` that of the app.

    The former is as a tutorial has it, without the app's setting of how OpenMP waits, which makes
    small steps on several threads slower and large ones on a busy machine faster. So are the
    libraries of `others`. `tell` says what comes now.
    """

    plan: Plan
    tutorial: Ask
    app: Ask
    tell: Callable[[str], None]
    others: Sequence[str] = ()

    def rows(self, case: Case, precisions: list[str]) -> Iterator[Row]:
        """Measure all loops of a case in turn, round by round; yield a row for each precision."""
        self.tell(f"{case.label}: taking the pace")
        parts = {loop: self._part(case, loop) for loop in ("tutorial", "playground")}
        parts["limit"] = parts["playground"]
        for name in self.others:
            try:
                parts[name] = self._part(case, name)
            except PlaygroundError as error:
                self.tell(f"{name} is left out, it cannot train {case.label}: {error}")
        mixed = _OWN if self.plan.is_quick else (*_OWN, "tutorial")
        laps = {
            (loop, precision): Lap(images)
            for precision in precisions
            for loop, images in parts.items()
            if precision == "float32" or loop in mixed
        }
        watch = Watch()
        for number in range(1 if self.plan.is_quick else 0, self.plan.rounds + 1):
            self.tell(f"{case.label}: round {number} of {self.plan.rounds}")
            # Whoever is first in one round is last in another: the machine may warm or tire.
            order = list(laps)[number % len(laps) :] + list(laps)[: number % len(laps)]
            for loop, precision in order:
                lap = laps[loop, precision]
                taken, lap.threads, lap.real_images = self._ask(case, loop, precision, lap.images)
                lap.seconds += [taken] if number else []  # the one before the first warms up
        others_cores = watch.others_cores()
        for precision in precisions:
            found = {"tutorial": laps["tutorial", "float32"]}
            found |= {loop: laps[loop, other] for loop, other in laps if other == precision}
            if precision != "float32" and "tutorial" in mixed:
                found["tutorial_mixed"] = found["tutorial"]
                found["tutorial"] = laps["tutorial", "float32"]
            yield Row(case, precision, found, others_cores, is_judged=not self.plan.is_quick)

    def _part(self, case: Case, loop: str) -> int:
        """Return how many training images a round of about the planned time takes."""
        plan, size, whole = self.plan, case.batch_size, case.images[0]
        few = plan.fewest_batches * size
        self._ask(case, loop, "float32", few)  # also loads the images
        pace = self._ask(case, loop, "float32", few)[0] / few
        images = max(few, round(plan.seconds / pace / size) * size)
        return whole if images > 0.8 * whole else images  # a little less is measured whole

    def _ask(self, case: Case, loop: str, precision: str, images: int) -> tuple[float, int, bool]:
        ask = self.app if loop in _OWN else self.tutorial
        lap: tuple[float, int, bool] = ask(
            "lap", case.name, loop, precision, images, self.plan.device
        )
        return lap
