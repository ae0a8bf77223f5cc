"""export and import: every format, opened by the tool that reads it; nothing half-written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pandas as pd
import pytest
import safetensors.torch
import torch
from carded import card_of, keep_run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import use_few_digits

from playground.__main__ import main
from playground.commands.export import WRITERS
from playground.errors import PlaygroundError
from playground.export.formats import FORMATS
from playground.export.numbers import BATCH_TAG, TAGS
from playground.export.taken import check_taking, chosen_epoch, kept_epochs
from playground.run.home import home
from playground.service.store.store import RunStore

SMALL = ("--set=data.training_images=60", "--set=training.epochs=3", "--set=training.batch_size=16")


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trained")


@pytest.fixture(scope="module")
def trained(trained_home: Path) -> str:
    """Return the id of a run that is trained once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(trained_home))
        use_few_digits(patch)
        assert main(["train", *SMALL]) == 0
        return RunStore().runs()[0].info.run_id


@pytest.fixture(autouse=True)
def in_its_home(
    request: pytest.FixtureRequest, trained_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_few_digits(monkeypatch)
    if "trained" in request.fixturenames:
        monkeypatch.setenv("PLAYGROUND_HOME", str(trained_home))


def _opens_script(file: Path) -> None:
    compile(file.read_text(), file.name, "exec")


def _opens_notebook(file: Path) -> None:
    nbformat.validate(nbformat.read(file, as_version=4))  # type: ignore[no-untyped-call]


def _opens_events(file: Path) -> None:
    assert "tfevents" in file.name
    events = EventAccumulator(str(file))
    events.Reload()
    assert {*events.Tags()["scalars"]} == {*TAGS.values(), BATCH_TAG}
    losses = events.Scalars("loss/validation")
    epochs = RunStore().runs()[0].snapshot.epochs
    assert [each.step for each in losses] == [1, 2, 3]
    assert [each.value for each in losses] == pytest.approx([e.validation_loss for e in epochs])
    assert b"digits" in events.Tensors("experiment")[0].tensor_proto.string_val[0]


def _opens_card(file: Path) -> None:
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("experiment.json"))["training"]["epochs"] == 3
        assert b"torch" in archive.read("script.py")
        assert archive.read("mistakes/01.png").startswith(b"\x89PNG")


OPENED: dict[str, Callable[[Path], object]] = {
    "script": _opens_script,
    "notebook": _opens_notebook,
    "safetensors": lambda file: safetensors.torch.load_file(file)["1.weight"],
    "pt": lambda file: torch.load(file, weights_only=True)["1.weight"],
    "exported": lambda file: torch.export.load(file).module()(torch.zeros(3, 1, 8, 8)),
    "onnx": lambda file: __import__("onnx").checker.check_model(str(file)),
    "csv": lambda file: pd.read_csv(file)["validation loss"][2],
    "tensorboard": _opens_events,
    "card": _opens_card,
}


def test_every_format_has_what_makes_it() -> None:
    assert list(WRITERS) == FORMATS.names == list(OPENED)


@pytest.mark.parametrize("name", FORMATS.names)
def test_each_format_is_opened_by_the_tool_that_reads_it(
    name: str, trained: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", trained, "--as", name, "--to", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    [file] = tmp_path.glob("*")
    assert said["file"] == str(file)
    assert said["bytes"] == file.stat().st_size
    assert said["epoch"] == (3 if FORMATS[name].of_weights else None)
    OPENED[name](file)
    if name == "onnx":
        assert "differ by at most" in said["words"][0]


def test_a_file_that_is_there_stays_unless_it_is_forced(
    trained: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("mine")
    arguments = ["export", trained, "--as", "csv", "--to", str(file)]
    assert main(arguments) == 1
    assert "left as it is" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert main([*arguments, "--force"]) == 0
    assert file.read_text() != "mine"
    assert main(["export", trained, "--as", "csv", "--to", str(file / "below")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize(
    ("name", "package"), [("onnx", "onnxscript"), ("tensorboard", "tensorboard")]
)
def test_a_package_that_is_missing_is_asked_for(
    name: str, package: str, trained: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["export", trained, "--as", name, "--to", str(tmp_path)]) == 1
    assert "Install with: pip install" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_epochs_are_named_and_those_not_kept_are_told(trained: str) -> None:
    run = RunStore().load(trained)
    kept = kept_epochs(run)
    assert chosen_epoch(run, "last") == 3
    assert run.snapshot.best
    assert chosen_epoch(run, "best") == run.snapshot.best.epoch
    assert chosen_epoch(run, str(kept[0])) == kept[0]
    for wanted in ("0", "4", "½", "first", "9" * 20):
        with pytest.raises(PlaygroundError, match="Choose an epoch that is"):
            chosen_epoch(run, wanted)


def test_what_nobody_may_take_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_run("gone")
    RunStore().change("gone", deleted_at=1.0)
    assert main(["export", "gone", "--as", "csv", "--to", str(tmp_path)]) == 1
    assert "deleted" in capsys.readouterr().err
    assert main(["export", "nobody", "--as", "csv", "--to", str(tmp_path)]) == 1
    with pytest.raises(SystemExit):
        main(["export", "gone", "--as", "cake"])


def test_a_mystery_is_not_given_away(trained: str) -> None:
    from dataclasses import replace

    run = RunStore().load(trained)
    hidden = run.snapshot.experiment.replace({"training.mystery": "K7QX"})
    run = replace(run, snapshot=replace(run.snapshot, experiment=hidden))
    with pytest.raises(PlaygroundError, match="hides a mystery"):
        check_taking(run, FORMATS["script"])
    check_taking(run, FORMATS["script"], revealed=True)
    card = WRITERS["card"](run, 0, is_told=False)
    with ZipFile(BytesIO(card.content)) as archive:
        assert "script.py" not in archive.namelist()
    assert "--spoil" in card.words[-1]


def test_a_card_is_imported_and_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "card.zip"
    file.write_bytes(card_of(keep_run()))
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "elsewhere"))
    assert main(["import", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["from"] == "source"
    [run] = RunStore().runs()
    assert run.info.run_id == said["run"]
    assert main(["import", str(file)]) == 0
    assert "not verified" in capsys.readouterr().out
    assert main(["resume", said["run"]]) == 1
    assert "imported from a run card" in capsys.readouterr().err
    assert main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["imported"]


def test_a_file_that_is_no_card_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "card.zip"
    file.write_bytes(b"PK\x03\x04 and no more")
    for name in (str(file), str(tmp_path / "nothing.zip"), str(tmp_path)):
        assert main(["import", name]) == 1
        assert "Traceback" not in capsys.readouterr().err
    assert not home().exists()
