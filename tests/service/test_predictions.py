from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.errors import UnknownRun
from playground.run.home import run_folder
from playground.run.image_sets import ImageSet, fixed_positions
from playground.service.predictions import (
    Tile,
    ValidationImages,
    likeliest,
    probabilities,
    validation_images,
    wall,
)

LABELS = np.array([0, 1, 2, 0, 1, 2])
DATA = ValidationImages(
    images=np.zeros((6, 1, 2, 2), np.uint8), labels=LABELS, indices=np.arange(100, 106)
)

# Right: 0, 2, 5. Wrong: 1 (sure), 3 (less sure), 4 (as sure as 1).
PREDICTED: NDArray[np.float16] = np.array(
    [
        [0.50, 0.25, 0.25],
        [0.75, 0.125, 0.125],
        [0.125, 0.25, 0.625],
        [0.25, 0.50, 0.25],
        [0.125, 0.125, 0.75],
        [0.25, 0.25, 0.50],
    ],
    np.float16,
)


def positions(tiles: list[Tile]) -> list[int]:
    return [tile.position for tile in tiles]


def test_before_the_first_epoch_the_wall_shows_images_without_answers() -> None:
    tiles = wall(DATA, None, "mistakes")
    assert positions(tiles) == [0, 3, 1, 4, 2, 5]
    assert tiles[1] == Tile(position=3, index=103, truth=0)
    assert not any(tile.is_right for tile in tiles)


def test_the_wall_shows_the_likeliest_classes_first() -> None:
    tile = wall(DATA, PREDICTED)[4]
    assert tile == Tile(2, 102, 2, ((2, 0.625), (1, 0.25), (0, 0.125)), 0.625)
    assert tile.is_right


def test_of_classes_that_were_stored_as_equally_likely_the_first_is_the_answer() -> None:
    tied = np.array([[0.2, 0.4, 0.4], [0.45, 0.1, 0.45]] * 3, np.float16)
    assert likeliest(tied).tolist() == [1, 0] * 3
    tiles = wall(DATA, tied)
    assert [tile.top[0][0] for tile in tiles] == likeliest(tied)[positions(tiles)].tolist()
    assert positions(wall(DATA, tied, "mistakes")) == [1, 5, 0, 2]


def test_mistakes_are_all_wrong_answers_the_most_confident_first() -> None:
    tiles = wall(DATA, PREDICTED, "mistakes")
    assert positions(tiles) == [1, 4, 3]  # of equals the first one first
    assert not any(tile.is_right for tile in tiles)
    assert positions(wall(DATA, PREDICTED, "mistakes", 2)) == [1, 4]


def test_a_network_without_mistakes_has_an_empty_wall_of_mistakes() -> None:
    right = np.eye(3, dtype=np.float16)[LABELS]
    assert wall(DATA, right, "mistakes") == []


def test_least_sure_are_the_smallest_top_probabilities_right_or_wrong() -> None:
    assert positions(wall(DATA, PREDICTED, "least sure")) == [0, 3, 5, 2, 1, 4]
    assert positions(wall(DATA, PREDICTED, "least sure", 4)) == [0, 3, 5, 2]


def test_all_shows_the_same_images_at_every_epoch() -> None:
    assert positions(wall(DATA, PREDICTED, "all", 4)) == positions(wall(DATA, None, "all", 4))


def test_predictions_of_other_images_are_not_shown() -> None:
    assert wall(DATA, PREDICTED[:5], "mistakes") == wall(DATA, None)


def test_equal_probabilities_name_the_first_class_first() -> None:
    even = np.full((6, 3), 1 / 3, np.float16)
    assert [number for number, _ in wall(DATA, even)[0].top] == [0, 1, 2]


def test_no_more_than_five_classes_are_named() -> None:
    many = np.full((6, 10), 0.1, np.float16)
    assert len(wall(DATA, many)[0].top) == 5


@pytest.mark.parametrize(
    ("labels", "count", "expected"),
    [
        ([], 4, []),
        ([0, 0, 0, 1], 1, [0]),
        ([0, 0, 0, 1], 2, [0, 3]),
        ([0, 0, 0, 1], 3, [0, 1, 3]),
        ([0, 0, 0, 1], 9, [0, 1, 2, 3]),
        ([2, 1, 2, 1, 0], 4, [4, 1, 3, 0]),
        ([7, 3], 2, [1, 0]),
    ],
)
def test_fixed_positions_are_as_many_of_each_class_as_there_can_be_sorted_by_class(
    labels: list[int], count: int, expected: list[int]
) -> None:
    assert fixed_positions(labels, count) == expected


def test_what_is_not_on_disk_yet_is_found_when_it_comes(playground_home: Path) -> None:
    assert validation_images("key-1") is None
    assert probabilities("run-1", 3) is None
    folder = ImageSet("validation", "key-1").folder
    folder.mkdir(parents=True)
    np.save(folder / "images.npy", DATA.images)
    np.save(folder / "labels.npy", DATA.labels)
    assert validation_images("key-1") is None
    np.save(folder / "indices.npy", DATA.indices)
    run_folder("run-1").mkdir(parents=True)
    np.save(run_folder("run-1") / "probabilities-0003.npy", PREDICTED)

    found = validation_images("key-1")
    assert found is not None
    assert np.array_equal(found.images, DATA.images)
    assert found.indices.tolist() == DATA.indices.tolist()
    read = probabilities("run-1", 3)
    assert read is not None
    assert np.array_equal(read, PREDICTED)
    assert probabilities("run-1", 4) is None


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no numbers"])
def test_a_damaged_file_is_as_good_as_none(playground_home: Path, content: bytes) -> None:
    run_folder("run-2").mkdir(parents=True)
    (run_folder("run-2") / "probabilities-0001.npy").write_bytes(content)
    assert probabilities("run-2", 1) is None


def test_a_made_up_run_reads_no_file_outside_its_folder() -> None:
    with pytest.raises(UnknownRun):
        probabilities("../../etc", 1)
