"""How long a tab waits for what it asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

Kind = Literal["open", "click", "look"]


@dataclass(eq=False)
class Request:
    """A wish to see the page, or one fragment of it, anew; `seconds` is None until answered."""

    kind: Kind
    fragment: str = ""
    sent_at: float = field(default_factory=perf_counter)
    seconds: float | None = None


class Answers:
    """Requests of one tab: `given` are those answered.

    A run answers what was sent before it began: one of the whole page everything, one of some
    fragments what concerns these. What is sent during a run waits for the next.
    """

    def __init__(self) -> None:
        self.given: list[Request] = []
        self._sent: list[Request] = []
        self._under_way: list[Request] = []

    def __str__(self) -> str:
        waiting = self._under_way + self._sent
        longest = max((perf_counter() - each.sent_at for each in waiting), default=0.0)
        return f"{len(waiting)} requests wait, the first for {longest:.0f} s"

    def expect(self, kind: Kind, fragment: str) -> Request:
        """Note a request that is sent now; `fragment` is "" for the whole page."""
        self._sent.append(Request(kind, fragment))
        return self._sent[-1]

    def begin_run(self, fragments: list[str]) -> None:
        """Note the beginning of a run of `fragments`, or of the whole page if there are none."""
        meant = [each for each in self._sent if not fragments or each.fragment in fragments]
        self._under_way += meant
        self._sent = [each for each in self._sent if each not in meant]

    def end_run(self) -> None:
        """Note that the page is drawn."""
        for request in self._under_way:
            request.seconds = perf_counter() - request.sent_at
        self.given += self._under_way
        self._under_way = []
