"""The loops of the benchmark: two processes that take turns, and the medians of what they take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

from playground.benchmark.cases import Case
from playground.benchmark.row import Row
from playground.benchmark.signals import deaf_to_interrupts
from playground.benchmark.watch import Watch
from playground.errors import InvalidExperiment, PlaygroundError

_WAIT_POLICY = "OMP_WAIT_POLICY"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: `rounds` of about `seconds` for each loop, but at most a whole epoch.

    No round is shorter than `fewest_batches`, on which the pace is taken too. With `warm_up`, each
    loop has a round before them that does not count. What is too short to tell is not judged.
    """

    rounds: int
    seconds: float
    fewest_batches: int
    warm_up: bool
    tutorial_mixed: bool
    is_judged: bool = True


FULL = Plan(rounds=6, seconds=2.5, fewest_batches=4, warm_up=True, tutorial_mixed=True)
QUICK = Plan(
    rounds=3,
    seconds=0.5,
    fewest_batches=2,
    warm_up=False,
    tutorial_mixed=False,
    is_judged=False,
)


@dataclass(frozen=True, slots=True)
class Lap:
    """One loop at one precision on so many training images and their validation images."""

    loop: str
    precision: str
    images: int


class LoopProcess:
    """A process of loops; see `playground.benchmark.__main__`."""

    def __init__(self, *, waits_idly: bool) -> None:
        environment = {name: value for name, value in os.environ.items() if name != _WAIT_POLICY}
        if waits_idly:
            environment[_WAIT_POLICY] = "PASSIVE"  # as the app's worker has it
        paths = [str(_ROOT), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        with deaf_to_interrupts():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "playground.benchmark"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )

    def __enter__(self) -> LoopProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()  # it may be in the middle of an epoch, and has nothing to lose
        self._process.wait()

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer; raises what is wrong, and `PlaygroundError` where the process died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise PlaygroundError(
                f"The process that is measured has ended (status {self._process.wait()}): what it "
                "wrote above says why. Where memory ran out, close other programs."
            )
        answer: dict[str, Any] = json.loads(line)
        if "problem" in answer:
            problem = InvalidExperiment if answer["invalid"] else PlaygroundError
            raise problem(answer["problem"])
        return answer


@dataclass
class Loops:
    """The two processes on one device: the tutorial's as a tutorial has it, and the app's.

    The former is without the app's setting of how OpenMP waits: it is its own, and makes small
    steps on several threads slower and large ones on a busy machine faster.
    """

    device: str
    tell: Callable[[str], None]
    others: tuple[str, ...] = ()  # libraries to measure beside them, without the app's setting
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Loops:
        self._tutorial = self._stack.enter_context(LoopProcess(waits_idly=False))
        self._app = self._stack.enter_context(LoopProcess(waits_idly=True))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def environment(self) -> dict[str, Any]:
        """Return the machine; raises `InvalidExperiment` where it does not have the device."""
        return self._tutorial.ask({"environment": self.device})

    def rows(self, case: Case, plan: Plan, precisions: list[str]) -> Iterator[Row]:
        """Measure all loops of a case in turn, round by round; yield a row for each precision."""
        self.tell(f"{case.label}: taking the pace")
        parts = {loop: self._part(case, loop, plan) for loop in ("tutorial", "playground")}
        parts["limit"] = parts["playground"]
        for name in self.others:
            try:
                parts[name] = self._part(case, name, plan)
            except PlaygroundError as error:
                self.tell(f"{name} is left out, it cannot train {case.label}: {error}")
        laps = [
            Lap(loop, precision, images)
            for precision in precisions
            for loop, images in parts.items()
            if precision == "float32"
            or loop in ("playground", "limit")
            or (loop == "tutorial" and plan.tutorial_mixed)
        ]
        taken: dict[Lap, list[float]] = {lap: [] for lap in laps}
        answers: dict[Lap, dict[str, Any]] = {}
        first = 0 if plan.warm_up else 1
        watch = Watch()
        for number in range(first, plan.rounds + 1):
            self.tell(f"{case.label}: round {number} of {plan.rounds}")
            # Whoever is first in one round is last in another: the machine may warm or tire.
            start = number % len(laps)
            for lap in laps[start:] + laps[:start]:
                answers[lap] = self._ask(case, lap)
                if number:
                    taken[lap].append(answers[lap]["seconds"])

        others_cores = watch.others_cores()

        def seconds(loop: str, precision: str) -> float | None:
            lap = Lap(loop, precision, parts.get(loop, 0))
            return median(taken[lap]) * case.images[0] / lap.images if lap in taken else None

        for precision in precisions:
            tutorial, own, limit = (
                seconds("tutorial", "float32"),
                seconds("playground", precision),
                seconds("limit", precision),
            )
            assert tutorial is not None and own is not None and limit is not None
            yield Row(
                case,
                precision,
                tutorial,
                own,
                limit,
                seconds("tutorial", precision) if precision == "mixed" else None,
                parts,
                plan.rounds,
                {
                    loop: answers[Lap(loop, "float32", images)]["threads"]
                    for loop, images in parts.items()
                },
                answers[laps[0]]["real_images"],
                {
                    name: taken_seconds
                    for name in self.others
                    if (taken_seconds := seconds(name, precision)) is not None
                },
                spread={
                    loop: _spread(taken[lap])
                    for loop, images in parts.items()
                    if (lap := Lap(loop, _precision(loop, precision), images)) in taken
                },
                others_cores=others_cores,
                is_judged=plan.is_judged,
            )

    def _part(self, case: Case, loop: str, plan: Plan) -> int:
        """Return how many training images a round of about the planned time takes."""
        few = plan.fewest_batches * case.batch_size
        self._ask(case, Lap(loop, "float32", few))  # also loads the images
        pace = self._ask(case, Lap(loop, "float32", few))["seconds"] / few
        batches = max(plan.fewest_batches, round(plan.seconds / pace / case.batch_size))
        whole = case.images[0]
        # A little less than a whole epoch is measured whole.
        return whole if batches * case.batch_size > 0.8 * whole else batches * case.batch_size

    def _ask(self, case: Case, lap: Lap) -> dict[str, Any]:
        process = self._app if lap.loop in ("playground", "limit") else self._tutorial
        return process.ask(
            {
                "case": case.name,
                "loop": lap.loop,
                "precision": lap.precision,
                "images": lap.images,
                "device": self.device,
            }
        )


def _precision(loop: str, precision: str) -> str:
    """Return the precision of a loop's seconds in a row: the tutorial's are always float32."""
    return "float32" if loop == "tutorial" else precision


def _spread(seconds: list[float]) -> float:
    return (max(seconds) - min(seconds)) / median(seconds)
