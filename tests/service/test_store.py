"""The runs on disk: whole or not there, whatever happens to the file or the process."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from playground.downsampling import BatchPoint
from playground.errors import StoreUnavailable, UnknownRun
from playground.experiment import Experiment
from playground.home import home, run_folder
from playground.records import EpochRecord, StartedRecord
from playground.service.database import MIGRATIONS
from playground.service.run_info import RunInfo, StoredRun
from playground.service.snapshot import RunSnapshot, RunStatus
from playground.service.store import RunStore, is_alive, new_lease, write_whole


def record(epoch: int) -> EpochRecord:
    return EpochRecord(epoch, 1 / epoch, 0.5, 1.1 / epoch, 0.25 + epoch / 100, 0.001, 2.5, 0.1, 9.0)


def a_run(run_id: str = "run-1", epochs: int = 3, created_at: float = 1.0) -> StoredRun:
    snapshot = RunSnapshot(
        run_id,
        Experiment().replace({"model.hidden_sizes": [32, 16]}),
        status=RunStatus.RUNNING,
        started=StartedRecord(9, 8, 7, 6, ("a", "b"), "cpu", 1, "print", "key"),
        epochs=tuple(record(epoch) for epoch in range(1, epochs + 1)),
        batches=(BatchPoint(0.5, 2.0, 1.0, 3.0, 4),),
        seconds=1.25,
    )
    return StoredRun(RunInfo(run_id, created_at, name="First", owner="me"), snapshot)


def stored(store: RunStore, run: StoredRun) -> StoredRun:
    store.create(run.info, replace(run.snapshot, epochs=()))
    assert store.save(run.info, run.snapshot)
    return run


def test_a_run_comes_back_as_it_was_stored() -> None:
    run = stored(RunStore(), a_run())
    assert RunStore().load("run-1") == run


def test_runs_are_listed_newest_first_without_the_deleted_ones() -> None:
    store = RunStore()
    for number in (1, 2, 3):
        stored(store, a_run(f"run-{number}", created_at=float(number)))
    store.change("run-2", deleted_at=9.0)
    assert [run.info.run_id for run in store.runs()] == ["run-3", "run-1"]
    store.change("run-2", deleted_at=None)
    assert len(store.runs()) == 3


def test_saving_replaces_the_epochs_from_the_first_new_one_on() -> None:
    store = RunStore()
    run = stored(store, a_run(epochs=5))
    shorter = replace(run.snapshot, epochs=run.snapshot.epochs[:3])
    store.save(run.info, shorter, first_new_epoch=3)
    assert store.load("run-1").snapshot == shorter


def test_names_and_stars_are_kept() -> None:
    store = RunStore()
    stored(store, a_run())
    store.change("run-1", name="Better", is_starred=True)
    info = RunStore().load("run-1").info
    assert (info.name, info.is_starred) == ("Better", True)


def test_an_erased_run_is_gone_with_its_folder() -> None:
    store = RunStore()
    stored(store, a_run())
    assert run_folder("run-1").is_dir()
    assert store.bytes_used("run-1") > 0
    store.erase("run-1")
    assert not run_folder("run-1").exists()
    with pytest.raises(UnknownRun, match="not known here"):
        store.load("run-1")


def test_a_run_that_another_living_process_holds_cannot_be_claimed_or_saved() -> None:
    mine, other = RunStore(), RunStore()
    run = stored(mine, a_run())
    assert other.claim("run-1") is None
    assert not other.save(run.info, run.snapshot)
    mine.release("run-1")
    assert other.claim("run-1") == 2
    assert not mine.save(run.info, run.snapshot)


def test_a_run_of_a_dead_process_can_be_claimed_and_the_fence_grows() -> None:
    store = RunStore()
    run = a_run()
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    store.lease = store.lease.replace(f":{os.getpid()}:", f":{child.pid}:")
    stored(store, run)
    successor = RunStore()
    assert successor.claim("run-1") == 2
    assert successor.claim("run-1") == 3
    assert not store.save(run.info, run.snapshot)


def test_a_lease_tells_whether_its_process_lives() -> None:
    assert is_alive(new_lease())
    assert is_alive("another-machine:1:00")
    assert not is_alive("")
    assert not is_alive("nonsense")


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough to be one" * 50, None])
def test_a_damaged_database_is_put_aside_and_made_again_from_the_documents(
    damage: bytes | None,
) -> None:
    store = RunStore()
    run = stored(store, a_run())
    store.close()
    content = store.file.read_bytes()
    half = len(content) // 2
    store.file.write_bytes(damage or content[:half] + os.urandom(half // 2))
    for suffix in ("-wal", "-shm"):
        store.file.with_name(store.file.name + suffix).unlink(missing_ok=True)
    again = RunStore()
    assert again.load("run-1") == run
    assert again.damaged is not None
    assert again.damaged.exists()
    assert again.claim("run-1") is not None


def test_a_newer_database_is_left_alone_with_a_sentence() -> None:
    file = home() / "playground.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"newer version.*PLAYGROUND_HOME"):
        RunStore().runs()
    assert file.read_bytes() == before


def test_a_locked_database_gives_a_sentence_and_works_again_when_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = RunStore()
    stored(store, a_run())
    with store._read() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
    lock = sqlite3.connect(store.file, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.change("run-1", name="Now")
    lock.execute("ROLLBACK")
    lock.close()
    store.change("run-1", name="Later")
    assert store.load("run-1").info.name == "Later"


def test_a_folder_that_is_a_file_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="not being stored"):
        RunStore(tmp_path / "home" / "playground.db").runs()


def test_a_document_of_another_version_hides_no_other_run() -> None:
    store = RunStore()
    stored(store, a_run("run-1"))
    stored(store, a_run("run-2", created_at=2.0))
    with store._write() as connection:
        connection.execute("UPDATE runs SET document = '{}' WHERE id = 'run-1'")
    assert [run.info.run_id for run in store.runs()] == ["run-2"]


def test_a_file_is_written_wholly_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, b"first")
    (tmp_path / "file.d").mkdir()
    with pytest.raises(OSError, match=r"file\.d"):
        write_whole(tmp_path / "file.d", b"second")
    assert file.read_bytes() == b"first"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "file.d"]


_WRITER = textwrap.dedent(
    """
    import sys
    from dataclasses import replace
    from playground.experiment import Experiment
    from playground.records import EpochRecord
    from playground.service.run_info import RunInfo
    from playground.service.snapshot import RunSnapshot
    from playground.service.store import RunStore

    store = RunStore()
    info, snapshot = RunInfo("run-1", 1.0), RunSnapshot("run-1", Experiment())
    store.create(info, snapshot)
    print("ready", flush=True)
    for epoch in range(1, 100_000):
        record = EpochRecord(epoch, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, 0.1, 1.0)
        snapshot = replace(snapshot, epochs=(*snapshot.epochs, record))
        store.save(info, snapshot, first_new_epoch=epoch)
    """
)


@pytest.mark.parametrize("milliseconds", [5, 40, 130])
def test_a_killed_writer_leaves_whole_epochs_without_a_gap(
    milliseconds: int, playground_home: Path
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(milliseconds / 1000)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    store = RunStore()
    epochs = [done.epoch for done in store.load("run-1").snapshot.epochs]
    assert epochs == list(range(1, len(epochs) + 1))
    document = json.loads((run_folder("run-1") / "run.json").read_bytes())
    assert abs(len(document["epochs"]) - len(epochs)) <= 1
    assert store.claim("run-1") is not None
