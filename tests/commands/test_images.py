"""The command line trains on images of one's own, and says which data sets there are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from brought_files import two_classes, write_files, write_zip

from playground.__main__ import main
from playground.experiment.catalog import DATASETS
from playground.own import library
from playground.run.home import home
from playground.service.store.store import RunStore

SHORT = ("--set", "training.epochs=1", "--set", "training.batch_size=8")


def datasets(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert main(["datasets", "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_folder_is_trained_on_and_found_again_as_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {**two_classes(10), "cat/notes.txt": b"x"}
    folder = write_files(tmp_path / "My pets", files)
    assert main(["train", "--images", str(folder), *SHORT, "--json"]) == 0
    output, told = capsys.readouterr()
    started, *_ = map(json.loads, output.splitlines())
    (own,) = [row for row in datasets(capsys) if row["owner"] == "operator"]
    assert f"Data set {own['dataset']} (My pets) made" in told
    assert "1 left out, such as cat/notes.txt: It is no PNG" in told
    assert (started["class_names"], started["dataset_label"]) == (["cat", "dog"], "My pets")
    assert started["dataset_content"] == own["fingerprint"]
    assert (own["training_images"], own["test_images"], own["here"]) == (16, 4, True)
    archive = write_zip(tmp_path / "again.zip", files)
    assert main(["train", "--images", str(archive), *SHORT]) == 0
    assert f"Data set {own['dataset']} (My pets) found again" in capsys.readouterr().err
    runs = RunStore().runs()
    assert {run.snapshot.experiment.data.dataset for run in runs} == {own["dataset"]}
    assert not list((home() / "imports").iterdir())
    library.delete(str(own["dataset"]))
    assert main(["runs"]) == 0
    assert capsys.readouterr().out.count(str(own["dataset"])) == 2
    assert main(["train", "--set", f"data.dataset={own['dataset']}", *SHORT]) == 1
    assert "is no longer here: choose another one" in capsys.readouterr().err


def test_all_data_sets_are_listed_with_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    rows = datasets(capsys)
    assert [row["dataset"] for row in rows] == list(DATASETS.built_in)
    assert {row["dataset"] for row in rows if row["here"]} == {"digits", "shapes"}
    assert main(["datasets"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows) + 1


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "There is nothing at"), (b"PK\3\4 no archive", "no zip archive, or it is damaged")],
)
def test_what_cannot_be_read_is_told_and_nothing_is_trained(
    content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content:
        (tmp_path / "a.zip").write_bytes(content)
    assert main(["train", "--images", str(tmp_path / "a.zip"), *SHORT]) == 2
    assert words in capsys.readouterr().err
    assert not (home() / "playground.db").exists()
