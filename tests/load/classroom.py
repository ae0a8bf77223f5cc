"""The scenario: a class opens the app, everybody trains, and one real browser looks on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

from app_server import serving_app
from browser import open_browser
from gauges import Gauges
from onlooker import Onlooker
from student import Student

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
        found = [error for student in self.students for error in student.errors]
        return found + (self.onlooker.errors if self.onlooker else [])

    def latencies(self, kind: str) -> list[float]:
        """Return how long all answers of a kind took, in seconds."""
        sent = [request for student in self.students for request in student.tab.requests]
        return [each.seconds for each in sent if each.kind == kind and each.seconds is not None]

    def hold_round(self, arrival: float) -> None:
        """Let everybody train once; the browser watches the first one's run."""
        begin, first = perf_counter(), self.students[0]
        before = first.tab.run_id
        for student in self.students:
            student.is_busy = not student.trouble
        with ThreadPoolExecutor(len(self.students)) as pool:
            present = [student for student in self.students if student.is_busy]
            rounds = [pool.submit(student.train, arrival, self._is_over) for student in present]
            while first.is_busy and first.tab.run_id == before:
                sleep(0.05)
            if self.onlooker and first.tab.run_id != before:
                self.onlooker.watch(first.tab.run_id)
        for each in rounds:
            each.result()
        self.round_seconds.append(perf_counter() - begin)
        if self.onlooker and self.onlooker.seen and not first.trouble:
            self.lags.append(self.onlooker.over_at - first.over_at)
        sleep(_SETTLED)
        self.gauges.take(f"after round {len(self.round_seconds)}")

    def _is_over(self) -> bool:
        return not any(student.is_busy for student in self.students)


def hold_lesson(folder: Path, students: int, rounds: int, arrival: float) -> Lesson:
    """Serve the app with its state in `folder` and let a class train `rounds` times.

    They open the page within `arrival` seconds of each other, and so they start each round.
    """
    # Nothing is fetched from another machine: an attempt fails at once.
    with (
        serving_app(folder, PLAYGROUND_MIRROR="http://127.0.0.1:9") as server,
        ExitStack() as browser,
    ):
        with open_browser(server.address, "", []) as tab:  # waits until PyTorch is loaded
            tab.until(lambda: not tab.elements("skeleton"), "what the worker knows")
        lesson = Lesson(
            Gauges(server),
            [Student(server.address, seed) for seed in range(1, students + 1)],
            Onlooker.enter(browser, server.address),
        )
        lesson.gauges.take("before")
        with ExitStack() as tabs, lesson.gauges.following():
            with ThreadPoolExecutor(students) as pool:
                list(pool.map(lambda student: student.arrive(tabs, arrival), lesson.students))
            lesson.gauges.take("all are here")
            for _ in range(rounds):
                lesson.hold_round(arrival)
        sleep(_SETTLED)
        lesson.gauges.take("tabs closed")
    return lesson
