"""Damaged stores: whole runs are listed and go on, others are named, nothing outside is touched."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from random import Random
from shutil import rmtree

from damage import ANYTHING, DATABASE, OLD, WAYS, folders
from small_home import SmallHome, go_on, same, same_epochs
from tally import Tally

from playground.commands.recording import Recording
from playground.commands.runs import fields_of, row
from playground.errors import PlaygroundError
from playground.frames.tables import runs_frame
from playground.run.folder import RunFolder
from playground.run.image_sets import ImageSet
from playground.run.info import StoredRun
from playground.run.seal import openings
from playground.run.snapshot import RunStatus
from playground.service.store.store import RunStore
from playground.ui.runs.compared_runs import compared_runs

_RESUMED = 0.25  # the share of the stores whose runs all go on
_OUTSIDE = ("notes", "run.json", "fence", "checkpoint.pt", "0123456789abcdef", "playground.db")


def make_canary(folder: Path) -> Path:
    """Make a folder that nobody may change, with what would be swept in a home."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (*_OUTSIDE, "run.json.0123456789ab.part", "weights-0009.npz"):
        (folder / name).write_text("of somebody else")
        os.utime(folder / name, (0, 0))
    return folder


def state_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


class Stores:
    """Trials on copies of one home."""

    def __init__(self, small: SmallHome, tally: Tally) -> None:
        self._small = small
        self._tally = tally
        self._canary = make_canary(small.folder / "canary")

    def trial(self, seed: int) -> list[str]:
        """Damage a copy in one to three ways; return what is wrong then."""
        chance = Random(seed)
        home = self._small.copy(self._small.folder / "copy")
        before, beside = state_of(self._canary), set(self._small.folder.iterdir())
        ways = chance.sample(list(WAYS), chance.choice([1, 1, 1, 2, 3]))
        whom: set[str] = set()
        for way in ways:
            with suppress(FileNotFoundError, IndexError, sqlite3.Error):  # damaged before
                whom |= WAYS[way](home, self._canary, chance)
        for folder in folders(home):
            os.utime(folder, (0, 0))
        problems = self._look(whom)
        if chance.random() < _RESUMED:
            problems += self._go_on(whom)
            problems += self._look(whom | set(self._small.runs))
        if state_of(self._canary) != before or set(self._small.folder.iterdir()) != beside:
            problems.append("something outside the home was changed")
            make_canary(self._canary)
        for way in ways:
            self._tally.count(way)
        self._tally.count("whole runs listed", len(set(self._small.runs) - whom))
        return [f"after {', '.join(ways)}: {problem}" for problem in problems]

    def _look(self, whom: set[str]) -> list[str]:
        """List and load all runs, and read what they left behind."""
        store = RunStore()
        try:
            store.tidy(deleted_before=0.0)
        except PlaygroundError as error:
            if not whom & {DATABASE, ANYTHING}:
                return [f"cannot be tidied: {error}"]
        found = {run.info.run_id: run for run in store.runs()}
        problems = [
            problem
            for run_id, run in self._small.runs.items()
            if (problem := self._wrong(run, found.get(run_id), whom, store))
        ]
        for run in found.values():
            _read_all(run)
        problems += [
            f"{run_id} is loaded otherwise than it is listed"
            for run_id, run in found.items()
            if store.load(run_id) != run
        ]
        runs_frame(compared_runs(found.values()))
        store.close()
        return problems

    def _wrong(
        self, known: StoredRun, found: StoredRun | None, whom: set[str], store: RunStore
    ) -> str:
        """Say what is wrong with how a run is listed; "" where nothing is."""
        run_id = known.info.run_id
        if run_id not in whom:
            if found is None:
                return f"the whole run {run_id} is not listed; told: {store.report}"
            is_right = same(known, found) or self._is_behind(known, found)
            return "" if is_right else f"the whole run {run_id} is listed as {_words(found)}"
        if found is None:
            is_gone = not folders_with_files(run_id)
            is_named = run_id in store.report
            return "" if is_gone or is_named else f"{run_id} is neither listed nor named"
        if found.snapshot.status is RunStatus.UNREADABLE:
            return "" if found.snapshot.message.endswith((".", "stays.")) else "no sentence"
        if ANYTHING in whom or same(known, found):
            return ""
        is_right = self._is_part(found) and (found.info == known.info or OLD in whom)
        return "" if is_right else f"{run_id} is listed as {_words(found)}"

    def _is_behind(self, known: StoredRun, found: StoredRun) -> bool:
        """Whether it is a killed run as its folder has it, which may lack a few seconds."""
        is_killed = known.snapshot.status is RunStatus.INTERRUPTED
        return is_killed and found.info == known.info and self._is_part(found)

    def _is_part(self, found: StoredRun) -> bool:
        epochs, ends = found.snapshot.epochs, self._small.ends[found.info.run_id]
        return same_epochs(epochs, ends[: len(epochs)])

    def _go_on(self, whom: set[str]) -> list[str]:
        """Resume every run; return which of them ended with other numbers."""
        problems = []
        for run_id, known in self._small.runs.items():
            if known.snapshot.status is RunStatus.FINISHED:
                continue
            try:
                recording = Recording.of_stored(run_id)
            except PlaygroundError as error:
                if run_id not in whom and not whom & {DATABASE, ANYTHING}:
                    problems.append(f"the whole run {run_id} cannot be resumed: {error}")
                continue
            if recording.experiment != known.snapshot.experiment:
                recording.end("stopped")
                if ANYTHING not in whom:
                    problems.append(f"{run_id} goes on as {recording.experiment}")
                continue
            try:
                go_on(recording)
            except PlaygroundError as error:
                recording.end("failed", str(error))
                if run_id not in whom:
                    problems.append(f"the whole run {run_id} fails: {error}")
                continue
            recording.end("finished")
            self._tally.count("runs resumed")
            if not same_epochs(recording.epochs, self._small.ends[run_id]):
                problems.append(f"{run_id} ended with other numbers")
        return problems


def _words(run: StoredRun) -> str:
    snapshot = run.snapshot
    return f"{snapshot.status} with {len(snapshot.epochs)} epochs: {run.info} {snapshot.message}"


def folders_with_files(run_id: str) -> bool:
    folder = Path(os.environ["PLAYGROUND_HOME"]) / "runs" / run_id
    return folder.is_dir() and any(each.is_file() for each in folder.iterdir())


def _read_all(run: StoredRun) -> None:
    """Read what pages read of a run: only sentences may come of it."""
    row(fields_of(run))
    try:
        folder = RunFolder.of(run.info.run_id)
        openings(run.info.run_id)
    except PlaygroundError:
        return
    for name in ("probabilities", "weights"):
        for epoch in folder.epochs(name):
            folder.array(name, epoch)
            folder.arrays(name, epoch)
    if run.snapshot.started:
        for name in ("images", "labels", "indices"):
            ImageSet("validation", run.snapshot.started.validation_key).array(name)
