"""What is stored when the disk refuses, fills up and comes back; what long runs keep."""

from __future__ import annotations

import errno
import json
import sqlite3
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from processes import finish, start_process, wait_until

from playground.experiment import Experiment
from playground.run.home import home, run_folder
from playground.run.info import RunInfo
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot
from playground.service import RunStatus, TrainingService, keeper
from playground.service.keeper import Keeper
from playground.service.live_run import LiveRun
from playground.service.predictions import predicted_epochs
from playground.service.store import documents
from playground.service.store import store as store_module
from playground.service.store.store import RunStore
from playground.service.store.thinning import kept_predictions, thin_predictions


def record(epoch: int, accuracy: float = 0.5, loss: float = 1.0) -> EpochRecord:
    return EpochRecord(epoch, 1.0, 0.5, loss, accuracy, 0.001, 2.0, 0.5, 180.0)


def a_run(epochs: int = 0, status: RunStatus = RunStatus.RUNNING) -> RunSnapshot:
    records = tuple(record(epoch) for epoch in range(1, epochs + 1))
    return RunSnapshot("run-1", Experiment(), status, epochs=records)


@pytest.fixture
def run() -> LiveRun:
    return LiveRun(RunInfo("run-1", 1.0), a_run(epochs=2))


def test_a_run_is_stored_once_the_disk_takes_it_again(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_PATIENCE", 0.02)
    home().write_text("in the way")
    store = RunStore()
    kept = Keeper(store, lambda: [run])
    kept.flush()
    assert "not being stored" in kept.problem
    assert "Not a directory" in kept.problem or "File exists" in kept.problem
    run.snapshot = a_run(epochs=5)
    home().unlink()
    kept.note()
    wait_until(lambda: not kept.problem, "the disk")
    assert len(store.load("run-1").snapshot.epochs) == 5
    kept.close()
    store.close()


@pytest.mark.parametrize("failing", ["the document", "the database"])
def test_a_full_disk_is_told_and_loses_nothing_that_was_there(
    failing: str, run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore()
    kept = Keeper(store, lambda: [run])
    kept.flush()
    before = (run_folder("run-1") / "run.json").read_bytes()
    with monkeypatch.context() as patched:
        if failing == "the document":

            def full(*_: object) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

            patched.setattr(documents, "write_whole", full)
        else:

            def busy(*_: object, **__: object) -> None:
                raise sqlite3.OperationalError("database or disk is full")

            patched.setattr(store_module, "save_run", busy)
        run.take({"event": "epoch", "record": record(3).numbers()})
        run.document_at = 0.0
        kept.flush()
        assert "full" in kept.problem or "No space left" in kept.problem
        assert (run_folder("run-1") / "run.json").read_bytes() == before
        assert len(store.load("run-1").snapshot.epochs) in (2, 3)
    kept.flush()
    assert kept.problem == ""
    assert len(store.load("run-1").snapshot.epochs) == 3
    assert len(json.loads((run_folder("run-1") / "run.json").read_bytes())["epochs"]) == 3
    kept.close()
    store.close()


@pytest.mark.parametrize("place", ["save", "tidy", "runs", "on_stored", "thin_predictions"])
def test_no_error_ends_the_thread_that_writes_it_is_told_and_tried_again(
    place: str, run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_PATIENCE", 0.02)
    monkeypatch.setattr(keeper, "_SECONDS", 0.01)
    store = RunStore()
    store.save(RunInfo("run-2", 1.0), replace(a_run(), run_id="run-2"))
    run.snapshot = a_run(epochs=3, status=RunStatus.FINISHED)
    fails = True

    def failing(called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if fails:
                raise KeyError("one odd row")
            return called(*arguments, **options)

        return call

    if place in ("save", "tidy", "runs"):
        monkeypatch.setattr(store, place, failing(getattr(store, place)))
    elif place == "thin_predictions":
        monkeypatch.setattr(keeper, place, failing(thin_predictions))
    seen: list[LiveRun] = []
    told = failing(seen.append) if place == "on_stored" else seen.append
    kept = Keeper(store, lambda: [run], on_stored=told)
    kept.note()
    wait_until(lambda: "one odd row" in kept.problem, "the error")
    fails = False
    wait_until(lambda: not kept.problem and seen, "the store")
    assert len(store.load("run-1").snapshot.epochs) == 3
    kept.close()
    store.close()


def test_a_store_that_cannot_be_tidied_now_is_told_and_tidied_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "_PATIENCE", 0.02)
    monkeypatch.setattr(keeper, "_SECONDS", 0.01)
    store = RunStore()
    store.save(RunInfo("run-1", 1.0, deleted_at=1.0), a_run(status=RunStatus.STOPPED))
    with store._database.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 10")
    lock = sqlite3.connect(store.file, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    told: list[str] = []
    kept = Keeper(store, list, tell=told.append)
    wait_until(lambda: "locked" in kept.problem, "the trouble")
    lock.execute("ROLLBACK")
    lock.close()
    wait_until(lambda: not kept.problem, "the store")
    assert len(told) == 1
    assert not run_folder("run-1").exists()
    kept.close()
    store.close()


def test_a_run_that_begins_anew_from_an_earlier_epoch_is_stored_as_it_is(run: LiveRun) -> None:
    store = RunStore()
    run.snapshot = a_run(epochs=6)
    kept = Keeper(store, lambda: [run])
    kept.flush()
    run.snapshot = a_run(epochs=4)
    run.is_changed = True
    kept.flush()
    assert len(store.load("run-1").snapshot.epochs) == 4
    run.snapshot = replace(run.snapshot, epochs=(*run.snapshot.epochs, record(5, accuracy=0.75)))
    run.is_changed = True
    kept.flush()
    assert store.load("run-1").snapshot.epochs == run.snapshot.epochs
    assert RunStore().load("run-1").snapshot.epochs == run.snapshot.epochs
    kept.close()
    store.close()


# A process whose files may not grow beyond a few kilobytes, as on a disk that is full.
_CRAMPED = textwrap.dedent(
    """
    import resource, sys, time
    from playground.experiment import Experiment
    from playground.service import TrainingService

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    service = TrainingService()
    settings = {"data.training_images": 200, "training.epochs": 5, "training.device": "cpu"}
    run = service.submit(Experiment().replace(settings))
    while not service.snapshot(run).status.is_over:
        time.sleep(0.02)
    found = service.snapshot(run)
    print(found.status, len(found.epochs))
    print(found.note)
    print(service.warning)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    service.close()
    print(service.warning)
    """
)


@pytest.mark.slow
def test_on_a_full_disk_a_run_trains_to_its_end_and_is_stored_when_there_is_room() -> None:
    status, output, errors = finish(start_process("-c", _CRAMPED))
    assert status == 0, errors
    end, note, warning, later = output.splitlines()
    assert end == "finished 5"
    assert "cannot be written (the disk is full)" in note
    assert "not being stored" in warning
    assert later == ""
    [run] = RunStore().runs()
    assert (run.snapshot.status, len(run.snapshot.epochs)) == (RunStatus.FINISHED, 5)
    assert not list(run_folder(run.info.run_id).glob("*part"))
    assert not list(run_folder(run.info.run_id).glob(".*"))


def test_a_short_run_keeps_all_predictions_and_a_long_one_fifty() -> None:
    assert kept_predictions(a_run(epochs=50)) == frozenset(range(1, 51))
    for epochs in (51, 52, 94, 95, 100, 333, 1000):
        records = [record(epoch) for epoch in range(1, epochs + 1)]
        records[16] = record(17, accuracy=0.9)
        records[18] = record(19, loss=0.1)
        kept = kept_predictions(replace(a_run(), epochs=tuple(records)))
        assert len(kept) <= 50
        assert {*range(1, 11), 17, 19, epochs} <= kept


def test_predictions_are_thinned_once_the_run_is_over() -> None:
    snapshot = a_run(epochs=120, status=RunStatus.FINISHED)
    for done in snapshot.epochs:
        file = run_folder("run-1") / f"probabilities-{done.epoch:04}.npy"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"numbers")
    live = LiveRun(RunInfo("run-1", 1.0), replace(snapshot, status=RunStatus.RUNNING))
    kept = Keeper(RunStore(), lambda: [live])
    kept.flush()
    assert len(list(run_folder("run-1").glob("*.npy"))) == 120
    live.snapshot, live.is_changed = snapshot, True
    kept.flush()
    kept.close()
    left = sorted(int(file.stem[-4:]) for file in run_folder("run-1").glob("*.npy"))
    assert left == sorted(kept_predictions(snapshot))
    thin_predictions(snapshot)
    assert len(list(run_folder("run-1").glob("*.npy"))) == len(left)
    assert predicted_epochs("run-1", 120) == left
    assert predicted_epochs("run-1", 13) == [epoch for epoch in left if epoch <= 13]
    assert predicted_epochs("run-2", 120) == []


class Silent:
    """A lane that does nothing."""

    def __init__(self, *_: Any) -> None: ...

    def send(self, command: object) -> None: ...

    def kill(self) -> None: ...

    def close(self) -> None: ...


def test_pages_work_and_say_so_while_the_store_refuses(playground_home: Path) -> None:
    playground_home.write_text("in the way")
    service = TrainingService(Silent)
    run_id = service.submit(Experiment())
    assert [run.info.run_id for run in service.runs()] == [run_id]
    assert "not being stored" in service.warning
    playground_home.unlink()
    service.control(run_id, "stop")
    service._keeper.flush()
    assert [run.info.run_id for run in service.runs()] == [run_id]
    assert service.warning == ""
    service.close()


def test_a_deleted_run_is_stopped_hidden_and_can_be_had_back() -> None:
    service = TrainingService(Silent)
    run_id = service.submit(Experiment())
    service.change(run_id, deleted_at=5.0)
    assert service.runs() == []
    service.change(run_id, deleted_at=None)
    assert [run.info.run_id for run in service.runs()] == [run_id]
    service.close()
