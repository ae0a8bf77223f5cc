"""The timers of a page's fragments, as a browser keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Timers:
    """Calls `look` with a fragment's id, again and again after its interval in seconds."""

    def __init__(self, look: Callable[[str], Awaitable[None]]) -> None:
        self._look = look
        self._running: dict[str, tuple[float, asyncio.Task[None]]] = {}

    def __str__(self) -> str:
        return f"{len(self._running)} timers run"

    def start(self, fragment: str, interval: float) -> None:
        """Set a fragment's timer; one with the same interval runs on undisturbed."""
        if fragment in self._running and self._running[fragment][0] == interval:
            return
        self.stop(fragment)
        self._running[fragment] = interval, asyncio.create_task(self._run(fragment, interval))

    def stop(self, *fragments: str) -> None:
        """Stop these timers, or all of them where none is named."""
        for fragment in fragments or list(self._running):
            if fragment in self._running:
                self._running.pop(fragment)[1].cancel()

    async def _run(self, fragment: str, interval: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += interval  # no drift: a slow answer does not put the next look off
            await asyncio.sleep(due - loop.time())
            await self._look(fragment)
