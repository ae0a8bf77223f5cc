"""The page's part of the benchmark: start, clicks, memory, and what a watching page costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from math import prod
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import psutil

from playground.benchmark.measure import Measure
from playground.benchmark.plan import Plan
from playground.benchmark.server import ROOT, App, serving
from playground.benchmark.tab import Tab, open_tab
from playground.benchmark.watch import Watch, busiest
from playground.errors import PlaygroundError
from playground.experiment import catalog

AT_REST_SECONDS = 10.0  # a page that waits for nothing looks again no sooner
_SETTLED = 1.0  # seconds until what a page has asked for is done and freed
_SESSIONS = 5
_RUN_LIMIT = 300.0  # seconds

# By name: label, unit, the most that it should be on 2 cores, and how it is taken.
_MEASURES: dict[str, tuple[str, str, float | None, str]] = {
    "server_ready": ("server ready after start", "s", 3.0, ""),
    "first_paint": ("first paint", "s", 2.0, "the page's first element, without a browser's work"),
    "server_memory": ("memory of the server, one user", "MB", 250.0, ""),
    "worker_memory": ("memory of the worker, idle", "MB", None, ""),
    "session_memory": ("memory of each further session", "MB", 5.0, f"mean of {_SESSIONS}"),
    "idle_page_cpu": ("CPU of one watching page, idle", "% of a core", 1.0, ""),
    "click_to_first_epoch": ("click on Train to first epoch, Digits MLP", "s", 1.0, "worker warm"),
    "training_page_cpu": ("CPU of one watching page, while training", "% of a core", 5.0, ""),
    "epoch_in_app": ("epoch in the app, watched", "s", None, ""),
    "epoch_on_command_line": ("epoch on the command line", "s", None, ""),
    "live_page_cost": ("in the app ÷ command line", "times", 1.3, "MLP 128, MNIST"),
    "live_page_cost_elapsed": ("the same, whole runs", "times", 1.3, "with what is between epochs"),
    "worker_memory_after": ("memory of the worker after the runs", "MB", None, ""),
}

# The experiment of the live measure: MLP 128 on 60,000 random images in MNIST's own files.
_LIVE = {
    "data.dataset": "mnist",
    "data.validation": "official",
    "model.hidden_sizes": "[128]",
    "training.batch_size": "256",
}

# Digits again, in so many small steps that the run outlasts the measure on any machine.
_LONG = {"training.epochs": "1000", "training.batch_size": "4"}


def page_measures(plan: Plan, tell: Callable[[str], None]) -> Iterator[Measure]:
    """Serve the app with an empty home and measure it, one thing after the other.

    Raises `PlaygroundError` where it does not start or a page does not come to what it must.
    """
    with TemporaryDirectory(prefix="playground-benchmark-") as folder, ExitStack() as stack:
        ready, paint, others = [], [], []
        for number in range(1, plan.starts + 1):
            tell(f"start {number} of {plan.starts}")
            stack.close()  # what was started before
            watch = Watch()
            app = stack.enter_context(serving(Path(folder) / f"start-{number}" / "home"))
            tab = stack.enter_context(open_tab(app.address))
            ready.append(app.ready_seconds)
            paint.append(tab.first_paint)
            others.append(watch.others_cores())  # before its processes have gone
        yield _measure("server_ready", median(ready), busiest(others))
        yield _measure("first_paint", median(paint), busiest(others))
        come_to_rest(tab)  # the worker has loaded PyTorch and answered
        tell("memory and idle page")
        yield from memory(app, tab)
        yield cpu("idle_page_cpu", app, tab, plan.watch_seconds)
        tell("click to first epoch")
        yield click(tab, plan.clicks)
        with open_tab(app.address, urlencode(_LONG)) as tab:
            tell("page that watches a training run")
            _start(tab)
            yield cpu("training_page_cpu", app, tab, plan.watch_seconds)
            tab.click("stop")
            _await_end(tab, "Stopped")
        yield from _live(app, plan, tell)
        yield _measure("worker_memory_after", _megabytes(app.worker))


def _measure(
    name: str, value: float, others: float | None = None, how: str = "", is_enough: bool = True
) -> Measure:
    label, unit, aim, note = _MEASURES[name]
    note = ", ".join(filter(None, (how, note)))
    return Measure(name, label, value, unit, aim, note, others_cores=others, is_enough=is_enough)


def memory(app: App, tab: Tab) -> Iterator[Measure]:
    """Yield what server and worker take with one page, and what each further session adds."""
    tab.follow(_SETTLED)
    alone = _megabytes(app.process)
    yield _measure("server_memory", alone)
    yield _measure("worker_memory", _megabytes(app.worker))
    with ExitStack() as tabs:
        for _ in range(_SESSIONS):
            come_to_rest(tabs.enter_context(open_tab(app.address)))
        tab.follow(_SETTLED)
        yield _measure("session_memory", (_megabytes(app.process) - alone) / _SESSIONS)


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def cpu(name: str, app: App, tab: Tab, seconds: float) -> Measure:
    """Return what the server's process computes while `tab` is open, in percent of a core."""
    tab.follow(_SETTLED)
    watch = Watch()
    before, begin = sum(app.process.cpu_times()[:2]), time.perf_counter()
    tab.follow(seconds)
    spent = sum(app.process.cpu_times()[:2]) - before
    share = 100 * spent / (time.perf_counter() - begin)
    how = f"the server's process over {seconds:.0f} s"
    return _measure(name, share, watch.others_cores(), how)


def click(tab: Tab, clicks: int) -> Measure:
    """Return the time from a click on Train to the first epoch on the page, Digits and MLP."""
    waits = []
    watch = Watch()
    for _ in range(clicks):
        waits.append(_start(tab))
        _await_end(tab, "Finished")
        come_to_rest(tab)
    others = watch.others_cores()
    return _measure("click_to_first_epoch", median(waits), others, f"median of {clicks}")


def come_to_rest(tab: Tab) -> None:
    """Follow a page until nothing is under way and it looks seldom."""
    tab.until(lambda: tab.shortest_interval >= AT_REST_SECONDS, "a page at rest")


def _start(tab: Tab) -> float:
    """Press Train and wait for the first epoch of the run that it starts; return the seconds."""
    before, begin = tab.run_id, time.perf_counter()
    tab.click("train")
    tab.until(
        lambda: tab.run_id != before and tab.number("Validation accuracy") not in ("", "–"),
        "the first epoch",
    )
    return time.perf_counter() - begin


def _await_end(tab: Tab, word: str) -> None:
    tab.until(lambda: tab.progress.startswith(word), "the run's end", _RUN_LIMIT)


def _live(app: App, plan: Plan, tell: Callable[[str], None]) -> Iterator[Measure]:
    """Yield what a watching page costs a run: side by side, in turn with the command line."""
    write_random_mnist(app.home / "datasets")
    settings = {**_LIVE, "training.epochs": str(plan.live_epochs)}
    watched, alone = [], []
    watch = Watch()
    for number in range(1, plan.live_rounds + 1):
        tell(f"live page, round {number} of {plan.live_rounds}")
        with open_tab(app.address, urlencode(settings)) as tab:
            _start(tab)
            _await_end(tab, "Finished")
            watched.append(run_document(app.home, tab.run_id))
        tell(f"command line, round {number} of {plan.live_rounds}")
        alone.append(run_document(app.home, _train_on_command_line(app, settings)))
    others = watch.others_cores()
    # Epochs but the first of each run, and whole runs.
    epochs = [
        median(float(epoch["seconds"]) for run in runs for epoch in run["epochs"][1:])
        for runs in (watched, alone)
    ]
    elapsed = [
        median(float(run["seconds"]) / len(run["epochs"]) for run in runs)
        for runs in (watched, alone)
    ]
    yield _measure("epoch_in_app", epochs[0], others)
    yield _measure("epoch_on_command_line", epochs[1], others)
    how = f"{plan.live_rounds}×{plan.live_epochs} epochs"
    is_enough = not plan.is_quick
    yield _measure("live_page_cost", epochs[0] / epochs[1], others, how, is_enough)
    yield _measure("live_page_cost_elapsed", elapsed[0] / elapsed[1], others, "", is_enough)


def run_document(home: Path, run_id: str) -> dict[str, Any]:
    """Return a run's document once it tells of its end, which is written a moment after it."""
    file = home / "runs" / run_id / "run.json"
    end = time.monotonic() + _RUN_LIMIT
    while time.monotonic() < end:
        document: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() else {}
        if document.get("status") == "finished":
            return document
        time.sleep(0.05)
    raise PlaygroundError(f"{file} does not tell of the end of a run that was measured.")


def _train_on_command_line(app: App, settings: dict[str, str]) -> str:
    """Train without a page; return the id of the run."""
    changes = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    command = [sys.executable, "-m", "playground", "train", "--json", *changes]
    done = subprocess.run(command, cwd=ROOT, env=app.environment, capture_output=True, check=False)
    if done.returncode:
        raise PlaygroundError(f"A run of the benchmark failed: {done.stderr.decode().strip()}")
    return str(json.loads(done.stdout.splitlines()[0])["run"])


def write_random_mnist(datasets: Path) -> None:
    """Write random images and labels as MNIST's four files, where the app looks for them."""
    folder = datasets / "MNIST" / "raw"
    folder.mkdir(parents=True)
    entry = catalog.DATASETS["mnist"]
    for role, count in (("train", entry.training_images), ("t10k", entry.test_images)):
        for name, sizes in (
            ("images-idx3", (count, *entry.image_shape[1:])),
            ("labels-idx1", (count,)),
        ):
            content = os.urandom(prod(sizes))
            if len(sizes) == 1:
                content = bytes(number % 10 for number in content)
            head = b"".join(size.to_bytes(4, "big") for size in (0x800 + len(sizes), *sizes))
            (folder / f"{role}-{name}-ubyte").write_bytes(head + content)
