from __future__ import annotations

import os
import pickle
import random
import re
from pathlib import Path

import numpy as np
import pytest

from playground.errors import UnknownRun
from playground.run.artifacts import Array, Artifact
from playground.run.folder import RunFolder
from playground.run.home import new_run_id, run_folder
from playground.run.image_sets import ImageSet
from playground.run.ownership import claim_in

ONE = (np.arange(6, dtype=np.float16) / 128).reshape(2, 3)
SEVERAL = {"layers.0.weight": np.eye(3, dtype=np.float32), "count": np.array(7)}


def test_artifacts_come_back_as_they_were_put_by_name_and_epoch(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "new")
    assert folder.epochs("probabilities") == []
    for epoch in (12, 3):
        folder.put(Artifact("probabilities", epoch, ONE * epoch))
    folder.put(Artifact("weights", 3, SEVERAL))
    assert folder.epochs("probabilities") == [3, 12]
    assert folder.epochs("weights") == [3]
    found = folder.array("probabilities", 12)
    assert found is not None
    assert found.dtype == np.float16
    assert np.array_equal(found, ONE * 12)
    weights = folder.arrays("weights", 3)
    assert weights is not None
    assert {name: array.tolist() for name, array in weights.items()} == {
        name: array.tolist() for name, array in SEVERAL.items()
    }
    folder.remove("weights", 3)
    folder.remove("weights", 4)
    assert folder.epochs("weights") == []
    assert folder.arrays("weights", 3) is None
    assert folder.array("probabilities", 4) is None


@pytest.mark.parametrize("array", [np.full((2, 3), 1.5, np.float16), np.zeros((2, 3)), np.zeros(6)])
def test_probabilities_that_are_none_are_as_good_as_none(tmp_path: Path, array: Array) -> None:
    folder = RunFolder(tmp_path)
    folder.put(Artifact("probabilities", 1, array))
    assert folder.array("probabilities", 1) is None


def test_an_id_can_be_read_out_and_typed() -> None:
    ids = {new_run_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(re.fullmatch("[0-9a-hjkmnp-tv-z]{10}", run_id) for run_id in ids)
    assert all(run_folder(run_id).name == run_id for run_id in ids)


def test_a_large_image_set_is_read_as_it_is_looked_at(playground_home: Path) -> None:
    images = ImageSet("validation", "key")
    images.put({"images": np.zeros((3, 1_000_000), np.uint8), "labels": np.arange(3)})
    assert isinstance(images.array("images"), np.memmap)
    labels = images.array("labels")
    assert labels is not None
    assert labels.tolist() == [0, 1, 2]
    assert images.array("indices") is None
    assert ImageSet("validation", "../validation/key").array("labels") is None


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"PK\x03\x04", b"no numbers", pickle.dumps({"run": "nothing"})]
)
def test_what_is_no_array_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "probabilities-0001.npy").write_bytes(content)
    (tmp_path / "weights-0001.npz").write_bytes(content)
    assert RunFolder(tmp_path).array("probabilities", 1) is None
    assert RunFolder(tmp_path).arrays("weights", 1) is None


def test_damaged_weights_are_as_good_as_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.put(Artifact("weights", 1, {**SEVERAL, "turned": np.asfortranarray(np.ones((2, 3)))}))
    known = folder.arrays("weights", 1)
    assert known is not None
    [file] = tmp_path.iterdir()
    whole, chance, refused = file.read_bytes(), random.Random(0), 0
    for _ in range(1000):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        file.write_bytes(
            content[: chance.randrange(len(content)) if chance.random() < 0.2 else None]
        )
        found = folder.arrays("weights", 1)
        refused += found is None
        for name, array in (found or {}).items():
            assert name not in known or np.array_equal(array, known[name])
    assert refused > 500


def test_what_is_packed_takes_no_room(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "weights-0001.npz", bomb=np.zeros(1_000_000))
    assert RunFolder(tmp_path).arrays("weights", 1) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes there")
def test_nobody_waits_for_a_pipe_in_place_of_a_file(tmp_path: Path) -> None:
    for name in ("probabilities-0001.npy", "weights-0001.npz", "fence"):
        os.mkfifo(tmp_path / name)
    assert RunFolder(tmp_path).array("probabilities", 1) is None
    assert RunFolder(tmp_path).arrays("weights", 1) is None
    assert claim_in(tmp_path) == 0


def test_no_run_has_a_folder_outside_its_own() -> None:
    with pytest.raises(UnknownRun):
        RunFolder.of("../../etc")
