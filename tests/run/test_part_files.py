"""Files that are whole or not there, by the one writer of all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.run.part_files import (
    new_part,
    remove_stale_parts,
    replacing,
    write_whole,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_wholly_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, b"first")
    (tmp_path / "file.d").mkdir()
    with pytest.raises(OSError, match=r"file\.d"):
        write_whole(tmp_path / "file.d", b"second")
    assert file.read_bytes() == b"first"
    assert names(tmp_path) == ["file", "file.d"]


@pytest.mark.parametrize("lasting", [True, False])
def test_a_part_takes_the_place_of_its_target_only_when_all_went_well(
    tmp_path: Path, lasting: bool
) -> None:
    file = tmp_path / "file"
    with replacing(file, lasting=lasting) as part:
        part.write_text("first")
        assert not file.exists()
    with pytest.raises(RuntimeError), replacing(file, lasting=lasting) as part:
        part.write_text("half")
        raise RuntimeError
    assert file.read_text() == "first"
    assert names(tmp_path) == ["file"]


def test_a_part_is_removed_once_it_is_old(tmp_path: Path) -> None:
    part = new_part(tmp_path / "file")
    remove_stale_parts(tmp_path)
    assert part.exists()
    os.utime(part, (0, 0))
    (tmp_path / "mine.part").write_text("not one of ours")
    remove_stale_parts(tmp_path)
    assert names(tmp_path) == ["mine.part"]
