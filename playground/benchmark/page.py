"""The page's part of the benchmark: start, clicks, memory, and what a watching page costs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from playground.benchmark.measure import Measure
from playground.benchmark.server import App, serving, write_random_mnist
from playground.benchmark.tab import Tab
from playground.benchmark.watch import Watch, busiest
from playground.errors import PlaygroundError

_LIMIT = 60.0  # seconds until the end of a run is on disk
_SETTLED = 1.0  # seconds until what a page has asked for is done and freed
_SESSIONS = 5
_NUMBER = "Validation accuracy"
_RUN_LIMIT = 300.0  # seconds

# The experiment of the live measure: MLP 128 on 60,000 random images in MNIST's own files.
_LIVE = {
    "data.dataset": "mnist",
    "data.validation": "official",
    "model.hidden_sizes": "[128]",
    "training.batch_size": "256",
}

# Digits again, in so many small steps that the run outlasts the measure on any machine.
_LONG = {"training.epochs": "1000", "training.batch_size": "4"}


@dataclass(frozen=True, slots=True)
class PagePlan:
    """How often each thing is measured, and for how many seconds or epochs.

    What the live page costs is judged where there are epochs enough to tell.
    """

    starts: int
    clicks: int
    seconds: float
    live_rounds: int
    live_epochs: int
    is_live_judged: bool = True


FULL = PagePlan(starts=3, clicks=7, seconds=20.0, live_rounds=3, live_epochs=8)
QUICK = PagePlan(
    starts=1, clicks=3, seconds=5.0, live_rounds=1, live_epochs=4, is_live_judged=False
)


def page_measures(plan: PagePlan, tell: Callable[[str], None]) -> Generator[Measure, None, None]:
    """Serve the app with an empty home and measure it, one thing after the other.

    Raises `PlaygroundError` where it does not start or a page does not come to what it must.
    """
    with TemporaryDirectory(prefix="playground-benchmark-") as folder:
        root = Path(folder)
        ready, paint, others = [], [], []
        for number in range(1, plan.starts):
            tell(f"start {number} of {plan.starts}")
            watch = Watch()
            with serving(root / f"start-{number}") as app, Tab(app.address) as tab:
                ready.append(app.ready_seconds)
                paint.append(tab.first_paint)
                others.append(watch.others_cores())  # before its processes have gone
        tell(f"start {plan.starts} of {plan.starts}")
        watch = Watch()
        with serving(root / "home") as app:
            with Tab(app.address) as tab:
                others_cores = busiest([*others, watch.others_cores()])
                yield Measure(
                    "server_ready",
                    "server ready after start",
                    median([*ready, app.ready_seconds]),
                    "s",
                    3.0,
                    others_cores=others_cores,
                )
                yield Measure(
                    "first_paint",
                    "first paint",
                    median([*paint, tab.first_paint]),
                    "s",
                    2.0,
                    "the first element of the first page after the start, without a browser's work",
                    others_cores=others_cores,
                )
                _come_to_rest(tab)  # the worker has loaded PyTorch and answered
                tell("memory and idle page")
                yield from _memory(app, tab)
                yield _cpu("idle_page_cpu", "one watching page, idle", app, tab, plan.seconds, 1.0)
                tell("click to first epoch")
                yield _click(tab, plan.clicks)
            with Tab(app.address, _LONG) as tab:
                tell("page that watches a training run")
                _start(tab)
                label = "one watching page, while training"
                yield _cpu("training_page_cpu", label, app, tab, plan.seconds, 5.0)
                tab.click("stop")
                tab.until(lambda: tab.progress.startswith("Stopped"), "the run to stop")
            yield from _live(app, plan, tell)
            yield Measure(
                "worker_memory_after",
                "memory of the worker after the runs",
                _megabytes(app.worker),
                "MB",
            )


def _memory(app: App, tab: Tab) -> Iterator[Measure]:
    tab.follow(_SETTLED)
    alone = _megabytes(app.process)
    yield Measure("server_memory", "memory of the server, one user", alone, "MB", 250.0)
    yield Measure("worker_memory", "memory of the worker, idle", _megabytes(app.worker), "MB")
    with ExitStack() as tabs:
        for _ in range(_SESSIONS):
            other = tabs.enter_context(Tab(app.address))
            _come_to_rest(other)
        tab.follow(_SETTLED)
        each = (_megabytes(app.process) - alone) / _SESSIONS
    label = "memory of each further session"
    yield Measure("session_memory", label, each, "MB", 5.0, f"mean of {_SESSIONS}")


def _cpu(name: str, label: str, app: App, tab: Tab, seconds: float, aim: float) -> Measure:
    """Return what the server's process computes while `tab` is open, in percent of a core."""
    tab.follow(_SETTLED)
    watch = Watch()
    before, begin = _processor_seconds(app.process), time.perf_counter()
    tab.follow(seconds)
    spent = _processor_seconds(app.process) - before
    share = 100 * spent / (time.perf_counter() - begin)
    note = f"the server's process over {seconds:.0f} s"
    return Measure(
        name,
        f"CPU of {label}",
        share,
        "% of a core",
        aim,
        note,
        others_cores=watch.others_cores(),
    )


def _click(tab: Tab, clicks: int) -> Measure:
    """Return the time from a click on Train to the first epoch on the page, Digits and MLP."""
    waits = []
    watch = Watch()
    for _ in range(clicks):
        begin = time.perf_counter()
        _start(tab)
        waits.append(time.perf_counter() - begin)
        tab.until(lambda: tab.progress.startswith("Finished"), "the run to end", _RUN_LIMIT)
        _come_to_rest(tab)
    return Measure(
        "click_to_first_epoch",
        "click on Train to first epoch, Digits MLP",
        median(waits),
        "s",
        1.0,
        f"median of {clicks}, worker warm",
        others_cores=watch.others_cores(),
    )


def _come_to_rest(tab: Tab) -> None:
    tab.until(lambda: not tab.is_waiting, "the page to come to rest")


def _start(tab: Tab) -> None:
    """Press Train and wait for the first epoch of the run that it starts."""
    before = tab.run_id
    tab.click("train")
    tab.until(
        lambda: tab.run_id != before and tab.number(_NUMBER) not in ("", "–"), "the first epoch"
    )


def _live(app: App, plan: PagePlan, tell: Callable[[str], None]) -> Iterator[Measure]:
    """Yield what a watching page costs a run: side by side, in turn with the command line."""
    write_random_mnist(app.home / "datasets")
    settings = {**_LIVE, "training.epochs": str(plan.live_epochs)}
    watched, alone = _Times(), _Times()
    watch = Watch()
    for number in range(1, plan.live_rounds + 1):
        tell(f"live page, round {number} of {plan.live_rounds}")
        with Tab(app.address, settings) as tab:
            _start(tab)
            tab.until(lambda: tab.progress.startswith("Finished"), "the run to end", _RUN_LIMIT)
            watched.add(app.home, tab.run_id)
        tell(f"command line, round {number} of {plan.live_rounds}")
        alone.add(app.home, _train_on_command_line(app, settings))
    note = f"MLP 128, MNIST, {plan.live_rounds}×{plan.live_epochs} epochs"
    others_cores = watch.others_cores()
    for name, label, times in (
        ("epoch_in_app", "epoch in the app, watched", watched),
        ("epoch_on_command_line", "epoch on the command line", alone),
    ):
        yield Measure(name, label, median(times.epochs), "s", others_cores=others_cores)
    yield Measure(
        "live_page_cost",
        "in the app ÷ command line",
        median(watched.epochs) / median(alone.epochs),
        "times",
        1.3,
        note,
        others_cores=others_cores,
        is_enough=plan.is_live_judged,
    )
    yield Measure(
        "live_page_cost_elapsed",
        "the same with what is between epochs",
        median(watched.elapsed) / median(alone.elapsed),
        "times",
        1.3,
        "whole runs, with checkpoints and messages",
        others_cores=others_cores,
        is_enough=plan.is_live_judged,
    )


class _Times:
    """Seconds of epochs but the first, and seconds per epoch of whole runs."""

    def __init__(self) -> None:
        self.epochs: list[float] = []
        self.elapsed: list[float] = []

    def add(self, home: Path, run_id: str) -> None:
        """Take in a run that has ended, as it was stored."""
        document = _document(home / "runs" / run_id / "run.json")
        seconds = [float(epoch["seconds"]) for epoch in document["epochs"]]
        self.epochs += seconds[1:]
        self.elapsed.append(float(document["seconds"]) / len(seconds))


def _document(file: Path) -> dict[str, Any]:
    """Return a run's document once it tells of its end, which is written a moment after it."""
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end:
        with suppress(OSError):
            document: dict[str, Any] = json.loads(file.read_bytes())
            if document["status"] == "finished":
                return document
        time.sleep(0.05)
    raise PlaygroundError(f"{file} does not tell of the end of a run that was measured.")


def _train_on_command_line(app: App, settings: dict[str, str]) -> str:
    """Train without a page; return the id of the run."""
    changes = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "playground", "train", "--json", *changes],
        env=app.environment,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise PlaygroundError(f"A run of the benchmark failed: {done.stderr.decode().strip()}")
    return str(json.loads(done.stdout.splitlines()[0])["run"])


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
