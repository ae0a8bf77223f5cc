"""A limit for all that is stored: told before, swept for, and then no new run starts."""

from __future__ import annotations

import time

import pytest
from compared import experiment
from filled import KEYS, MB, put

from playground.errors import NoRoom
from playground.run.home import run_folder
from playground.run.info import RunInfo
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service import TrainingService
from playground.service.room import Room
from playground.service.store.store import RunStore

LONG_AGO = 100_000.0


@pytest.fixture(autouse=True)
def ten_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_DISK_GB", "0.01")


def store_run(store: RunStore, run_id: str, owner: str, megabytes: float) -> None:
    snapshot = RunSnapshot(run_id, experiment(), RunStatus.FINISHED)
    store.save(RunInfo(run_id, time.time(), owner=owner), snapshot)
    put(f"runs/{run_id}/checkpoint.pt", round(megabytes * MB), LONG_AGO)


def test_nothing_is_told_while_there_is_room_or_what_fills_it_goes_by_itself() -> None:
    store = RunStore()
    store_run(store, "one", "", 3)
    put(f"validation/{KEYS[0]}/images.npy", 8 * MB, LONG_AGO)
    room = Room(store)
    assert room.warning == ""
    room.check("somebody")
    assert room.usage().total < 4 * MB
    store.close()


def test_runs_near_the_limit_are_told_and_at_the_limit_no_new_one_starts() -> None:
    store = RunStore()
    store_run(store, "one", "", 9.2)
    room = Room(store)
    assert "take 9.3 MB on disk, and 10 MB is the limit" in room.warning
    assert "delete RUN" in room.warning
    room.check("")
    store_run(store, "two", "", 1)
    with pytest.raises(NoRoom, match=r"takes 10 MB .* 10 MB is .*PLAYGROUND_DISK_GB.* no new run"):
        Room(store).check("")
    assert {run.info.run_id for run in store.runs()} == {"one", "two"}
    store.close()


def test_what_was_deleted_goes_once_its_room_is_needed_and_not_before() -> None:
    store = RunStore()
    store_run(store, "one", "", 6)
    store.change("one", deleted_at=time.time())
    Room(store).check("")
    assert run_folder("one").exists()
    store_run(store, "two", "", 5)
    Room(store).check("")
    assert not run_folder("one").exists()
    assert run_folder("two").exists()
    store.close()


def test_where_several_people_have_runs_each_has_a_quarter_and_the_operator_all() -> None:
    store = RunStore()
    store_run(store, "one", "ada", 2.6)
    store_run(store, "two", "", 0.1)
    assert Room(store).share_text("ada") == ""
    Room(store).check("ada")  # alone with the operator
    store_run(store, "three", "ben", 2.3)
    room = Room(store)
    assert room.share_text("ben").startswith(
        "Your runs take 2.3 MB of the 2.5 MB that are for you:"
    )
    assert room.share_text("cem") == ""
    for owner in ("ben", "cem", ""):
        room.check(owner)
    with pytest.raises(NoRoom, match=r"Your runs take 2\.6 MB .* 2\.5 MB, a quarter .* some of yo"):
        room.check("ada")
    store.change("one", deleted_at=time.time())
    room.check("ada")
    store.close()


def test_a_page_starts_no_run_where_there_is_no_room() -> None:
    class Silent:
        def __init__(self, *_: object) -> None: ...

        def send(self, command: object) -> None: ...

        def close(self) -> None: ...

        kill = close

    store = RunStore()
    store_run(store, "one", "", 11)
    service = TrainingService(Silent, store)
    assert "no new run starts" in service.warning
    with pytest.raises(NoRoom, match="no new run starts"):
        service.submit(experiment(), owner="me")
    assert [run.info.run_id for run in service.runs()] == ["one"]
    service.close()
