"""Attempts: how often a code or a key may be tried, by one browser and by all together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

from playground.errors import NotRecognized

# A code has 2**49 values: at this rate, to guess one takes some ten million years. The machine
# spends at most six seconds of a minute on it.
EACH, IN_ALL = 5, 120
SECONDS = 60.0


class Attempts:
    """Those of the last minute that were not right; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._wrong: deque[tuple[float, str]] = deque(maxlen=IN_ALL)
        self._lock = Lock()

    def begin(self, browser: str) -> None:
        """Count an attempt as wrong before it is tried; raises `NotRecognized` after too many."""
        now = self._clock()
        with self._lock:
            while self._wrong and now - self._wrong[0][0] >= SECONDS:
                self._wrong.popleft()
            mine = sum(who == browser for _, who in self._wrong)
            if mine >= EACH or len(self._wrong) >= IN_ALL:
                raise NotRecognized(
                    "Too many codes or keys were tried just now. Wait a minute, then try again."
                )
            self._wrong.append((now, browser))

    def succeed(self, browser: str) -> None:
        """Take back the last attempt of this browser: it was right."""
        with self._lock:
            last = next((each for each in reversed(self._wrong) if each[1] == browser), None)
            if last:
                self._wrong.remove(last)
