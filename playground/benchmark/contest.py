"""Contest: the loops of a case take turns, round by round, each in a process that suits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from playground.benchmark.cases import Case
from playground.benchmark.plan import Plan
from playground.benchmark.processes import Ask
from playground.benchmark.row import Lap, Row
from playground.benchmark.watch import Watch
from playground.errors import PlaygroundError

_OWN = ("playground", "limit")


@dataclass(frozen=True)
class Contest:
    """Measures the three loops and the libraries `others` by asking; `tell` says what comes now."""

    plan: Plan
    ask: Ask
    tell: Callable[[str], None]
    others: Sequence[str] = ()

    def rows(self, case: Case, precisions: list[str]) -> Iterator[Row]:
        """Measure all loops of a case in turn, round by round; yield a row for each precision."""
        self.tell(f"{case.label}: taking the pace")
        paces = {loop: self._pace(case, loop) for loop in ("tutorial", "playground")}
        paces["limit"] = paces["playground"]
        few = Lap(self.plan.fewest_batches * case.batch_size, threads=paces["limit"].threads)
        self._take(case, "limit", "float32", few)  # warms its process up, as a pace does
        for name in self.others:
            try:
                paces[name] = self._pace(case, name)
            except PlaygroundError as error:
                self.tell(f"{name} is left out, it cannot train {case.label}: {error}")
        mixed = _OWN if self.plan.is_quick else (*_OWN, "tutorial")
        laps = {
            (loop, precision): Lap(pace.images, threads=pace.threads)
            for precision in precisions
            for loop, pace in paces.items()
            if precision == "float32" or loop in mixed
        }
        watch = Watch()
        for number in range(1 if self.plan.is_quick else 0, self.plan.rounds + 1):
            self.tell(f"{case.label}: round {number} of {self.plan.rounds}")
            # Whoever is first in one round is last in another: the machine may warm or tire.
            order = list(laps)[number % len(laps) :] + list(laps)[: number % len(laps)]
            for loop, precision in order:
                self._take(case, loop, precision, laps[loop, precision])
            if number == 0:  # the one before the first warms up
                for lap in laps.values():
                    lap.seconds.clear()
        others_cores = watch.others_cores()
        for precision in precisions:
            found = {"tutorial": laps["tutorial", "float32"]}
            for (loop, own), lap in laps.items():
                if own == precision:
                    found["tutorial_mixed" if (loop, own) == ("tutorial", "mixed") else loop] = lap
            yield Row(case, precision, found, others_cores, is_enough=not self.plan.is_quick)

    def _pace(self, case: Case, loop: str) -> Lap:
        """Return a lap of as many training images as take about the planned time."""
        plan, size, whole = self.plan, case.batch_size, case.images[0]
        few = Lap(plan.fewest_batches * size)
        for _ in range(2):  # the first also loads the images
            self._take(case, loop, "float32", few)
        pace = few.seconds[-1] / few.images
        images = max(few.images, round(plan.seconds / pace / size) * size)
        # A little less than all is measured whole.
        return Lap(whole if images > 0.8 * whole else images, threads=few.threads)

    def _take(self, case: Case, loop: str, precision: str, lap: Lap) -> None:
        """Let the loop train once more on the images of its lap."""
        # The limit is given the number of threads that the playground has chosen.
        threads = lap.threads if loop == "limit" else 0
        seconds, lap.threads, lap.real_images = self.ask(
            loop, "lap", case.name, loop, precision, lap.images, self.plan.device, threads
        )
        lap.seconds.append(seconds)
