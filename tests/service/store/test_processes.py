"""One home for many: several processes at once, and a home that can only be read."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import finish, start_process

from playground.experiment import Experiment
from playground.run.home import home
from playground.run.info import RunInfo
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.store.store import RunStore

NOBODY = 65_534


def fill(*ids: str) -> RunStore:
    store = RunStore()
    for run_id in ids:
        record = EpochRecord(1, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, 0.1, 1.0)
        snapshot = RunSnapshot(run_id, Experiment(), RunStatus.STOPPED, epochs=(record,))
        store.save(RunInfo(run_id, 1.0), snapshot)
    return store


# Saves a run again and again, and looks whether all that were there are.
_BUSY = textwrap.dedent(
    """
    import sys
    from playground.experiment import Experiment
    from playground.run.info import RunInfo
    from playground.run.snapshot import RunSnapshot
    from playground.service.store.store import RunStore

    name, store = sys.argv[1], RunStore()
    print("ready", flush=True)
    input()
    for number in range(25):
        found = {run.info.run_id for run in store.runs()}
        assert {"run-1", "run-2", "run-3"} <= found, found
        assert store.trouble == "", store.trouble
        store.save(RunInfo(name, 2.0), RunSnapshot(name, Experiment(), seconds=float(number)))
    assert store.load(name).snapshot.seconds == 24.0
    print("done", flush=True)
    sys.stdin.readline()
    """
)


@pytest.mark.slow
@pytest.mark.parametrize("beginning", ["whole", "missing", "damaged"])
def test_processes_that_open_a_home_at_once_all_find_all_runs(beginning: str) -> None:
    store = fill("run-1", "run-2", "run-3")
    store.close()
    if beginning == "missing":
        store.file.unlink()
    elif beginning == "damaged":
        store.file.write_bytes(store.file.read_bytes()[:5000])
    writers = [start_process("-c", _BUSY, f"own-{number}") for number in range(4)]
    for word in (b"ready\n", b"done\n"):
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdin is not None
            line = writer.stdout.readline()
            assert line == word, finish(writer)[2]
        if word == b"ready\n":
            for writer in writers:
                assert writer.stdin is not None
                writer.stdin.write(b"\n")
                writer.stdin.flush()
    found = {run.info.run_id: run.snapshot for run in RunStore().runs()}
    assert set(found) == {"run-1", "run-2", "run-3", *(f"own-{number}" for number in range(4))}
    assert all(found[f"own-{number}"].status is RunStatus.QUEUED for number in range(4))
    for writer in writers:
        assert finish(writer)[0] == 0
    assert len(list(home().glob("*.damaged-*"))) <= 1


@pytest.fixture
def open_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a home that everybody may enter, also where tests are run by root."""
    # Whoever looks has no rights of ours: every folder on the way must be open to all.
    places = (Path(place) for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"))
    place = next(
        place
        for place in places
        if all(each.stat().st_mode & 1 for each in [place, *place.parents])
    )
    folder = Path(tempfile.mkdtemp(dir=place))
    folder.chmod(0o755)
    monkeypatch.setenv("PLAYGROUND_HOME", str(folder / "home"))
    yield folder / "home"
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    shutil.rmtree(folder)


# All is imported before the process gives up the rights of root, if it has them.
_LOOKING = textwrap.dedent(
    f"""
    import os
    from playground.__main__ import main
    from playground.commands import runs
    from playground.errors import StoreUnavailable
    from playground.service.store.store import RunStore

    if os.geteuid() == 0:
        os.seteuid({NOBODY})
    status = main(["runs"])
    store = RunStore()
    print(status, [run.info.run_id for run in store.runs()])
    try:
        store.change("run-1", name="Mine")
    except StoreUnavailable as error:
        print(error)
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="folders there cannot be closed like this")
@pytest.mark.parametrize("how", ["closed properly", "under way", "without a database"])
def test_a_home_that_can_only_be_read_is_listed(how: str, open_home: Path) -> None:
    store = fill("run-1", "run-2")
    if how != "under way":
        store.close()
    if how == "without a database":
        store.file.unlink()
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(open_home)], check=True)
    before = sorted(path for path in open_home.rglob("*"))
    status, output, errors = finish(start_process("-c", _LOOKING))
    assert status == 0, errors
    *table, listed, refusal = output.splitlines()
    assert {row.split()[0] for row in table} == {"run", "run-1", "run-2"}
    assert listed == "0 ['run-1', 'run-2']"
    assert "not being stored" in refusal
    assert "not allowed" in refusal or "can only be read" in refusal
    assert sorted(path for path in open_home.rglob("*")) == before
