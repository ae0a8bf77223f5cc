"""Arrays that are read only where they are what was written."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.run.arrays import read_array


def rewritten(file: Path, array: Any, **options: Any) -> Path:
    with file.open("wb") as stream:
        np.lib.format.write_array(stream, np.asarray(array), **options)
    return file


@pytest.mark.parametrize("mapped", [True, False])
def test_what_was_saved_is_read(tmp_path: Path, mapped: bool) -> None:
    file = tmp_path / "array.npy"
    for array in (
        np.random.default_rng(0).random((7, 10)).astype(np.float16),
        np.zeros((0, 10), np.float16),
    ):
        np.save(file, array)
        found = read_array(file, np.float16, (None, 10), (0, 1), mapped=mapped)
        assert found.dtype == array.dtype
        assert (found == array).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 10), np.float32),
        np.zeros((3, 9), np.float16),
        np.zeros(30, np.float16),
        np.zeros((3, 10, 1), np.float16),
        np.asfortranarray(np.zeros((3, 10), np.float16)),
        np.full((3, 10), np.nan, np.float16),
        np.full((3, 10), np.inf, np.float16),
        np.full((3, 10), 1.5, np.float16),
        np.full((3, 10), -0.5, np.float16),
        np.array([[{}] * 10] * 3, dtype=object),
        np.zeros((3, 10), ">f2"),
        np.zeros((3, 10), [("a", np.float16)]),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_another_array_is_refused(tmp_path: Path, array: Any) -> None:
    file = tmp_path / "array.npy"
    np.save(file, array)
    with pytest.raises(ValueError, match=r"array\.npy"):
        read_array(file, np.float16, (None, 10), (0, 1))


def test_a_damaged_file_is_refused_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "array.npy"
    np.save(file, np.full((20, 10), 0.25, np.float16))
    whole = file.read_bytes()
    chance = random.Random(0)
    refused = 0
    for _ in range(2000):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(130)] = chance.randrange(256)
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)) :]
        file.write_bytes(content)
        try:
            found = read_array(file, np.float16, (20, 10), (0, 1))
        except ValueError:
            refused += 1
        else:
            assert found.shape == (20, 10)
            assert found.dtype == np.float16
            assert ((found >= 0) & (found <= 1)).all()
    assert refused > 1000
    with pytest.raises(OSError, match="nowhere"):
        read_array(tmp_path / "nowhere", np.float16, (20, 10))
