"""What is brought becomes the data set that its folders, or its lines, say."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brought_files import Reader, encoded, picture, two_classes, write_files, write_zip
from PIL import Image

from playground.own.brought import Wishes


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("reading") / "own")
    yield reader
    reader.close()


def arrays(reader: Reader) -> dict[str, Any]:
    with np.load(reader.folder / "arrays.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file}


def renamed(files: dict[str, bytes], before: str) -> dict[str, bytes]:
    return {f"{before}{name}": content for name, content in files.items()}


def test_a_folder_and_an_archive_of_it_are_one_data_set(reader: Reader, tmp_path: Path) -> None:
    files = two_classes(6)
    folder = reader.ask("folder", write_files(tmp_path / "a", files))["found"]
    packed = renamed({**files, "._cat": b"", "Thumbs.db": b"x"}, "things/deeper/")
    archive = reader.ask("zip", write_zip(tmp_path / "a.zip", packed))["found"]
    assert folder["class_names"] == ["cat", "dog"]
    assert folder["counts"] == {"train": [5, 5], "test": [1, 1]}
    assert folder["image_shape"] == [3, 16, 16]
    assert archive["fingerprint"] == folder["fingerprint"]
    assert archive["skipped"] == []
    changed = {**files, "cat/0.png": encoded(picture(77))}
    other = reader.ask("folder", write_files(tmp_path / "a", changed))["found"]
    assert other["fingerprint"] != folder["fingerprint"]


@pytest.mark.parametrize("second", ["test", "val", "Validation"])
def test_halves_are_kept_as_they_are_named(reader: Reader, tmp_path: Path, second: str) -> None:
    files = {
        **renamed(two_classes(4), "set/train/"),
        **renamed(two_classes(2), f"set/{second}/"),
        f"set/{second}/fox/1.png": encoded(picture(50)),
        "set/more/cat/1.png": encoded(picture(51)),
    }
    found = reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]
    assert found["has_own_test"]
    assert found["class_names"] == ["cat", "dog"]
    assert found["counts"] == {"train": [4, 4], "test": [2, 2]}
    assert {reason.split(".")[0] for reason, _, _ in found["skipped"]} == {
        "Its class has test images and no training images",
        "It lies beside the folders that are called train and test",
    }
    # Each test image is a training image too, and that is told.
    assert found["near_duplicates"] == 4
    assert found["duplicate_examples"][0][0].startswith(f"set/{second}/")


def test_with_three_halves_validation_is_trained_on(reader: Reader, tmp_path: Path) -> None:
    files = {
        name: content
        for half in ("train", "val", "test")
        for name, content in renamed(two_classes(2), f"{half}/").items()
    }
    found = reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]
    assert found["counts"] == {"train": [4, 4], "test": [2, 2]}


def test_classes_called_train_and_test_are_classes(reader: Reader, tmp_path: Path) -> None:
    files = {f"{name}/{n}.png": encoded(picture(n)) for name in ("train", "test") for n in range(3)}
    assert reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]["class_names"] == [
        "test",
        "train",
    ]


def test_no_image_is_on_both_sides_and_each_side_has_its_share(
    reader: Reader, tmp_path: Path
) -> None:
    files = {
        f"{name}/{number}.png": encoded(picture(place * 100 + number // 2))
        for place, name in enumerate(("cat", "dog"))
        for number in range(20)
    }
    found = reader.ask("folder", write_files(tmp_path, files), Wishes(test_share=0.3))["found"]
    assert found["counts"] == {"train": [14, 14], "test": [6, 6]}
    read = arrays(reader)
    sides = [{image.tobytes() for image in read[f"{half}_inputs"]} for half in ("train", "test")]
    assert not sides[0] & sides[1]
    assert found["near_duplicates"] == 0


def test_saved_again_is_the_same_image_and_another_photograph_is_not(
    reader: Reader, tmp_path: Path
) -> None:
    def content(seed: int, **options: Any) -> bytes:
        return encoded(picture(seed, (90, 80)), "JPEG", **options)

    again = Image.open(io.BytesIO(content(1))).resize((60, 53))
    files = {
        **{f"train/{name}/{n}.jpg": content(10 * n) for n, name in enumerate("ab", 1)},
        "train/a/x.jpg": content(1, quality=95),
        "test/a/again.jpg": encoded(again, "JPEG", quality=50),
        "test/b/other.jpg": content(3),
    }
    found = reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]
    assert found["duplicate_examples"] == [["test/a/again.jpg", "train/a/x.jpg"]]


def test_names_of_classes_are_text_and_numbers_are_in_their_order(
    reader: Reader, tmp_path: Path
) -> None:
    names = ["10", "9", "2"]
    files = {f"{name}/{n}.png": encoded(picture(n)) for name in names for n in range(2)}
    found = reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]
    assert found["class_names"] == ["2", "9", "10"]
    names = [["<b>Ä<", "b>"][0], "A\u0308", "\u00c4", "Zebra", "apple \x1b[2J", "x" * 200]
    files = {f"{name}/{n}.png": encoded(picture(n)) for name in names for n in range(2)}
    found = reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]
    expected = ["<b>Ä<", "apple [2J", f"{'x' * 79}…", "Zebra", "Ä"]
    assert found["class_names"] == expected  # one Ä, however it is spelt


@pytest.mark.parametrize(
    ("sizes", "wished", "side"),
    [
        ([(28, 28)], None, 28),
        ([(90, 80)], None, 80),
        ([(200, 100)], None, 64),
        ([(40, 44), (50, 40)], None, 32),
        ([(10, 12), (20, 13)], None, 16),
        ([(200, 100)], 48, 48),
    ],
)
def test_the_side_suits_the_images_unless_wished_for(
    reader: Reader, tmp_path: Path, sizes: list[tuple[int, int]], wished: int | None, side: int
) -> None:
    files = {
        f"{name}/{n}.png": encoded(picture(n, size))
        for name in "ab"
        for n, size in enumerate(sizes * 2)
    }
    found = reader.ask("folder", write_files(tmp_path, files), Wishes(side=wished))["found"]
    assert found["image_shape"] == [3, side, side]
    assert found["sizes"] == [list(sizes[0]), list(sizes[-1]), len(sizes) == 1]


def test_grey_stays_grey_unless_wished_otherwise(reader: Reader, tmp_path: Path) -> None:
    files = {f"{name}/{n}.png": encoded(picture(n, mode="L")) for name in "ab" for n in range(2)}
    folder = write_files(tmp_path, files)
    for colour, channels in (("auto", 1), ("grey", 1), ("colour", 3)):
        found = reader.ask("folder", folder, Wishes(colour=colour))["found"]  # type: ignore[arg-type]
        assert found["image_shape"][0] == channels
    (folder / "a/2.png").write_bytes(encoded(picture(9)))
    assert reader.ask("folder", folder)["found"]["image_shape"][0] == 3


@pytest.mark.parametrize("form", ["names", "none", "label last", "semicolons", "quoted"])
def test_a_table_of_pixels_is_read_line_by_line(reader: Reader, tmp_path: Path, form: str) -> None:
    rng = np.random.default_rng(1)
    images, labels = rng.integers(0, 256, (10, 25)), ["7", "12"] * 5
    rows = [[label, *map(str, image)] for label, image in zip(labels, images, strict=True)]
    head = [["label", *(f"pixel{n}" for n in range(25))]] if form != "none" else []
    if form == "quoted":
        rows = [[f'"{cell}"' if n == 0 else cell for n, cell in enumerate(row)] for row in rows]
    if form == "label last":
        rows, head = ([[*row[1:], row[0]] for row in table] for table in (rows, head))
    comma = ";" if form == "semicolons" else ","
    file = tmp_path / "a.csv"
    file.write_text("\r\n".join(comma.join(row) for row in [*head, *rows]))
    found = reader.ask("csv", file)["found"]
    assert found["class_names"] == ["7", "12"]
    assert (found["image_shape"], found["skipped"]) == ([1, 5, 5], [])
    read = arrays(reader)
    seen = np.concatenate([read["train_inputs"], read["test_inputs"]]).reshape(10, 25)
    assert {bytes(image) for image in seen} == {bytes(image) for image in images.astype(np.uint8)}


def test_tables_in_an_archive_are_its_halves_and_shares_of_one_are_levels(
    reader: Reader, tmp_path: Path
) -> None:
    def table(rows: int) -> bytes:
        lines = [f"{n % 2}," + ",".join(["0.5", "1", "0", str(n / 10)]) for n in range(rows)]
        return "\n".join(["label,a,b,c,d", *lines]).encode()

    files = {"train.csv": table(6), "test.csv": table(4), "readme.txt": b""}
    found = reader.ask("zip", write_zip(tmp_path / "a.zip", files))["found"]
    assert found["counts"] == {"train": [3, 3], "test": [2, 2]}
    assert set(arrays(reader)["train_inputs"][:, 0, 0, 0]) == {128}
    files["test.csv"] = b"a,b,c,d\n1,2,3,4\n"  # Kaggle's, which has no labels
    found = reader.ask("zip", write_zip(tmp_path / "b.zip", files))["found"]
    assert sum(map(sum, found["counts"].values())) == 6
    assert "test.csv" in found["notes"][0]
