"""The command line keeps its runs: listed, watched, and gone on with after anything."""

from __future__ import annotations

import json
import random
import re
import signal
from typing import Any

import pytest
from processes import await_event, finish, start_process, wait_until
from tiny import use_few_digits

from playground.__main__ import main
from playground.engine.runs import execution
from playground.engine.runs.execution import execute
from playground.errors import DeviceUnavailable
from playground.experiment import Experiment
from playground.run.home import home, run_folder
from playground.run.info import RunInfo
from playground.run.records import EpochRecord
from playground.service import RunSnapshot, RunStatus
from playground.service.permission import OPERATOR, Person, may
from playground.service.store.store import RunStore

SMALL = ("--set", "data.training_images=60", "--set", "training.batch_size=16")
RESULTS = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "gradient_norm")


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def epochs(events: list[dict[str, Any]]) -> list[tuple[float, ...]]:
    return [tuple(line[key] for key in RESULTS) for line in events if line["event"] == "epoch"]


def call(
    capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0
) -> list[dict[str, Any]]:
    assert main([*arguments, "--json"]) == status
    return lines(capsys.readouterr().out)


def interrupt_after(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Press Ctrl-C once, when that epoch is done."""

    def interrupted(*arguments: Any, **options: Any) -> Any:
        for record in execute(*arguments, **options):
            yield record
            if isinstance(record, EpochRecord) and record.epoch == epoch:
                monkeypatch.setattr(execution, "execute", execute)
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(execution, "execute", interrupted)


def test_a_run_is_listed_with_what_it_reached(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "runs") == []
    started, *_, finished = call(capsys, "train", *SMALL, "--set", "training.epochs=3")
    call(capsys, "train", *SMALL, "--set", "training.epochs=1", "--set", "model.dropout=0.5")
    newest, run = call(capsys, "runs")
    assert newest["planned_epochs"] == 1
    assert run.pop("seconds") > 0
    assert run.pop("created").endswith("+00:00")
    assert run == {
        "run": started["run"],
        "name": "",
        "status": "finished",
        "dataset": "digits",
        "architecture": "mlp",
        "best_validation_accuracy": finished["best_validation_accuracy"],
        "best_epoch": finished["best_epoch"],
        "epochs": 3,
        "planned_epochs": 3,
        "recipe": "",
        "pitfalls": [],
        "mystery": None,
    }


def test_the_list_for_people_has_a_row_per_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == "No runs yet: python -m playground train starts one.\n"
    [started, *_] = call(capsys, "train", *SMALL, "--set", "training.epochs=2")
    RunStore().change(started["run"], name="My first")
    assert main(["runs"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["run", "status"]
    assert row.split()[:4] == [started["run"], "finished", "digits", "mlp"]
    assert "2/2" in row
    assert row.endswith("My first")


def test_a_run_belongs_to_the_operator_and_not_to_a_visitor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    [started, *_] = call(capsys, "train", *SMALL, "--set", "training.epochs=1")
    info = RunStore().load(started["run"]).info
    assert may(OPERATOR, "delete", info)
    assert not may(Person("a" * 24), "delete", info)


def test_no_name_gives_the_terminal_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    store = RunStore()
    snapshot = RunSnapshot("run-1", Experiment(), RunStatus.FINISHED)
    store.save(RunInfo("run-1", 1.0, "\x1b[2J\x9b31m\r\nrun-2  finished \u202eevil"), snapshot)
    (home() / "runs" / "\x1b]0;name\x07").mkdir()
    assert main(["runs"]) == 0
    shown = capsys.readouterr()
    _, row = shown.out.splitlines()
    assert row.endswith(r"\x1b[2J\x9b31m\r\nrun-2  finished \u202eevil")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown.out + shown.err)
    assert main(["resume", "\x1b[2J"]) == 1
    assert "\x1b" not in capsys.readouterr().err
    assert main(["runs", "--json"]) == 0  # JSON writes them out too
    assert "\x1b" not in capsys.readouterr().out


def test_a_run_with_pitfalls_is_marked_in_the_list_and_a_mystery_keeps_its_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pitfalls = ("--set", 'training.pitfalls=["sorted","softmax_twice"]')
    mystery = ("--set", "training.mystery=K7QF")
    one_epoch = (*SMALL, "--set", "training.epochs=1")
    call(capsys, "train", *one_epoch, *pitfalls)
    call(capsys, "train", *one_epoch, *mystery)
    hidden, marked = call(capsys, "runs")
    assert (marked["pitfalls"], marked["mystery"]) == (["softmax_twice", "sorted"], None)
    assert (hidden["pitfalls"], hidden["mystery"]) == ([], "K7QF")
    assert main(["runs"]) == 0
    _, hidden_row, marked_row = capsys.readouterr().out.splitlines()
    assert marked_row.endswith("⚠ Softmax before cross-entropy · ⚠ Never shuffled, sorted by class")
    assert hidden_row.endswith("⚠ mystery K7QF")


def test_a_run_that_was_stopped_goes_on_with_the_numbers_of_one_that_was_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (*SMALL, "--set", "training.epochs=5", "--set", "model.dropout=0.3")
    undisturbed = epochs(call(capsys, "train", *settings))
    interrupt_after(monkeypatch, epoch=2)
    before = call(capsys, "train", *settings, status=130)
    assert before[-1]["event"] == "stopped"
    run_id = before[0]["run"]
    assert call(capsys, "runs")[0]["status"] == "stopped"
    after = call(capsys, "resume", run_id)
    assert (after[0]["event"], after[0]["run"]) == ("started", run_id)
    assert epochs(before) + epochs(after) == undisturbed
    assert (after[-1]["event"], after[-1]["epochs"]) == ("finished", 5)
    stored = RunStore().load(run_id).snapshot
    assert stored.status is RunStatus.FINISHED
    assert [done.epoch for done in stored.epochs] == [1, 2, 3, 4, 5]
    assert stored.message == ""


def test_the_table_of_a_resumed_run_begins_where_it_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_after(monkeypatch, epoch=1)
    [started, *_] = call(capsys, "train", *SMALL, "--set", "training.epochs=2", status=130)
    assert main(["resume", started["run"]]) == 0
    what, _, so_far, second, end = capsys.readouterr().out.splitlines()
    assert what.startswith(f"Run {started['run']}: 4,810 parameters")
    assert so_far.strip() == "goes on after epoch 1"
    assert second.split()[0] == "2/2"
    assert end.startswith("Finished after 2 of 2 epochs.")


@pytest.mark.parametrize(
    "run_id", ["nobody", "../nobody", "", "-3fNo_Option-no1", "--fNoOptionAtAll"]
)
def test_a_run_that_is_not_known_exits_1_with_a_sentence(
    run_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resume", run_id, "--json"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "not known here" in shown.err
    assert shown.err.count("\n") == 1


def test_a_run_that_has_finished_is_not_resumed(capsys: pytest.CaptureFixture[str]) -> None:
    [started, *_] = call(capsys, "train", *SMALL, "--set", "training.epochs=1")
    assert main(["resume", started["run"], "--json"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "has finished 1 of 1 epochs: there is nothing left to resume" in shown.err


def test_an_experiment_that_cannot_be_leaves_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--set", "model.architecture=cnn_20_50"]) == 2
    capsys.readouterr()
    assert call(capsys, "runs") == []
    assert not list((home() / "runs").glob("*"))


def test_a_run_that_can_no_longer_be_here_keeps_what_it_had(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> Any:
        raise DeviceUnavailable("This machine has no such device.")
        yield

    interrupt_after(monkeypatch, epoch=1)
    [started, *_] = call(capsys, "train", *SMALL, "--set", "training.epochs=2", status=130)
    monkeypatch.setattr(execution, "execute", refused)
    assert main(["resume", started["run"]]) == 2
    snapshot = RunStore().load(started["run"]).snapshot
    assert (snapshot.status, len(snapshot.epochs)) == (RunStatus.FAILED, 1)
    monkeypatch.setattr(execution, "execute", execute)
    assert main(["resume", started["run"]]) == 0


def test_a_run_that_fails_is_kept_with_the_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise MemoryError
        yield

    monkeypatch.setattr(execution, "execute", broken)
    assert main(["train", *SMALL]) == 1
    [run] = RunStore().runs()
    assert run.snapshot.status is RunStatus.FAILED
    assert run.snapshot.message == capsys.readouterr().err.strip()


def test_a_store_that_cannot_be_written_is_told_once_and_the_run_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    home().parent.mkdir(parents=True, exist_ok=True)
    home().write_text("in the way")
    assert main(["train", *SMALL, "--set", "training.epochs=3", "--json"]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("Runs are not being stored") == 1
    assert shown.err.count("\n") == 1
    events = lines(shown.out)
    assert len(epochs(events)) == 3
    assert sum(event["event"] == "note" for event in events) == 1
    assert "not being stored" in events[-1]["problem"]
    assert main(["train", *SMALL, "--set", "training.epochs=1"]) == 1
    assert capsys.readouterr().out.endswith("Not all of it could be stored.\n")
    assert main(["runs"]) == 1
    assert "cannot be used" in capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_numbers_of_one_that_was_not() -> None:
    settings = ("--set", "training.epochs=60", "--set", "model.dropout=0.3", *SMALL)
    command = ("-m", "playground", "train", "--json", *settings)
    killed, undisturbed = start_process(*command), start_process(*command)
    run_id = await_event(killed, "started")["run"]
    wait_until(
        (run_folder(run_id) / f"probabilities-{random.randint(2, 15):04}.npy").exists, "epochs"
    )
    killed.send_signal(signal.SIGSTOP)  # it lives, but does not get ahead of what follows
    refused, _, told = finish(start_process("-m", "playground", "resume", run_id))
    assert refused == 1
    assert "is running in another process: stop it there first" in told
    killed.send_signal(signal.SIGKILL)
    finish(killed)
    store = RunStore()
    found = store.load(run_id).snapshot
    assert found.status is RunStatus.INTERRUPTED
    status, output, errors = finish(start_process("-m", "playground", "resume", run_id, "--json"))
    assert (status, errors) == (0, "")
    after = epochs(lines(output))
    whole = epochs(lines(finish(undisturbed)[1]))
    assert 0 < len(after) < 60
    assert after == whole[-len(after) :]
    stored = store.load(run_id).snapshot
    assert stored.status is RunStatus.FINISHED
    assert [tuple(getattr(done, key) for key in RESULTS) for done in stored.epochs] == whole


def test_listing_needs_no_pytorch() -> None:
    listing = "import sys; from playground.__main__ import main; main(['runs'])"
    status, output, _ = finish(start_process("-c", f"{listing}; print('torch' in sys.modules)"))
    assert (status, output.splitlines()[-1]) == (0, "False")
