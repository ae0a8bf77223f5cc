"""One of a class: opens the page with a seed of their own, trains, and clicks about meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from random import Random
from time import perf_counter

from client import Stuck, Tab

OVER = ("Finished", "Stopped", "Failed", "Interrupted")


class Student:
    """`runs` has the last words of the progress of each run, by its id.

    Whose page comes to nothing says so in `trouble`, and takes no part in further rounds.
    """

    def __init__(self, address: str, seed: int) -> None:
        self.seed = seed
        self.tab = Tab(address, f"training.seed={seed}")
        self.runs: dict[str, str] = {}
        self.trouble = ""
        self.over_at = 0.0  # when the last run was over, as `perf_counter` counts
        self._chance = Random(seed)

    async def arrive(self, tabs: AsyncExitStack, arrival: float) -> None:
        """Open the tab at some moment within `arrival` seconds; `tabs` closes it."""
        await self._think(0, arrival)
        await tabs.enter_async_context(self.tab)

    async def train(self, arrival: float) -> None:
        """Start a run at some moment within `arrival` seconds and watch it to its end."""
        if not self.trouble:
            try:
                await self._train(arrival)
            except Stuck as error:
                self.trouble = str(error)

    async def _train(self, arrival: float) -> None:
        tab, before = self.tab, self.tab.run_id
        await self._think(0, arrival)
        await tab.click("train")
        await tab.until(lambda: tab.run_id != before)
        await self._look_about()
        await self._hold_up()
        await tab.until(self._is_over)
        self.over_at = perf_counter()
        self.runs[tab.run_id] = tab.progress

    async def _look_about(self) -> None:
        for option in ("mistakes", "all"):
            await self._think(0.3, 1.5)
            await self.tab.choose("wall-filter", option)

    async def _hold_up(self) -> None:
        """Pause the run, if it is not over yet, and resume it."""
        if not self._is_over():
            await self.tab.click("pause")
            await self.tab.until(lambda: self._is_paused() or self._is_over())
            await self._think(0.3, 1.5)
            if self._is_paused():
                await self.tab.click("pause")  # its name is Resume now

    async def _think(self, shortest: float, longest: float) -> None:
        await asyncio.sleep(self._chance.uniform(shortest, longest))

    def _is_paused(self) -> bool:
        return self.tab.progress.startswith("Paused")

    def _is_over(self) -> bool:
        return self.tab.progress.startswith(OVER)
