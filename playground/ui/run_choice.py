"""RunChoice: what one tab has chosen on the Runs page: ids, small values, and keys of widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from playground.ui.state import Key

VIEWS = ("Compare", "Sweep")
COMPARE, SWEEP = VIEWS
VIEW: Key[str] = Key("runs-view")  # which of the two is below the table
WHOSE_RUNS = ("Everybody's", "Mine")
EVERYBODYS, MINE = WHOSE_RUNS
WHOSE: Key[str] = Key("runs-whose")  # whose runs are in the table
GROUP: Key[str] = Key("runs-group")  # the group whose runs are in the table; "" for all runs
SWEEP_GROUP: Key[str] = Key("sweep-group")  # the group whose outcome is shown
TABLE: Key[Any] = Key("runs-table")


@dataclass
class RunChoice:
    """The runs ticked in the table, in its order, and what else the page remembers.

    The table knows its ticks by row number alone: `drawn` are the ids of its rows as they were
    drawn last. `wanted` are runs to tick from the next drawing on, None where the ticks stand.
    `deleted` are the runs that Undo brings back; `notice` is something to tell once.
    """

    chosen: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    wanted: tuple[str, ...] | None = None
    deleted: tuple[str, ...] = ()
    notice: str = ""
    polls_every: float | None = None  # seconds between two looks of the page at the runs

    def take_ticks(self, rows: Iterable[int]) -> None:
        """Take the row numbers that are ticked in the table as it was drawn last."""
        self.chosen = tuple(self.drawn[row] for row in rows if row < len(self.drawn))

    def ticks(self, order: Sequence[str]) -> list[int] | None:
        """Return the row numbers to tick when the table has the rows `order`.

        None where they are the ones that are ticked already. What is no longer in the table is
        no longer chosen.
        """
        wanted = self.chosen if self.wanted is None else self.wanted
        is_same = self.wanted is None and tuple(order) == self.drawn
        self.chosen = tuple(run_id for run_id in order if run_id in wanted)
        self.wanted, self.drawn = None, tuple(order)
        return None if is_same else [self.drawn.index(run_id) for run_id in self.chosen]

    def compare(self, run_ids: Iterable[str]) -> None:
        """Tick these runs, from the next drawing on, and show how they compare among all."""
        self.wanted = tuple(run_ids)
        VIEW.set(COMPARE)
        GROUP.set("")
        WHOSE.set(EVERYBODYS)

    def tick_also(self, run_id: str) -> None:
        """Tick one run more, from the next drawing on."""
        self.wanted = (*(self.chosen if self.wanted is None else self.wanted), run_id)
