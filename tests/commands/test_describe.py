from __future__ import annotations

import json
import subprocess
import sys

import pytest
from processes import start_process

from playground.__main__ import main
from playground.engine.runs import memory
from playground.engine.runs.preflight import preflight
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import hidden_pitfall


def test_json_has_the_parameters_and_every_layer(capsys: pytest.CaptureFixture[str]) -> None:
    setting = ("--set", "model.hidden_sizes=[32]", "--set", "data.dataset=mnist")
    assert main(["describe", *setting, "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert found["parameters"] == 784 * 32 + 32 + 32 * 10 + 10
    assert found["input_shape"] == [1, 28, 28]
    assert found["layers"][0]["output_shape"] == [784]
    assert found["layers"][-1]["output_shape"] == [10]
    assert found["layers"][-1]["parameters"] == 330
    assert sum(layer["parameters"] for layer in found["layers"]) == found["parameters"]
    assert all(layer["name"] for layer in found["layers"])
    assert found["memory_megabytes"] > 0


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_every_architecture_is_described_as_it_is(
    capsys: pytest.CaptureFixture[str], architecture: str
) -> None:
    changes = {"model.architecture": architecture, "data.dataset": "cifar10"}
    settings = [part for path, name in changes.items() for part in ("--set", f"{path}={name}")]
    assert main(["describe", *settings, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    summary = preflight(Experiment().chosen(changes))
    assert found["parameters"] == summary.parameters
    assert [(layer["name"], tuple(layer["output_shape"])) for layer in found["layers"]] == [
        (layer.name, layer.output_shape) for layer in summary.layers
    ]


def test_mirrored_digits_are_doubted_and_mirrored_shapes_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = []
    for dataset, name in (("digits", "crop_flip"), ("digits", "crop"), ("shapes", "crop_flip")):
        settings = ("--set", f"data.dataset={dataset}", "--set", f"data.augmentation={name}")
        assert main(["describe", *settings]) == 0
        told.append("mirrors half of the training images" in capsys.readouterr().out)
        assert main(["describe", *settings, "--json"]) == 0
        assert bool(json.loads(capsys.readouterr().out)["doubts"]) is told[-1]
    assert told == [True, False, False]


def test_what_several_devices_take_at_once_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ("--set", "training.devices=2", "--set", "training.device=cpu")
    assert main(["describe", *settings]) == 0
    assert "2 devices train it together: a step takes 128 images, 64 on each." in (
        capsys.readouterr().out
    )
    assert main(["describe", *settings, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["devices"], found["global_batch_size"]) == (2, 128)


def test_a_table_shows_shapes_as_people_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "MLP: 4,810 parameters"
    assert lines[2].split() == ["input", "1×8×8"]
    assert lines[-1].split()[-2:] == ["10", "650"]
    assert len({len(line) for line in lines[1:]}) == 1  # in columns


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["model.architecture=cnn_20_50"], "CNN 20-50 does not fit 8×8 images"),
        (["model.architecture=resnet"], "Did you mean resnet18?"),
        (["model.batch_norm=true", "training.batch_size=1"], "choose batch size 2 or more"),
    ],
)
def test_a_network_that_cannot_be_exits_2_with_a_sentence(
    capsys: pytest.CaptureFixture[str], settings: list[str], sentence: str
) -> None:
    assert main(["describe", *(part for text in settings for part in ("--set", text))]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_network_that_does_not_fit_in_memory_exits_2_with_what_would_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda device: 20_000_000)
    assert main(["describe", "--set", "model.hidden_sizes=[2048,2048]"]) == 2
    assert "of memory; 18 MB are free for it." in capsys.readouterr().err


def test_a_device_that_is_not_here_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "--set", "training.device=cuda:77"]) == 2
    assert "This machine has no device cuda:77" in capsys.readouterr().err


def test_complaints_and_help_come_without_loading_pytorch() -> None:
    code = (
        "import sys; from playground.__main__ import main\n"
        "assert main(['train', '--set', 'training.epochs=0']) == 2\n"
        "assert main(['describe', 'missing.json']) == 2\n"
        "assert 'torch' not in sys.modules and 'streamlit' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    process = start_process("-m", "playground", "describe")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # as `… | head -0` does
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(60) == 0


def test_pitfalls_are_marked_and_a_mystery_keeps_its_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = ("--set", 'training.pitfalls=["sorted"]')
    assert main(["describe", *chosen]) == 0
    assert capsys.readouterr().out.endswith("⚠ Never shuffled, sorted by class\n")
    assert main(["describe", *chosen, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["pitfalls"], found["mystery"]) == (["sorted"], None)
    hidden = ("--set", "training.mystery=K7QF")
    assert main(["describe", *hidden]) == 0
    text = capsys.readouterr().out
    assert text.endswith("⚠ mystery K7QF\n")
    assert hidden_pitfall("K7QF").label not in text
    assert main(["describe", *hidden, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["pitfalls"], found["mystery"]) == ([], "K7QF")
