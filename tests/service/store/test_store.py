"""The runs on disk: whole or not there, whatever happens to the file or the process."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from playground.errors import StoreUnavailable, UnknownRun
from playground.experiment import Experiment
from playground.run.downsampling import BatchPoint
from playground.run.folder import RunFolder
from playground.run.home import home, run_folder
from playground.run.info import RunInfo, StoredRun, snapshot_document
from playground.run.ownership import fence
from playground.run.records import EpochRecord, StartedRecord
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.store import database
from playground.service.store.database import MIGRATIONS
from playground.service.store.documents import write_document
from playground.service.store.store import RunStore


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
    assert store.save(run.info, run.snapshot) == run.info
    return run


def same(found: StoredRun, run: StoredRun) -> bool:
    """Whether both are the same run, whatever number of changes the store counts."""
    return found == replace(run, snapshot=replace(run.snapshot, version=found.snapshot.version))


def test_a_run_comes_back_as_it_was_stored() -> None:
    writer = RunStore()
    run = stored(writer, a_run())
    assert same(RunStore().load("run-1"), run)


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
    for reader in (store, RunStore()):
        assert same(reader.load("run-1"), StoredRun(run.info, shorter))


def test_every_change_shows_in_a_larger_version_also_to_other_processes() -> None:
    store, other = RunStore(), RunStore()
    run = stored(store, a_run())
    seen = [other.load("run-1").snapshot.version]
    for epochs in (1, 2, 3):
        store.save(run.info, replace(run.snapshot, epochs=run.snapshot.epochs[:epochs]))
        found = other.load("run-1").snapshot
        assert len(found.epochs) == epochs
        assert found == store.load("run-1").snapshot
        seen.append(found.version)
    store.change("run-1", name="Named")
    assert other.runs()[0].info.name == "Named"
    assert seen == sorted(set(seen))


def test_what_people_say_of_a_run_is_not_overwritten_by_who_trains_it() -> None:
    trainer, page = RunStore(), RunStore()
    run = stored(trainer, a_run())
    page.change("run-1", name="Mine", is_starred=True)
    known = trainer.save(run.info, run.snapshot)
    assert known is not None
    assert (known.name, known.is_starred) == ("Mine", True)
    assert page.load("run-1").info == known
    document = json.loads((run_folder("run-1") / "run.json").read_bytes())
    assert document["info"]["name"] == "Mine"


def test_names_and_stars_are_kept() -> None:
    store = RunStore()
    stored(store, a_run())
    store.change("run-1", name="Better", is_starred=True)
    info = RunStore().load("run-1").info
    assert (info.name, info.is_starred) == ("Better", True)


@pytest.mark.parametrize("name", ["\ud800 half a letter", "x" * 5000, "\0\x1b\u202e"])
def test_whatever_a_run_is_called_it_can_be_read_again(name: str) -> None:
    store = RunStore()
    run = a_run()
    over = replace(run.snapshot, status=RunStatus.STOPPED)
    store.save(replace(run.info, name=name, group=name), over)
    kept = name.replace("\ud800", "?")[:1000]
    assert (RunStore().load("run-1").info.name, RunStore().load("run-1").info.group) == (kept, kept)
    assert store.change("run-1", name=name[::-1]).name == name[::-1].replace("\ud800", "?")[:1000]
    store.file.unlink()
    found = RunStore().load("run-1")
    assert found.info.name == name[::-1].replace("\ud800", "?")[:1000]
    assert found.snapshot.epochs == run.snapshot.epochs


@pytest.mark.parametrize("run_id", ["", "\ud800", "a\0b", "../run-1", "x" * 10_000])
def test_what_is_no_id_finds_no_run(run_id: str) -> None:
    store = RunStore()
    stored(store, a_run())
    for ask in (store.load, store.claim):
        with pytest.raises(UnknownRun, match="not known here"):
            ask(run_id)


def test_an_erased_run_is_gone_with_its_folder() -> None:
    store = RunStore()
    stored(store, a_run())
    assert run_folder("run-1").is_dir()
    store.erase("run-1")
    assert not run_folder("run-1").exists()
    with pytest.raises(UnknownRun, match="not known here"):
        store.load("run-1")


def test_a_run_that_another_living_process_holds_cannot_be_claimed() -> None:
    mine, other = RunStore(), RunStore()
    run = stored(mine, a_run())
    assert other.claim("run-1") is None
    assert other.load("run-1").snapshot.status is RunStatus.RUNNING
    over = replace(run.snapshot, status=RunStatus.STOPPED)
    mine.save(run.info, over)  # a run that is over belongs to nobody
    claim = other.claim("run-1")
    assert claim == 2
    assert mine.save(run.info, run.snapshot) is None
    assert other.load("run-1").snapshot.status is RunStatus.STOPPED
    assert other.save(run.info, run.snapshot, claim) is not None
    assert mine.claim("run-1") is None


def test_an_end_that_is_stored_late_lets_nothing_go_that_was_claimed_since() -> None:
    mine, other = RunStore(), RunStore()
    run = stored(mine, a_run())
    claim = mine.claim("run-1")
    assert mine.save(run.info, replace(run.snapshot, status=RunStatus.STOPPED), 1) is None
    assert other.claim("run-1") is None
    assert mine.save(run.info, run.snapshot, claim or 0) is not None


def test_a_run_of_a_process_that_ended_shows_as_interrupted_and_can_be_claimed() -> None:
    store = RunStore()
    run = stored(store, a_run())
    store.close()
    successor = RunStore()
    found = successor.load("run-1")
    assert found.snapshot.status is RunStatus.INTERRUPTED
    assert "Resume" in found.snapshot.message
    assert successor.runs() == [found]
    assert found.snapshot.epochs == run.snapshot.epochs
    claims = [successor.claim("run-1"), successor.claim("run-1")]
    assert claims == [2, 3]
    assert store.save(run.info, run.snapshot) is None


def test_a_claim_is_larger_than_the_one_under_which_the_folder_was_written() -> None:
    store = RunStore()
    stored(store, a_run())
    RunFolder.of("run-1").fence.write_text(f"{fence(7, 2)} process")
    assert store.claim("run-1") == 8
    with pytest.raises(UnknownRun):
        store.claim("run-2")


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
    found = again.load("run-1")
    assert found.info == run.info
    assert found.snapshot.status is RunStatus.INTERRUPTED
    assert found.snapshot.epochs == run.snapshot.epochs
    assert again.damaged is not None
    assert again.damaged.exists()
    assert again.claim("run-1") is not None


def test_a_database_that_gets_damaged_under_a_run_takes_the_run_again() -> None:
    store = RunStore()
    run = stored(store, a_run())
    store._database.close()
    store.file.write_bytes(b"no database" * 1000)
    assert store.save(run.info, run.snapshot) == run.info
    assert store.damaged is not None
    assert same(store.load("run-1"), run)
    assert RunStore().claim("run-1") is None  # it is still ours


def test_a_database_of_the_first_version_is_brought_to_this_one() -> None:
    run = a_run()
    file = home() / "playground.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file)
    connection.executescript(MIGRATIONS[0])
    connection.execute("PRAGMA user_version = 1")
    document = {"info": asdict(run.info), **snapshot_document(run.snapshot), "epochs": []}
    connection.execute(
        "INSERT INTO runs (id, created_at, fence, document) VALUES ('run-1', 1.0, 4, ?)",
        (json.dumps(document),),
    )
    connection.executemany(
        "INSERT INTO epochs VALUES ('run-1', ?, ?)",
        [(done.epoch, json.dumps(done.numbers())) for done in run.snapshot.epochs],
    )
    connection.commit()
    connection.close()
    store = RunStore()
    [found] = store.runs()
    assert (found.info, found.snapshot.epochs) == (run.info, run.snapshot.epochs)
    assert store.claim("run-1") == 5


def test_tidying_erases_what_was_deleted_long_ago_and_removes_leftovers() -> None:
    store = RunStore()
    for number in (1, 2, 3):
        run = a_run(f"run-{number}", created_at=float(number))
        stored(store, replace(run, snapshot=replace(run.snapshot, status=RunStatus.STOPPED)))
    stored(store, a_run("under-way"))
    store.change("under-way", deleted_at=100.0)
    store.change("run-1", deleted_at=100.0)
    store.change("run-2", deleted_at=200.0)
    leftover = run_folder("run-3") / "run.json.0123456789ab.part"
    leftover.write_text("half")
    os.utime(leftover, (0, 0))
    store.tidy(deleted_before=150.0)
    assert not run_folder("run-1").exists()
    assert run_folder("under-way").exists()
    assert store.load("run-2").info.deleted_at == 200.0
    assert not leftover.exists()


def test_a_newer_database_is_left_alone_with_a_sentence() -> None:
    file = home() / "playground.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file)
    newer = len(MIGRATIONS) + 1
    connection.execute(f"PRAGMA user_version = {newer}")
    connection.execute(f"PRAGMA application_id = {database._MARK + newer}")
    connection.close()
    before = file.read_bytes()
    run = a_run()
    write_document(run.info, run.snapshot, 1, "")
    store = RunStore()
    [found] = store.runs()
    assert found.snapshot.epochs == run.snapshot.epochs
    assert re.search(r"newer version.*PLAYGROUND_HOME", store.report)
    with pytest.raises(StoreUnavailable, match="newer version"):
        store.save(run.info, run.snapshot)
    assert file.read_bytes() == before


def test_a_locked_database_gives_a_sentence_and_works_again_when_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = RunStore()
    stored(store, a_run())
    with store._database.reading() as connection:
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
    store = RunStore(tmp_path / "home" / "playground.db")
    assert store.runs() == []
    assert "not being stored" in store.report
    run = a_run()
    with pytest.raises(StoreUnavailable, match="not being stored"):
        store.save(run.info, run.snapshot)


_WRITER = textwrap.dedent(
    """
    import sys
    from dataclasses import replace
    from playground.experiment import Experiment
    from playground.run.records import EpochRecord
    from playground.run.info import RunInfo
    from playground.run.snapshot import RunSnapshot
    from playground.service.store.store import RunStore

    store = RunStore()
    info, snapshot = RunInfo("run-1", 1.0), RunSnapshot("run-1", Experiment())
    store.save(info, snapshot)
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
        [sys.executable, "-c", _WRITER], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
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
