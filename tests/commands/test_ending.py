"""`stop` and `delete` end a run, whichever process trains it; and so does a page."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator

import pytest
from processes import await_event, finish, start_process, wait_until
from tiny import tiny

from playground.__main__ import main
from playground.commands import ending
from playground.run.home import run_folder
from playground.run.info import RunInfo
from playground.run.stopping import ask_to_stop, is_asked_to_stop
from playground.service import RunSnapshot, RunStatus, TrainingService
from playground.service.store.store import RunStore

ENDLESS = ("--set", "training.epochs=1000", "--set", "training.batch_size=1")
ENDLESS_RUN = tiny(training__epochs=1000, training__batch_size=1)
TRAIN = ("-m", "playground", "train", "--json", *ENDLESS)


@pytest.fixture
def service() -> Iterator[TrainingService]:
    service = TrainingService()
    yield service
    service.close()


def test_stop_ends_what_another_command_trains_and_delete_removes_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    process = start_process(*TRAIN)
    run_id = await_event(process, "started")["run"]
    await_event(process, "epoch")
    assert main(["stop", run_id, "nonsense"]) == 1
    status, output, errors = finish(process)
    assert (status, errors) == (130, "")
    assert '"event": "stopped"' in output.splitlines()[-1]
    [run] = RunStore().runs()
    assert (run.snapshot.status, run.snapshot.epochs == ()) == (RunStatus.STOPPED, False)
    assert main(["stop", run_id]) == 0
    assert main(["delete", run_id]) == 0
    shown = capsys.readouterr()
    assert [line.removeprefix(run_id)[:16] for line in shown.out.splitlines()] == [
        " is stopped afte",
        " was over before",
        " is deleted: " + shown.out.partition("deleted: ")[2][:3],
    ]
    assert shown.err.startswith("nonsense: This run is not known here")
    assert RunStore().runs() == []
    assert not run_folder(run_id).exists()


def test_the_operator_ends_what_a_servers_worker_trains_and_what_is_paused_there(
    service: TrainingService,
) -> None:
    trained, paused, unwanted = (service.submit(ENDLESS_RUN) for _ in range(3))
    service.control(paused, "pause")
    for run_id in (trained, unwanted):
        wait_until(lambda run_id=run_id: service.snapshot(run_id).epochs, "an epoch")
    wait_until(lambda: service.snapshot(paused).status is RunStatus.PAUSED, "the pause")
    status, output, errors = finish(start_process("-m", "playground", "stop", trained, paused))
    assert (status, errors) == (0, "")
    assert output.count(" is stopped after ") == 2
    assert main(["delete", unwanted]) == 0
    wait_until(
        lambda: {run.info.run_id for run in service.runs()} == {trained, paused}, "what is left"
    )
    seen = len(service.snapshot(trained).epochs)
    service.control(trained, "resume")  # what was asked of it before is not asked of it now
    wait_until(lambda: len(service.snapshot(trained).epochs) > seen + 1, "more epochs")
    service.control(trained, "stop")


def test_a_page_deletes_what_the_command_line_trains_and_can_have_it_back(
    service: TrainingService,
) -> None:
    process = start_process(*TRAIN)
    run_id = await_event(process, "started")["run"]
    await_event(process, "epoch")
    service.change(run_id, deleted_at=time.time())
    status, output, _ = finish(process)
    assert status == 130
    assert '"event": "stopped"' in output.splitlines()[-1]
    assert service.runs() == []
    service.change(run_id, deleted_at=None)
    [found] = service.runs()
    assert found.snapshot.status is RunStatus.STOPPED
    assert found.snapshot.epochs


def test_where_nobody_answers_that_is_told_and_a_deleted_run_is_in_no_list(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_PATIENCE", 0.0)
    store = RunStore()  # holds the run, and hears nothing
    for run_id in ("one", "two"):
        store.save(RunInfo(run_id, 1.0), RunSnapshot(run_id, tiny(), RunStatus.RUNNING))
    assert main(["stop", "one"]) == 1
    assert main(["delete", "two"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert all(
        "running in another process, which has not answered for 0 s" in line for line in told
    )
    assert [run.info.run_id for run in store.runs()] == ["one"]
    assert run_folder("two").exists()
    store.close()
    assert main(["delete", "one", "two"]) == 0  # its process is gone
    assert not run_folder("two").exists()


def test_a_request_is_for_one_claim_and_goes_with_it() -> None:
    folder = run_folder("one")
    ask_to_stop(folder, 3)
    assert is_asked_to_stop(folder, 3)
    assert not is_asked_to_stop(folder, 4)
    assert not is_asked_to_stop(folder, 3)
    for make in (os.mkfifo, os.mkdir):  # neither is waited for
        make(folder / "stop")
        assert not is_asked_to_stop(folder, 3)
        shutil.move(folder / "stop", folder / make.__name__)
