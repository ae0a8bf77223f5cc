"""The script of any experiment: well-formed, and the engine's numbers to the last digit."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from brought import bring, bring_points, images
from mirror import BATCHES, PIXELS, RAW, put
from tiny import epochs, small_as_can_be, tiny
from torchvision.datasets import CIFAR10

from playground.engine.images.sources.dataset import Source
from playground.engine.machine.runtime import multiply_adds
from playground.engine.runs.inspection import describe
from playground.errors import InvalidExperiment, ModelDoesNotFit
from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import TRANSFER
from playground.export.script import changed_lines, data_file, notebook_of, script_of
from playground.export.script.network import NETWORKS, network
from playground.run import datasets, home

NUMBERS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
BOTH = {"model__dropout": 0.3, "model__batch_norm": True}
FEW = {"data.classes": ("1", "7"), "data.training_images": 12, "training.batch_size": 6}
SMALL_CNN = {"model__architecture": "simple_cnn", "model__hidden_sizes": (4, 8)}

# Those whose weights all come of the settings: a backbone's cannot be lines of a script.
WHOLE = [name for name in catalog.ARCHITECTURES.names if name != TRANSFER]


def entries(choices: Any, path: str, **others: Any) -> dict[str, Experiment]:
    return {f"{path}={each.name}": tiny(**{path: each.name}, **others) for each in choices}


SETUPS: dict[str, Experiment] = {
    **{name: small_as_can_be(name).replace(FEW) for name in WHOLE},
    **entries(catalog.ACTIVATIONS, "model__activation"),
    **entries(catalog.INITIALIZATIONS, "model__initialization", **SMALL_CNN),
    **entries(catalog.OPTIMIZERS, "optimizer__name", optimizer__weight_decay=0.01),
    **entries(catalog.SCHEDULES, "optimizer__schedule"),
    **entries(catalog.NORMALIZATIONS, "data__normalization", data__mean=(0.13,)),
    **entries(catalog.AUGMENTATIONS, "data__augmentation"),
    **entries(catalog.VALIDATIONS, "data__validation"),
    **entries(catalog.PRECISIONS, "training__precision", **SMALL_CNN),
    **entries(catalog.LOSSES, "training__loss"),
    **entries(catalog.TRAIN_ACCURACIES, "training__train_accuracy", **BOTH),
    **{
        f"pitfall {each.name}": tiny(training__pitfalls=(each.name,), **BOTH)
        for each in catalog.PITFALLS
    },
    "all pitfalls": tiny(
        training__pitfalls=tuple(catalog.PITFALLS.names),
        training__train_accuracy="after_epoch",
        **BOTH,
    ),
    "leaked test images": tiny(
        data__validation="official",
        data__classes=("1", "4", "7"),
        data__left_out=tuple(range(0, 1400, 3)),
        training__pitfalls=("leaked", "noisy_labels", "validated_in_train_mode"),
    ),
    "classes and images left out": tiny(
        data__classes=("1", "4", "7"), data__left_out=(3, 40, 41), training__pitfalls=("leaked",)
    ),
    "everything else": tiny(
        training__accumulation=3,
        training__batch_size=59,  # leaves one image, which batch norm cannot take alone
        training__seed=7,
        data__split_seed=5,
        data__augmentation="crop_flip",
        data__crop_shift=3,
        data__image_size=16,
        optimizer__name="sgd",
        optimizer__nesterov=True,
        optimizer__schedule="one_cycle",
        **SMALL_CNN,
        **BOTH,
    ),
    "in order": tiny(training__shuffle=False, optimizer__schedule="cosine", **BOTH),
    "a mystery": tiny(training__mystery="AB3D", training__device="auto"),
}


def run(source: str) -> list[tuple[float, ...]]:
    """Run a script, and return the numbers of each epoch that it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})
    head, *rows = printed.getvalue().splitlines()
    assert head.split() == ["epoch", *NUMBERS]
    assert [row.split()[0] for row in rows] == [str(each) for each in range(1, len(rows) + 1)]
    return [tuple(map(float, row.split()[1:])) for row in rows]


def recorded(experiment: Experiment) -> list[tuple[float, ...]]:
    return [tuple(getattr(each, name) for name in NUMBERS) for each in epochs(experiment)]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small data sets in their publishers' formats, and a folder to run scripts in."""
    folder = tmp_path / "data"
    for name in ("MNIST", "FashionMNIST", "KMNIST"):
        put(folder / name / "raw", RAW)
    batches = {"batches.meta": pickle.dumps({"label_names": []})}
    for number, name in enumerate(BATCHES):
        # What Python 2 wrote comes as bytes or as text, by who reads: here it is both.
        fields = {"data": PIXELS, "labels": [number] * 4}
        both = {**fields, **{key.encode(): fields[key] for key in fields}}
        batches[name] = pickle.dumps(both, protocol=2)
    put(folder / "cifar-10-batches-py", batches)
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(folder))
    monkeypatch.setattr(CIFAR10, "_check_integrity", lambda self: True)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SETUPS)
def test_a_script_comes_to_the_engines_losses(name: str) -> None:
    experiment = SETUPS[name]
    assert run(script_of(experiment)) == recorded(experiment)


@pytest.mark.parametrize("name", catalog.DATASETS.built_in)
@pytest.mark.parametrize("validation", catalog.VALIDATIONS.names)
def test_a_script_reads_the_data_set_as_the_engine_does(
    name: str, validation: str, files: Path
) -> None:
    if name == "shapes":
        random = np.random.default_rng(0)
        images = random.integers(0, 256, (10_000, 3, 32, 32), dtype=np.uint8)
        kept = home.cache_folder() / "shapes-v1.npz"
        kept.parent.mkdir(parents=True)
        np.savez(kept, images=images, labels=np.arange(10_000) % 10)
        (files / "shapes.npz").symlink_to(kept)
    experiment = tiny(
        data__dataset=name,
        data__training_images=None if name == "cifar10" else 20,
        data__validation=validation,
        model__architecture="linear",
        training__batch_size=8,
        data__validation_share=0.05,
    )
    assert run(script_of(experiment)) == recorded(experiment)


@pytest.mark.parametrize("normalization", catalog.NORMALIZATIONS.names)
def test_a_script_reads_what_a_person_brought(normalization: str, files: Path) -> None:
    entry = bring_points()
    experiment = tiny(
        data__dataset=entry.name, data__normalization=normalization, data__training_images=None
    )
    assert data_file(experiment) == "points.npz"
    (files / "points.npz").symlink_to(datasets.arrays_file(entry.name))
    assert run(script_of(experiment)) == recorded(experiment)


def test_a_script_resizes_wide_images_and_shifts_them_by_their_own_eighths(files: Path) -> None:
    entry = bring("wide", Source(images(60, 12, 30, 3), images(20, 12, 30, 3)), label='"""\\ x')
    experiment = tiny(
        data__dataset="wide",
        data__training_images=None,
        data__image_size=8,
        data__augmentation="crop_flip",
        training__batch_size=10,
        **SMALL_CNN,
    )
    (files / "wide.npz").symlink_to(datasets.arrays_file(entry.name))
    assert run(script_of(experiment)) == recorded(experiment)


def test_every_script_is_formatted_and_clean(tmp_path: Path) -> None:
    for place, (name, experiment) in enumerate(SETUPS.items()):
        source = script_of(experiment)
        assert len(source.splitlines()) < 180, name
        (tmp_path / f"script_{place}.py").write_text(source)
    for arguments in (
        ["format", "--check", "--isolated", "--line-length", "100"],
        ["check", "--isolated", "--line-length", "100", "--select", "E,F,W,I,B,UP,SIM,C4,PIE"],
    ):
        command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_scripts_import_torch_and_torchvision_and_name_their_pitfalls() -> None:
    for name, experiment in SETUPS.items():
        source = script_of(experiment)
        tops = {
            top.partition(".")[0]
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for top in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [node.names[0].name]
            )
        }
        # The images of Digits come with scikit-learn.
        assert tops - sys.stdlib_module_names <= {"torch", "torchvision", "sklearn"}
        has_pitfall = bool(experiment.training.pitfalls or experiment.training.mystery)
        assert ("# Pitfall: " in source) == has_pitfall, name


def test_the_notebook_is_valid_and_its_cells_are_the_script() -> None:
    experiment = SETUPS["everything else"]
    notebook = nbformat.reads(notebook_of(experiment), as_version=4)
    nbformat.validate(notebook)
    assert json.loads(notebook_of(experiment))["nbformat"] == 4
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert run("\n\n".join(cells)) == recorded(experiment)


@pytest.mark.parametrize("size", [None, 32])
@pytest.mark.parametrize("name", WHOLE)
def test_the_work_of_a_network_is_counted_as_the_engine_does(name: str, size: int | None) -> None:
    experiment = (
        small_as_can_be(name)
        if size is None
        else tiny(model__architecture=name, data__image_size=size, **BOTH)
    )
    side = experiment.data.image_size or 8
    made = network(experiment.model, (1, side, side), 10)
    assert made.multiply_adds == multiply_adds(describe(experiment, (1, side, side), 10, (60, 9)))


def test_what_no_script_has_lines_for_is_told() -> None:
    with pytest.raises(InvalidExperiment, match="another architecture than Transfer"):
        script_of(tiny(model__architecture=TRANSFER))
    with pytest.raises(InvalidExperiment, match="and 2 are asked for: set devices to 1"):
        script_of(tiny(training__devices=2))


def test_a_network_that_does_not_fit_is_told() -> None:
    with pytest.raises(ModelDoesNotFit, match="5×5 pixels meets 2×2"):
        script_of(tiny(model__architecture="cnn_20_50"))


def test_a_choice_that_no_script_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(NETWORKS, "mlp")
    with pytest.raises(InvalidExperiment, match="The architecture mlp has no lines"):
        script_of(tiny())


def test_the_lines_that_a_change_touches_are_found() -> None:
    before, after = (script_of(tiny(optimizer__learning_rate=rate)) for rate in (0.001, 0.01))
    lines = after.splitlines()
    assert [lines[place].split("(")[0] for place in changed_lines(before, after)] == [
        "optimizer = torch.optim.Adam"
    ]
    assert not changed_lines(before, before)
    wider = script_of(tiny(model__hidden_sizes=(64, 32)))
    added = [wider.splitlines()[place].strip() for place in sorted(changed_lines(before, wider))]
    assert added == ["nn.Linear(64, 32),", "nn.ReLU(),", "nn.Linear(32, 10),"]
