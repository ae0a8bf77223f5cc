"""The scenario: a class opens the app, everybody trains, and one real browser looks on."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from answers import Kind
from app_server import AppServer, serving_app
from client import Stuck
from gauges import Gauges
from onlooker import Onlooker
from student import Student

_PATIENCE = 280.0  # seconds for a round: more than any of its pages waits
_SETTLED = 2.0  # seconds in which the threads of the last looks end


@dataclass
class Lesson:
    """What a class did and how the server bore it."""

    gauges: Gauges
    students: list[Student]
    onlooker: Onlooker | None  # None on a machine without Chromium
    round_seconds: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)  # seconds the browser saw an end after the tab

    @property
    def troubles(self) -> list[str]:
        """What the pages did not come to."""
        return [student.trouble for student in self.students if student.trouble]

    @property
    def errors(self) -> list[str]:
        """Every error that was on any page at any time."""
        found = [error for student in self.students for error in student.tab.page.errors]
        return found + (self.onlooker.errors if self.onlooker else [])

    def latencies(self, kind: Kind) -> list[float]:
        """Return how long all answers of a kind took, in seconds."""
        given = [answer for student in self.students for answer in student.tab.answers.given]
        return [each.seconds for each in given if each.kind == kind and each.seconds is not None]

    async def hold_round(self, arrival: float) -> None:
        """Let everybody train once; the browser watches the first one's run."""
        begin = perf_counter()
        async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
            for student in self.students:
                group.create_task(student.train(arrival))
            if self.onlooker:
                group.create_task(self._look_on(self.onlooker, self.students[0]))
        self.round_seconds.append(perf_counter() - begin)
        if self.onlooker and self.onlooker.seen and not self.students[0].trouble:
            self.lags.append(self.onlooker.over_at - self.students[0].over_at)
        await asyncio.sleep(_SETTLED)
        self.gauges.take(f"after round {len(self.round_seconds)}")

    async def _look_on(self, onlooker: Onlooker, student: Student) -> None:
        before = student.tab.run_id
        try:
            await student.tab.until(lambda: student.tab.run_id != before)
        except Stuck:
            return  # the student tells
        await onlooker.watch(student.tab.run_id)


def hold_lesson(folder: Path, students: int, rounds: int, arrival: float) -> Lesson:
    """Serve the app with its state in `folder` and let a class train `rounds` times.

    They open the page within `arrival` seconds of each other, and so they start each round.
    """
    # Nothing is fetched from another machine: an attempt fails at once.
    with serving_app(folder, PLAYGROUND_MIRROR="http://127.0.0.1:9") as server:
        return asyncio.run(_hold(server, students, rounds, arrival))


async def _hold(server: AppServer, students: int, rounds: int, arrival: float) -> Lesson:
    async with AsyncExitStack() as browser:
        await _warm_up(server.address)
        lesson = Lesson(
            Gauges(server),
            [Student(server.address, seed) for seed in range(1, students + 1)],
            await Onlooker.enter(browser, server.address),
        )
        lesson.gauges.take("before")
        async with AsyncExitStack() as tabs, lesson.gauges.following():
            async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
                for student in lesson.students:
                    group.create_task(student.arrive(tabs, arrival))
            lesson.gauges.take("all are here")
            for _ in range(rounds):
                await lesson.hold_round(arrival)
        await asyncio.sleep(_SETTLED)
        lesson.gauges.take("tabs closed")
    return lesson


async def _warm_up(address: str) -> None:
    """Let a first visitor wait until PyTorch is loaded."""
    async with Student(address, seed=0).tab as tab:
        await tab.until(lambda: not any(tab.page.elements("skeleton")))
