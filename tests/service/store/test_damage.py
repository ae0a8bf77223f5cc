"""A store that was damaged, copied or tampered with: every whole run is there, and goes on."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from playground.errors import UnreadableRun
from playground.experiment import Experiment
from playground.run.home import home, place_of, run_folder
from playground.run.info import RunInfo, StoredRun
from playground.run.ownership import Lease, lease_folder
from playground.run.records import EpochRecord, StartedRecord
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.store.rows import save_claim
from playground.service.store.store import RunStore

PAGE = 4096
IDS = [f"run-{number}" for number in range(1, 6)]


def a_run(run_id: str, status: RunStatus = RunStatus.STOPPED) -> StoredRun:
    number = int(run_id[-1])
    records = (
        EpochRecord(epoch, 1 / epoch, 0.5, 2 / epoch, 0.5, 0.001, 2.5, 0.1, 9.0)
        for epoch in range(1, 3 * number)
    )
    snapshot = RunSnapshot(
        run_id,
        Experiment().replace({"training.seed": number}),
        status=status,
        started=StartedRecord(9, 8, 7, 6, ("a", "b"), "cpu", 1, "print", "key"),
        epochs=tuple(records),
        seconds=1.25,
    )
    return StoredRun(RunInfo(run_id, float(number), name=f"Number {number}"), snapshot)


@pytest.fixture
def database() -> Path:
    """Store five runs; return the file, closed."""
    store = RunStore()
    for run_id in IDS:
        run = a_run(run_id)
        store.save(run.info, run.snapshot)
    store.close()
    return store.file


def document(run_id: str) -> Path:
    return run_folder(run_id) / "run.json"


def wrong(store: RunStore, ids: list[str] = IDS) -> list[str]:
    """Return the runs that are not as they were stored, or that cannot be gone on with."""
    found = {run.info.run_id: run for run in store.runs()}
    return [
        run_id
        for run_id in ids
        if run_id not in found
        or replace(found[run_id].snapshot, version=0) != a_run(run_id).snapshot
        or found[run_id].info != a_run(run_id).info
        or store.claim(run_id) is None
    ]


def flip(content: bytearray, chance: random.Random, end: int | None = None) -> None:
    content[chance.randrange(end or len(content))] ^= 1 << chance.randrange(8)


def set_byte(content: bytearray, place: int, value: int) -> None:
    content[place] = value


def cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def blank(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    content[start : start + 200] = bytes(len(content[start : start + 200]))


def swap(content: bytearray, chance: random.Random) -> None:
    one, other = (PAGE * chance.randrange(len(content) // PAGE) for _ in range(2))
    content[one : one + PAGE], content[other : other + PAGE] = (
        content[other : other + PAGE],
        content[one : one + PAGE],
    )


DAMAGES: dict[str, tuple[Callable[[bytearray, random.Random], None], int]] = {
    "a flipped bit": (flip, 40),
    "a flipped bit in its head": (lambda content, chance: flip(content, chance, 100), 40),
    "a head that says it can only be read": (lambda content, _: set_byte(content, 18, 6), 1),
    "the number of a newer schema": (lambda content, _: set_byte(content, 63, 9), 1),
    "cut short": (cut, 5),
    "a hole": (blank, 10),
    "two pages swapped": (swap, 5),
    "empty": (lambda content, _: content.clear(), 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_hides_no_run(damage: str, database: Path) -> None:
    whole = database.read_bytes()
    tamper, times = DAMAGES[damage]
    for seed in range(times):
        content = bytearray(whole)
        tamper(content, random.Random(seed))
        for file in home().glob("playground.db*"):
            file.unlink()
        database.write_bytes(content)
        store = RunStore()
        assert wrong(store) == [], f"seed {seed}"
        assert store.trouble == ""
        store.close()


def test_a_deleted_database_is_made_again_and_that_is_told(database: Path) -> None:
    database.unlink()
    store = RunStore()
    assert wrong(store) == []
    assert "lacked 5 runs" in store.news
    assert store.report == ""
    database.unlink()  # under the eyes of the process that uses it
    assert wrong(store) == []
    store.close()
    again = RunStore()
    assert wrong(again) == []
    assert again.report == again.news == ""


def test_an_emptied_database_and_one_of_somebody_else_are_filled_again(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM runs WHERE id != 'run-2'")
    connection.commit()
    connection.close()
    assert wrong(RunStore()) == []
    connection = sqlite3.connect(database)
    connection.execute("DROP TABLE runs")
    connection.commit()
    connection.close()
    assert wrong(RunStore()) == []


def test_rows_of_a_stranger_are_not_believed(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("UPDATE runs SET document = replace(document, '1.25', '9.75')")
    connection.execute("UPDATE epochs SET record = 'nonsense' WHERE run = 'run-3' AND epoch = 2")
    connection.execute("UPDATE runs SET info = x'ff', revision = 'many' WHERE id = 'run-4'")
    for run_id in ("run-9", "../outside", "", "a\0b"):
        connection.execute(
            "INSERT INTO runs SELECT ?, claim, lease, document, info, revision, sum, stamp "
            "FROM runs WHERE id = 'run-1'",
            (run_id,),
        )
    connection.execute(
        "INSERT INTO runs SELECT x'ff', claim, lease, info, revision, document, sum, stamp "
        "FROM runs WHERE id = 'run-1'"
    )
    connection.commit()
    connection.close()
    store = RunStore()
    assert wrong(store) == []
    assert {run.info.run_id for run in store.runs()} == set(IDS)


def test_a_damaged_document_is_listed_and_hides_no_other_run(database: Path) -> None:
    texts = ["", "{", "[]", "{}", '{"info": 1}', "[" * 100_000, '{"info": {"run_id": "run-5"}}']
    fields = json.loads(document("run-1").read_bytes())
    del fields["sum"]
    changes = [
        {"epochs": fields["epochs"][:-1] + fields["epochs"][-1:] * 2},
        {"epochs": [{"epoch": 1}]},
        {"seconds": "soon"},
        {"started": {**fields["started"], "validation_key": "../../elsewhere"}},
        {"info": {**fields["info"], "created_at": 1e300}},
        {"info": {**fields["info"], "parent": "../up"}},
        {"status": "dancing"},
    ]
    for text in [*texts, *(json.dumps({**fields, **change}) for change in changes)]:
        database.unlink(missing_ok=True)
        document("run-1").write_text(text)
        store = RunStore()
        assert wrong(store, IDS[1:]) == [], text[:80]
        found = store.load("run-1").snapshot
        assert found.status is RunStatus.UNREADABLE
        assert "cannot be read" in found.message
        with pytest.raises(UnreadableRun):
            store.claim("run-1")
        assert document("run-1").read_text() == text
        store.close()
    store = RunStore()
    store.change("run-1", deleted_at=5.0)
    assert wrong(store, IDS[1:]) == []
    store.tidy(deleted_before=6.0)
    assert not run_folder("run-1").exists()
    assert [run.info.run_id for run in store.runs()] == IDS[:0:-1]


def test_copied_and_swapped_folders_are_named_and_hide_no_run(database: Path) -> None:
    runs = home() / "runs"
    shutil.copytree(run_folder("run-1"), runs / "run-1 (copy)")
    shutil.copytree(run_folder("run-1"), runs / "run-7")
    (runs / "notes.txt").write_text("of somebody")
    database.unlink()
    store = RunStore()
    assert wrong(store) == []
    assert "run-1 (copy)" in store.report
    copied = store.load("run-7").snapshot
    assert copied.status is RunStatus.UNREADABLE
    assert 'is that of the run "run-1"' in copied.message


def test_a_tampered_lease_deletes_no_file_and_leads_nowhere(tmp_path: Path, database: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("of the user")
    for lease in (str(victim), "../../victim", "../playground.db", "0" * 16):
        store = RunStore()
        run = a_run("run-1", RunStatus.RUNNING)
        assert store.save(run.info, run.snapshot, store.claim("run-1") or 0)
        with store._write() as connection:  # by a stranger who can count sums
            save_claim(connection, "run-1", 50, lease)
        store.close()
        again = RunStore()
        assert again.load("run-1").snapshot.status is RunStatus.INTERRUPTED
        assert victim.read_text() == "of the user"
        assert again.claim("run-1") == 51
        assert wrong(again, IDS[1:]) == []
        again.close()


def test_a_run_stays_with_its_living_process_when_the_database_is_made_again() -> None:
    mine, other = RunStore(), RunStore()
    run = a_run("run-1", RunStatus.RUNNING)
    mine.save(run.info, run.snapshot)
    mine.file.write_bytes(b"no database" * 1000)
    assert other.load("run-1").snapshot.status is RunStatus.RUNNING
    assert other.claim("run-1") is None
    assert mine.save(run.info, replace(run.snapshot, seconds=2.0)) == run.info
    assert other.load("run-1").snapshot.seconds == 2.0


def test_a_run_follows_its_folder_where_an_old_database_was_put_back(database: Path) -> None:
    old = database.read_bytes()
    store = RunStore()
    longer = a_run("run-5", RunStatus.FINISHED).snapshot
    assert store.claim("run-1") == 2
    store.save(RunInfo("run-1", 1.0), replace(longer, run_id="run-1"), 2)
    store.change("run-1", name="Newer", is_starred=True)
    store.close()
    database.write_bytes(old)
    for again in (RunStore(), RunStore()):
        found = again.load("run-1")
        assert (found.info.name, found.info.is_starred) == ("Newer", True)
        assert replace(found.snapshot, version=0) == replace(longer, run_id="run-1")
        assert wrong(again, IDS[1:]) == []
        assert again.report == again.news == ""
        again.close()
    # Where times are lost, as in a copy, all is as it was.
    for run_id in IDS:
        os.utime(document(run_id), (1.0, 1.0))
    assert wrong(RunStore(), IDS[1:]) == []


@pytest.mark.parametrize("claimed_since", [False, True])
def test_a_run_under_way_is_stored_whole_where_an_old_database_was_put_back(
    claimed_since: bool,
) -> None:
    store = RunStore()
    run = a_run("run-5", RunStatus.RUNNING)
    store.save(run.info, replace(run.snapshot, epochs=run.snapshot.epochs[:2]))
    store._database.close()
    old = store.file.read_bytes()
    claim = (store.claim("run-5") or 0) if claimed_since else 1
    store.save(run.info, replace(run.snapshot, epochs=run.snapshot.epochs[:9]), claim, 3)
    store._database.close()
    store.file.unlink()
    store.file.write_bytes(old)
    assert store.save(run.info, run.snapshot, claim, 10, with_document=False)
    other = RunStore()
    for reader in (store, other):
        assert reader.load("run-5").snapshot.epochs == run.snapshot.epochs
    assert other.claim("run-5") is None


def test_a_document_that_is_not_what_was_written_is_damaged(database: Path) -> None:
    whole = document("run-2").read_text()
    for old, new in (("0.25", "0.35"), ('"training": {"epochs": 20', '"training": {"epochs": 21')):
        assert old in whole
        document("run-2").write_text(whole.replace(old, new))
        database.unlink(missing_ok=True)
        store = RunStore()
        assert store.load("run-2").snapshot.status is RunStatus.UNREADABLE
        assert wrong(store, ["run-1", *IDS[2:]]) == []
        store.close()
    # Whoever mends one leaves out the sum.
    fields = json.loads(whole)
    del fields["sum"]
    document("run-2").write_text(json.dumps(fields))
    assert wrong(RunStore()) == []


def test_nothing_is_written_or_swept_through_a_folder_that_is_a_link(
    tmp_path: Path, database: Path
) -> None:
    outside = tmp_path / "outside"
    run_folder("run-1").rename(outside)
    leftover = outside / "run.json.0123456789ab.part"
    leftover.write_text("of somebody")
    os.utime(leftover, (0, 0))
    place_of("run-1").symlink_to(outside)
    before = {file.name: file.read_bytes() for file in outside.iterdir()}
    for name in ("Number 1", ""):  # which the database knows, and nobody where it is gone
        store = RunStore()
        found = store.load("run-1")
        assert found.info.name == name
        assert "is a link" in found.snapshot.message
        with pytest.raises(UnreadableRun, match="is a link"):
            store.claim("run-1")
        store.change("run-1", is_starred=True)
        store.tidy(deleted_before=0.0)
        assert wrong(store, IDS[1:]) == []
        assert {file.name: file.read_bytes() for file in outside.iterdir()} == before
        store.close()
        database.unlink()
    place_of("run-1").unlink()
    outside.rename(place_of("run-1"))
    assert wrong(RunStore()) == []


def test_an_erased_run_leaves_what_a_link_leads_to(tmp_path: Path, database: Path) -> None:
    outside = tmp_path / "outside"
    run_folder("run-1").rename(outside)
    run_folder("run-1").symlink_to(outside)
    store = RunStore()
    store.erase("run-1")
    assert (outside / "run.json").exists()
    assert [run.info.run_id for run in store.runs()] == IDS[:0:-1]


def test_old_leases_are_swept_and_other_files_stay(tmp_path: Path) -> None:
    folder = lease_folder(tmp_path)
    folder.mkdir()
    old = [folder / "0123456789abcdef", folder / "notes"]
    for file in old:
        file.write_text("")

        os.utime(file, (0, 0))
    lease = Lease(folder)
    lease.take()
    assert {file.name for file in folder.iterdir()} == {"notes", lease.name}
    lease.release()
