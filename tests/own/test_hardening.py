"""What is brought to do harm: refused in a sentence, or left out and counted, and no more."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from brought_files import Reader, encoded, picture, two_classes, write_files, write_zip
from PIL import Image

from playground.own.brought import Wishes
from playground.own.limits import LIMITS

GOOD = two_classes(3)
CAT = GOOD["cat/0.png"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Return the process that reads all of it; at the end it has kept to its memory."""
    reader = Reader(tmp_path_factory.mktemp("hard") / "own")
    yield reader
    assert reader.close() < LIMITS.memory


def kept(said: dict[str, Any]) -> int:
    return sum(map(sum, said["found"]["counts"].values()))


def reasons(said: dict[str, Any]) -> dict[str, int]:
    return {reason: count for reason, count, _ in said["found"]["skipped"]}


def assert_left_out(said: dict[str, Any], words: str, count: int = 1) -> None:
    """All that is good was kept, and so many were left out for a reason with these words."""
    assert kept(said) == len(GOOD), said
    assert [n for reason, n in reasons(said).items() if words in reason] == [count], said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cat/empty.png", b"", "It is empty"),
        ("cat/text.jpg", b"hello", "by what is in it"),
        ("cat/notes.txt", b"hello", "by its name"),
        ("cat/inner.zip", b"PK\5\6" + b"\0" * 18, "unpack it first"),
        ("alone.png", encoded(picture(1)), "in no folder of a class"),
        ("../cat/x.png", encoded(picture(1)), "leads out"),
        ("/etc/cat/x.png", encoded(picture(1)), "leads out"),
        ("cat/../../x.png", encoded(picture(1)), "leads out"),
        ("cat/bomb.bmp", b"\0" * 3_000_000, "1,000 times its size"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_bad_file_of_an_archive_is_left_out(
    reader: Reader, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = write_zip(tmp_path / "a.zip", {**GOOD, name: content}, packed=len(content) > 10**6)
    assert_left_out(reader.ask("zip", file), words)


def test_links_passwords_and_odd_packing_in_an_archive_are_left_out(
    reader: Reader, tmp_path: Path
) -> None:
    file = write_zip(tmp_path / "a.zip", GOOD)
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("cat/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("cat/bz.png", encoded(picture(5)), zipfile.ZIP_BZIP2)
        archive.writestr("cat/locked.png", encoded(picture(6)))
    content = bytearray(file.read_bytes())
    content[content.rfind(b"PK\1\2") + 8] |= 1  # says that the last one has a password
    file.write_bytes(content)
    said = reader.ask("zip", file)
    assert kept(said) == len(GOOD)
    assert len(reasons(said)) == 3
    assert all(
        any(word in each for each in reasons(said)) for word in ("link", "deflate", "password")
    )


def test_a_name_twice_in_an_archive_counts_once(reader: Reader, tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", GOOD)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr(next(iter(GOOD)), encoded(picture(5)))
    assert_left_out(reader.ask("zip", file), "two files of this name")


@pytest.mark.parametrize(
    ("files", "limits", "words"),
    [
        ({}, LIMITS, "No images in folders"),
        ({"cat/1.png": CAT}, LIMITS, "“cat”, so there is one class only"),
        ({"cat/1.png": b"x", "dog/2.png": b"y"}, LIMITS, "None of the images can be read"),
        ({"cat/1.png": CAT, "dog/2.png": b"y"}, LIMITS, "one class, “cat”, can be read"),
        ({"cat/1.png": CAT, "dog/2.png": CAT}, LIMITS, "Every class has one image only"),
        (GOOD, replace(LIMITS, files=5), "more than 5 files"),
        (GOOD, replace(LIMITS, unpacked=2000), "unpacks to more than"),
        (GOOD, replace(LIMITS, kept=2000), "more than 0 MB, the most that a data set may"),
        (GOOD, replace(LIMITS, upload=100), "larger than 0 MB"),
        ({f"{n}/{m}.png": CAT for n in range(1001) for m in "ab"}, LIMITS, "1,001 classes"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_nothing_can_be_made_of_is_refused(
    reader: Reader, tmp_path: Path, files: dict[str, bytes], limits: Any, words: str
) -> None:
    said = reader.ask("zip", write_zip(tmp_path / "a.zip", files), limits=limits)
    assert words in said["refused"]


def test_an_archive_that_says_less_than_it_has_unpacks_no_further(
    reader: Reader, tmp_path: Path
) -> None:
    large = encoded(picture(1, (8, 8)), "BMP") + b"\0" * 400_000
    file = write_zip(tmp_path / "a.zip", {**GOOD, "cat/lies.bmp": large}, packed=True)
    content = file.read_bytes().replace(
        len(large).to_bytes(4, "little"), (100).to_bytes(4, "little")
    )
    file.write_bytes(content)
    assert_left_out(reader.ask("zip", file), "damaged")


def test_links_and_pipes_of_a_folder_are_not_followed(reader: Reader, tmp_path: Path) -> None:
    secret = write_files(tmp_path / "secret", {"1.png": encoded(picture(9))})
    root = write_files(tmp_path / "root", GOOD)
    (root / "cat/link.png").symlink_to(secret / "1.png")
    (root / "fox").symlink_to(secret)
    os.mkfifo(root / "cat/pipe.png")
    said = reader.ask("folder", root)
    assert kept(said) == len(GOOD)
    assert said["found"]["class_names"] == ["cat", "dog"]
    assert sum(reasons(said).values()) == 3  # the linked folder counts as a file in no class


def test_a_bomb_of_pixels_is_left_out_by_its_head(reader: Reader, tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + crc

    head = (60_000).to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0"
    pixels = zlib.compress(b"\0" * 1_000_000)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels)
    files = {**GOOD, "cat/bomb.png": bomb}
    assert_left_out(
        reader.ask("folder", write_files(tmp_path, files)), "a side of more than 20,000"
    )


def test_the_largest_image_that_is_read_leaves_room(reader: Reader, tmp_path: Path) -> None:
    files = {**GOOD, "cat/large.png": encoded(Image.new("P", (7000, 7000)), transparency=0)}
    said = reader.ask("folder", write_files(tmp_path, files), Wishes(side=16))
    assert (kept(said), said["found"]["skipped"]) == (len(GOOD) + 1, [])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["label," + "0," * 60_000 + "0"], "more than 50,000 columns"),
        (["1," * 10_000_000], "1,000,000 bytes"),
        (["label,a,b,c"], "4 columns, which is no label and a square image"),
        (["label,0,1,2,3", "cat,1,2,3,4", "cat,2,2,3,4"], "one class, “cat”"),
        (["label,0,1,2,3"], "None of the images"),
        ([""], "1 columns"),
    ],
    ids=["columns", "ten million", "no square", "one class", "no rows", "empty"],
)
def test_a_table_that_is_none_is_refused(
    reader: Reader, tmp_path: Path, lines: list[str], words: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines))
    assert words in reader.ask("csv", file)["refused"]


def test_ragged_and_wrong_rows_of_a_table_are_left_out(reader: Reader, tmp_path: Path) -> None:
    rows = ["label,p0,p1,p2,p3", *(f"{n % 2},{n},2,3,4" for n in range(8))]
    rows += ["1,2,3", "1,2,3,4,5,6", "1,a,2,3,4", "1,300,0,0,0", "1,nan,0,0,0", ",1,2,3,4", ""]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(rows))
    said = reader.ask("csv", file)
    assert kept(said) == 8
    assert sorted(reasons(said).values()) == [1, 1, 2, 2]
    assert said["found"]["image_shape"] == [1, 2, 2]
