"""Thousands of damaged files: refused or left out, one after another, by one process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from brought_files import FORMATS, Reader, encoded, picture, two_classes, write_files, write_zip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.own.limits import LIMITS
from playground.run.names import visible

IMAGES, ARCHIVES, TABLES, STRANGE = 1500, 300, 200, 100


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Return the process that reads all of it; at the end it lives, and has kept its limits."""
    root = tmp_path_factory.mktemp("fuzz")
    reader = Reader(root / "own")
    yield reader
    assert reader.close() < LIMITS.memory
    assert {path.name for path in root.iterdir()} == {"own"}
    assert {path.name for path in reader.folder.iterdir()} <= {"at", "arrays.npz", "samples.npz"}


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return a file with some of its bytes changed, cut, doubled or put elsewhere."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at = rng.randrange(len(changed)) if rng.random() < 0.6 else rng.randrange(60)
        at = min(at, len(changed) - 1)
        match rng.randrange(6):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                changed[at] = rng.choice([0, 1, 127, 128, 255])
            case 2:
                del changed[at + 1 :]
            case 3:
                del changed[at : at + rng.randrange(1, 9)]
            case 4:
                changed[at:at] = rng.randbytes(rng.randrange(1, 9))
            case 5:
                changed[at : at + 4] = rng.choice(
                    [b"\xff\xff\xff\x7f", b"\x7f\xff\xff\xff", b"\0" * 4]
                )
        changed = changed or bytearray(b"\0")
    return bytes(changed)


def test_damaged_images_are_left_out_or_read(reader: Reader, tmp_path: Path) -> None:
    rng = random.Random(1)
    whole = [
        encoded(picture(seed, mode=mode), kind)
        for seed, kind in enumerate(FORMATS)
        for mode in ("RGB", "L")
    ]
    whole += [
        encoded(picture(7, mode="P"), "PNG"),
        encoded(picture(8, mode="RGBA"), "PNG"),
        encoded(picture(9, mode="CMYK"), "JPEG"),
        encoded(picture(10), "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
        encoded(picture(11), "GIF", save_all=True, append_images=[picture(12), picture(13)]),
        encoded(picture(14), "WEBP", lossless=True),
    ]
    files = {
        f"{number % 3}/{number}.png": mutated(whole[number % len(whole)], rng)
        for number in range(IMAGES)
    }
    found = reader.ask("folder", write_files(tmp_path, files))["found"]
    kept = sum(map(sum, found["counts"].values()))
    left_out = sum(count for _, count, _ in found["skipped"])
    assert kept + left_out == IMAGES
    assert kept > IMAGES / 10
    assert left_out > IMAGES / 10


def test_damaged_archives_are_refused_or_read(reader: Reader, tmp_path: Path) -> None:
    rng = random.Random(2)
    whole = [
        write_zip(tmp_path / f"{packed}.zip", two_classes(3), packed).read_bytes()
        for packed in (False, True)
    ]
    ends = [0, 0]
    for number in range(ARCHIVES):
        content = bytearray(whole[number % 2])
        start = (
            content.rfind(b"PK\1\2") - 300 if number % 3 else 0
        )  # mostly what says where what is
        content[start:] = mutated(bytes(content[start:]), rng)
        file = tmp_path / "tried.zip"
        file.write_bytes(content)
        ends["found" in reader.ask("zip", file)] += 1
    assert min(ends) > ARCHIVES / 20


def test_damaged_tables_are_refused_or_read(reader: Reader, tmp_path: Path) -> None:
    rng = random.Random(3)
    head = "label," + ",".join(f"pixel{place}" for place in range(16))
    rows = [
        f"{row % 2}," + ",".join(str((row * place) % 256) for place in range(16))
        for row in range(12)
    ]
    whole = "\n".join([head, *rows]).encode()
    ends = [0, 0]
    for _ in range(TABLES):
        file = tmp_path / "tried.csv"
        file.write_bytes(mutated(whole, rng))
        ends["found" in reader.ask("csv", file)] += 1
    assert min(ends) > TABLES / 20


PARTS = st.one_of(
    st.sampled_from(
        ["..", ".", "", "train", "test", "cat", "CAT", "c:", "__MACOSX", "<b>", "\x1b[2J", "\u202e"]
    ),
    st.text(max_size=12),
)
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)
PATHS = PATHS.filter(lambda path: path.split("\0")[0])  # an archive's names end at a zero
GOOD = encoded(picture(1))
CONTENTS = st.sampled_from(
    [GOOD, encoded(picture(2), "JPEG"), GOOD[:40], b"", b"GIF89a", b"BM", b"PK\3\4"]
)


@settings(max_examples=STRANGE, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(PATHS, CONTENTS, max_size=8), kind=st.sampled_from(["zip", "csv"]))
def test_strange_names_are_shown_and_lead_nowhere(
    reader: Reader, tmp_path: Path, files: dict[str, bytes], kind: str
) -> None:
    readable = {name.encode(errors="replace").decode(): each for name, each in files.items()}
    said = reader.ask(kind, write_zip(tmp_path / "strange.zip", {**readable, **two_classes(2)}))
    names = said["found"]["class_names"] if "found" in said else []
    assert all(name and "/" not in name and visible(name) == name for name in names)
