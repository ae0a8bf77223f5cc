"""Maps of features: known directions, turned towards each other, groups that stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from playground.engine.embedding.mapping import aligned, pca, tsne_round

RNG = np.random.default_rng(0)


def test_pca_finds_the_two_directions_that_have_all_of_the_variance() -> None:
    flat = RNG.standard_normal((80, 2)) * (3.0, 1.0)
    basis = np.linalg.qr(RNG.standard_normal((9, 2)))[0]
    found, shown = pca((flat @ basis.T + 5).astype(np.float32))
    assert shown == pytest.approx(1.0)
    near = [np.linalg.norm(places[:, None] - places, axis=2) for places in (flat, found)]
    np.testing.assert_allclose(*near, atol=1e-4)  # every distance is as it was


@pytest.mark.parametrize("features", [np.ones((20, 5)), np.arange(20.0)[:, None]])
def test_pca_of_what_has_less_than_two_directions_leaves_the_others_at_zero(
    features: np.ndarray,
) -> None:
    found, shown = pca(features)
    assert found.shape == (20, 2)
    assert not found[:, 1].any()
    assert shown == pytest.approx(float(features.std() > 0))


@pytest.mark.parametrize("mirrored", [1, -1])
def test_alignment_recovers_a_turn_a_mirror_a_shift_and_a_scale(mirrored: int) -> None:
    before = aligned(RNG.standard_normal((50, 2)) * (2.0, 1.0), None)
    assert (before**2).sum(axis=1).mean() == pytest.approx(2.0)
    angle = 2.1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = 7 * before @ turn * (1, mirrored) + (3, -4)
    np.testing.assert_allclose(aligned(moved, before), before, atol=1e-9)


def test_alignment_changes_no_distance_and_stands_where_all_lies_in_one_place() -> None:
    places, before = RNG.standard_normal((2, 30, 2))
    found, alone = aligned(places, before), aligned(places, None)
    distances = [np.linalg.norm(each[:, None] - each, axis=2) for each in (found, alone)]
    np.testing.assert_allclose(*distances, atol=1e-9)
    assert not aligned(np.ones((30, 2)), before).any()


def test_tsne_keeps_groups_apart_and_goes_on_from_where_it_was() -> None:
    group = np.repeat([0, 1, 2], 20)
    features = RNG.standard_normal((60, 5)) + 12 * np.eye(5)[group]
    first = tsne_round(features, pca(features)[0], begins=True)
    settled = tsne_round(features, first, begins=False)
    after = tsne_round(features, settled, begins=False)
    centres = np.stack([after[group == each].mean(axis=0) for each in range(3)])
    nearest = np.linalg.norm(after[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == group).all()
    moved = np.linalg.norm(aligned(after, aligned(settled, None)) - aligned(settled, None), axis=1)
    assert np.median(moved) < 0.5  # of a map that is √2 wide on average
    tied = tsne_round(np.zeros((60, 5)), np.zeros((60, 2)), begins=True)
    assert np.isfinite(tied).all()
