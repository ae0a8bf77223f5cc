from __future__ import annotations

import io
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from processes import await_event, finish, install_misfitting_torchvision, start_process
from tiny import results, tiny, use_few_digits

from playground.__main__ import main
from playground.commands import train
from playground.engine.runs import execution
from playground.engine.runs.execution import execute
from playground.run.records import PreparationRecord, TurnRecord, best_by_accuracy
from playground.service import RunStatus
from playground.service.store.store import RunStore

TINY = ("--set", "data.training_images=60", "--set", "training.batch_size=16")
HEAD = ["epoch", "train", "loss", "accuracy", "valid.", "loss", "accuracy", "seconds"]
SHORT = (*TINY, "--set", "training.epochs=2")


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


def interrupt_at(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """Press Ctrl-C before the record with this number; turns of observers are none."""

    def interrupted(*arguments: Any, **options: Any) -> Iterator[object]:
        number = 0
        for record in execute(*arguments, **options):
            if number == place:
                signal.raise_signal(signal.SIGINT)
            number += not isinstance(record, TurnRecord)
            yield record

    monkeypatch.setattr(execution, "execute", interrupted)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_json_has_an_object_per_epoch_and_a_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *SHORT, "--json"]) == 0
    started, *epochs, finished = lines(capsys)
    assert (started["event"], started["training_images"]) == ("started", 60)
    assert [line["event"] for line in epochs] == ["epoch", "epoch"]
    assert [line["epoch"] for line in epochs] == [1, 2]
    expected = results(list(execute(tiny())))
    keys = (
        "epoch",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
        "gradient_norm",
        "update_ratio",
    )
    assert [tuple(line[key] for key in keys) for line in epochs] == expected
    assert all(line["seconds"] > 0 for line in epochs)
    best = max(epochs, key=lambda line: line["validation_accuracy"])
    assert finished == {
        "event": "finished",
        "epochs": 2,
        "best_epoch": best["epoch"],
        "best_validation_accuracy": best["validation_accuracy"],
    }


def test_a_table_has_a_row_per_epoch_and_says_which_was_best(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", *SHORT]) == 0
    shown = capsys.readouterr()
    what, head, first, second, end = shown.out.splitlines()
    [run] = RunStore().runs()
    assert what == (
        f"Run {run.info.run_id}: 4,810 parameters, 60 training and 15 validation images, on cpu"
    )
    assert head.split() == HEAD
    assert first.split()[0] == "1/2"
    assert second.split()[0] == "2/2"
    best = best_by_accuracy([record for record in execute(tiny()) if hasattr(record, "train_loss")])
    assert best is not None
    assert end == (
        f"Finished after 2 of 2 epochs. Best by validation accuracy: epoch {best.epoch} with "
        f"{100 * best.validation_accuracy:.2f} %."
    )
    assert shown.err == ""  # no bar where nobody watches


def test_whoever_watches_sees_a_bar_that_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert main(["train", *SHORT]) == 0
    bar = terminal.getvalue()
    for text in ("Loading Digits", "50 %  epoch 1/2", "validating epoch 2"):
        assert text in bar
    assert bar.endswith("\r\033[K")
    assert "█" not in capsys.readouterr().out


def test_settings_come_from_the_file_and_set_overrules_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "experiment.json"
    file.write_text(json.dumps({"training": {"epochs": 3, "seed": 4}}))
    assert main(["train", str(file), *SHORT, "--json"]) == 0
    epochs = [line for line in lines(capsys) if line["event"] == "epoch"]
    assert len(epochs) == 2
    expected = results(list(execute(tiny(training__seed=4))))
    assert [line["train_loss"] for line in epochs] == [numbers[1] for numbers in expected]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "training.epochs=0"], "Epochs 0 is too small"),
        (["--set", "training.epoch=5"], 'Unknown setting "training.epoch"'),
        (["--set", "epochs"], '"epochs" sets nothing'),
        (["--set", "data.dataset=dogs"], 'Unknown data set "dogs"'),
        (["missing.json"], "The file missing.json cannot be read: No such file"),
        (["/dev/zero"], "The file /dev/zero is larger than 1,000,000 bytes, the most"),
        (["--set", "model.batch_norm=true", "--set", "training.batch_size=1"], "batch size 2"),
        (["--set", "model.architecture=cnn_20_50"], "CNN 20-50 does not fit 8×8 images"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_experiment_that_cannot_be_exits_2_with_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str, form: list[str]
) -> None:
    assert main(["train", *arguments, *form]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


DIVERGING = (
    *("--set", "model.hidden_sizes=[32,32,32]", "--set", "data.normalization=none"),
    *("--set", "optimizer.name=sgd", "--set", "optimizer.learning_rate=10"),
    *("--set", "data.training_images=60", "--set", "training.batch_size=4"),
)


def test_a_run_that_fails_exits_1_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *DIVERGING, "--json"]) == 1
    shown = capsys.readouterr()
    last = json.loads(shown.out.splitlines()[-1])
    assert (last["event"], last["best_epoch"]) == ("failed", None)
    assert last["message"] + "\n" == shown.err
    assert "likely too high, try 1." in shown.err


def test_an_error_in_the_app_exits_1_with_a_sentence_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> Iterator[object]:
        yield PreparationRecord("Loading")
        raise KeyError("weights")

    monkeypatch.setattr(execution, "execute", broken)
    assert main(["train", *SHORT]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == "Training stopped because of an error in the app (KeyError: 'weights')."


@pytest.mark.parametrize(("place", "epochs"), [(0, 0), (4, 0), (31, 1), (32, 1)])
def test_ctrl_c_ends_a_run_cleanly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: int, epochs: int
) -> None:
    batches = ("--set", "training.batch_size=3")  # 20 batches and one of validation an epoch
    interrupt_at(monkeypatch, place)
    assert main(["train", *SHORT, *batches, "--json"]) == 130
    shown = capsys.readouterr()
    last = json.loads(shown.out.splitlines()[-1])
    assert (last["event"], last["epochs"]) == ("stopped", epochs)
    assert last["best_epoch"] == (1 if epochs else None)
    assert shown.err == ""
    [run] = RunStore().runs()
    assert (run.info.run_id, run.snapshot.status) == (last["run"], RunStatus.STOPPED)
    assert len(run.snapshot.epochs) == epochs

    interrupt_at(monkeypatch, place)
    assert main(["train", *SHORT, *batches]) == 130
    *_, end, way_on = capsys.readouterr().out.splitlines()
    assert end.startswith(f"Stopped after {epochs} of 2 epochs.")
    stopped = RunStore().runs()[0].info.run_id
    assert way_on == f"Go on with: python -m playground resume {stopped}"
    monkeypatch.setattr(execution, "execute", execute)
    assert main(["resume", stopped]) == 0


def test_ctrl_c_at_the_last_record_finds_a_run_that_has_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    records = len(list(execute(tiny(), tmp_path / "run")))
    interrupt_at(monkeypatch, records - 1)
    assert main(["train", *SHORT, "--json"]) == 0
    assert lines(capsys)[-1]["event"] == "finished"


def test_waiting_for_a_download_does_not_keep_the_processor_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def downloading(*arguments: Any, **options: Any) -> Iterator[object]:
        for count in range(5):
            yield PreparationRecord("Downloading", count / 5, waiting=True)
        yield from execute(*arguments, **options)

    naps: list[float] = []
    monkeypatch.setattr(execution, "execute", downloading)
    monkeypatch.setattr(train, "time", SimpleNamespace(sleep=naps.append))
    assert main(["train", *SHORT, "--json"]) == 0
    assert len(naps) == 5
    assert all(nap > 0 for nap in naps)


def test_numbers_that_json_does_not_have_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    train.print_json({"gradient_norm": float("inf"), "loss": float("nan"), "epoch": 1})
    assert capsys.readouterr().out == '{"gradient_norm": null, "loss": null, "epoch": 1}\n'


def test_the_process_hears_ctrl_c() -> None:
    process = start_process("-m", "playground", "train", "--json", "--set", "training.epochs=1000")
    await_event(process, "epoch")
    process.send_signal(signal.SIGINT)
    status, output, errors = finish(process)
    assert (status, errors) == (130, "")
    last = json.loads(output.splitlines()[-1])
    assert last["event"] == "stopped"
    assert 1 <= last["epochs"] < 1000


def test_a_torchvision_that_misfits_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    path = install_misfitting_torchvision(tmp_path / "packages")
    processes = [
        start_process("-m", "playground", command, path=path) for command in ("train", "describe")
    ]
    for process in processes:
        status, output, errors = finish(process)
        assert (status, output) == (1, "")
        assert errors.startswith("PyTorch does not load here: torch ")
        assert "torchvision 0.99.0 do not fit each other" in errors
        assert errors.endswith("with: pip install -r requirements.txt\n")
        assert errors.count("\n") == 1


def test_a_run_with_a_pitfall_is_marked_from_its_first_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = ['--set=training.pitfalls=["softmax_twice"]', "--set=training.epochs=1"]
    assert main(["train", *settings]) == 0
    assert "⚠ Softmax before cross-entropy" in capsys.readouterr().out
    assert main(["train", "--json", *settings]) == 0
    started = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (started["pitfalls"], started["mystery"]) == (["softmax_twice"], None)
