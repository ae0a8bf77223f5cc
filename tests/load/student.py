"""One of a class: opens the page with a seed of their own, trains, and clicks about meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from time import perf_counter, sleep

from browser import open_browser

from playground.benchmark.tab import Tab
from playground.errors import PlaygroundError

OVER = ("Finished", "Stopped", "Failed", "Interrupted")
_PATIENCE = 120.0  # seconds to wait for anything: what hangs is told, and nothing waits for ever


class Student:
    """`runs` has the last words of the progress of each run, by its id.

    Whose page comes to nothing says so in `trouble`, and takes no part in further rounds.
    """

    tab: Tab

    def __init__(self, address: str, seed: int) -> None:
        self.seed = seed
        self.runs: dict[str, str] = {}
        self.errors: list[str] = []  # all that were ever on the page, also those gone again
        self.trouble = ""
        self.is_busy = False
        self.over_at = 0.0  # when the last run was over, as `perf_counter` counts
        self._address = address
        self._chance = Random(seed)

    def arrive(self, tabs: ExitStack, arrival: float) -> None:
        """Open the tab at some moment within `arrival` seconds; `tabs` closes it."""
        sleep(self._chance.uniform(0, arrival))
        query = f"training.seed={self.seed}"
        self.tab = tabs.enter_context(open_browser(self._address, query, self.errors))

    def train(self, arrival: float, is_class_over: Callable[[], bool]) -> None:
        """Start a run at some moment within `arrival` seconds, watch it to its end, and stay."""
        try:
            self._train(arrival)
            self.is_busy = False
            while not is_class_over():
                self.tab.follow(0.2)
        except PlaygroundError as error:
            self.trouble = str(error)
        finally:
            self.is_busy = False

    def _train(self, arrival: float) -> None:
        tab, before = self.tab, self.tab.run_id
        tab.follow(self._chance.uniform(0, arrival))
        self._click("train")
        self._until(lambda: tab.run_id != before, "a run")
        for option in ("mistakes", "all"):
            self._think()
            self._click("wall-filter", option)
        self._hold_up()
        self._until(self._is_over, "the run's end")
        self.over_at = perf_counter()
        self.runs[tab.run_id] = tab.progress

    def _hold_up(self) -> None:
        """Pause the run, if it is not over yet, and resume it."""
        if not self._is_over():
            self._click("pause")
            self._until(lambda: self._is_paused() or self._is_over(), "the pause")
            self._think()
            if self._is_paused():
                self._click("pause")  # its name is Resume now

    def _think(self) -> None:
        self.tab.follow(self._chance.uniform(0.3, 1.5))

    def _click(self, key: str, option: str = "") -> None:
        """Click a button and wait for the page it leads to."""
        request = self.tab.click(key, option)
        self._until(lambda: request.seconds is not None, f"the answer to a click on {key}")

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        self.tab.until(condition, what, _PATIENCE)

    def _is_paused(self) -> bool:
        return self.tab.progress.startswith("Paused")

    def _is_over(self) -> bool:
        return self.tab.progress.startswith(OVER)
