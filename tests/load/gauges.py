"""What the server takes of the machine: memory, threads, files, time of the processor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from time import perf_counter

import psutil
from app_server import App

_SAMPLED_EVERY = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Gauge:
    """One moment. Memory is resident, in MB; processor seconds are those since the start."""

    moment: str
    at: float
    server_memory: float
    worker_memory: float
    threads: int
    files: int
    server_seconds: float
    worker_seconds: float


class Gauges:
    """The server's process at several moments, and its highest memory in between."""

    def __init__(self, server: App) -> None:
        self.read: list[Gauge] = []
        self.server_peak = 0.0  # MB
        self.worker_peak = 0.0
        self._server = server.process
        self._worker = server.workers()[0]

    def take(self, moment: str) -> None:
        self.read.append(
            Gauge(
                moment,
                perf_counter(),
                _megabytes(self._server),
                _megabytes(self._worker),
                self._server.num_threads(),
                self._server.num_fds(),
                _seconds(self._server),
                _seconds(self._worker),
            )
        )

    @contextmanager
    def following(self) -> Iterator[None]:
        """Look at the memory again and again during the block."""
        over = Event()

        def follow() -> None:
            while not over.wait(_SAMPLED_EVERY):
                self.server_peak = max(self.server_peak, _megabytes(self._server))
                self.worker_peak = max(self.worker_peak, _megabytes(self._worker))

        with ThreadPoolExecutor(1) as pool:
            followed = pool.submit(follow)
            try:
                yield
            finally:
                over.set()
        followed.result()


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
