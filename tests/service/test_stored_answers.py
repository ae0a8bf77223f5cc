"""Stored answers come from disk epoch by epoch; what is damaged or of other images is left out."""

from __future__ import annotations

import numpy as np
import pytest

from playground.run.artifacts import PROBABILITIES, Artifact
from playground.run.folder import RunFolder
from playground.run.image_sets import ImageSet
from playground.service.stored_answers import stored_answers

LABELS = np.array([0, 1, 1])


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """Write three validation images; the name is of this test alone, as reading is cached."""
    name = request.node.name.replace("_", "-")[-60:]
    images = np.zeros((3, 1, 2, 2), np.uint8)
    ImageSet("validation", name).put({"images": images, "labels": LABELS, "indices": LABELS})
    return name


def put(run_id: str, epoch: int, *shares: float) -> None:
    """Keep an epoch whose probabilities of class 0 are these."""
    array = np.array([[share, 1 - share] for share in shares], np.float16)
    RunFolder.of(run_id).put(Artifact(PROBABILITIES, epoch, array))


def test_what_was_said_and_how_sure_is_read_of_each_epoch(key: str) -> None:
    put("said", 0, 0.5, 0.5, 0.5)
    put("said", 2, 0.75, 0.75, 0.25)
    put("said", 3, 1.0, 0.0, 0.0)
    found = stored_answers("said", key, 2)
    assert found is not None
    assert (found.epochs, found.classes) == ((0, 2), 2)
    assert found.said.tolist() == [[0, 0, 0], [0, 0, 1]]
    assert found.sure.tolist() == [[0.5] * 3, [0.75] * 3]
    assert found.given.tolist() == [[0.5] * 3, [0.75, 0.25, 0.75]]
    assert found.right.tolist() == [[True, False, False], [True, False, True]]


def test_epochs_of_other_images_or_damaged_are_left_out_and_nothing_is_none(key: str) -> None:
    assert stored_answers("odd", key, 9) is None
    put("odd", 1, 0.5, 0.5)
    assert stored_answers("odd", key, 9) is None
    put("odd", 2, 0.5, 0.5, 0.5)
    damaged = RunFolder.of("odd").path / f"{PROBABILITIES}-0003.npy"
    damaged.write_bytes(b"no array")
    found = stored_answers("odd", key, 9)
    assert found is not None
    assert found.epochs == (2,)
    put("odd", 3, 0.5, 0.5, 0.5)  # it is found once it is whole
    again = stored_answers("odd", key, 9)
    assert again is not None
    assert again.epochs == (2, 3)
    assert stored_answers("odd", "no such images", 9) is None


def test_of_a_long_run_that_goes_on_some_epochs_are_read_and_mostly_the_same(key: str) -> None:
    for epoch in range(200):
        put("long", epoch, 0.5, 0.5, 0.5)
    before, after = (stored_answers("long", key, last) for last in (198, 199))
    assert before is not None
    assert after is not None
    assert len(after.epochs) < 80
    assert after.epochs[:10] == tuple(range(10))
    assert (before.epochs[-1], after.epochs[-1]) == (198, 199)
    assert len(set(after.epochs) - set(before.epochs)) == 1
