"""Weak slices: images that are measured, slices that are planted, and chance that is no finding."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from playground.analysis.image_measures import Group, groups, measures
from playground.analysis.weak_slices import fisher, least_visible, slices, weak_text

NO_CLASSES = np.zeros(1000, dtype=np.int64)


def squares(places: list[tuple[int, int]], side: int, light: int, ground: int = 0) -> np.ndarray:
    """Return grey images 20 pixels wide with one square each, its corner at a place."""
    images = np.full((len(places), 1, 20, 20), ground, dtype=np.uint8)
    for image, (row, column) in zip(images, places, strict=True):
        image[0, row : row + side, column : column + side] = light
    return images


@pytest.mark.parametrize(("light", "ground"), [(200, 0), (0, 200), (255, 90)])
def test_light_ink_and_place_of_a_square_are_measured(light: int, ground: int) -> None:
    found = measures(squares([(8, 8), (5, 12)], 4, light, ground))
    mean = (16 * light + 384 * ground) / 400
    assert found["brightness"] == pytest.approx([mean, mean])
    spread = abs(light - ground) * (0.04 * 0.96) ** 0.5
    assert found["contrast"] == pytest.approx([spread, spread], rel=1e-5)
    assert found["ink"] == pytest.approx([4.0, 4.0])
    assert found["shift"] == pytest.approx([0.0, 5.0])  # 3 up and 4 to the right


def test_a_coloured_thing_as_grey_as_its_ground_is_ink_and_a_blank_image_has_none() -> None:
    images = np.zeros((2, 3, 10, 10), dtype=np.uint8)
    images[:, 1] = 90
    images[0, :, :2, :] = 0
    images[0, :, 4:6, 0:2] = np.array([90, 0, 0])[:, None, None]
    found = measures(images)
    assert found["ink"][0] > 0
    assert found["ink"][1] == found["shift"][1] == found["contrast"][1] == 0


def test_groups_are_the_fifths_at_both_ends_and_ties_make_none() -> None:
    values = np.arange(100.0)[::-1]
    found = groups({"brightness": values, "ink": np.repeat([0.0, 1.0], 50)})
    assert [each.name for each in found] == ["dark images", "bright images"]
    dark, bright = found
    assert dark.members.tolist() == list(range(99, 79, -1))
    assert bright.members.tolist() == list(range(20))
    assert dark.meaning == "mean of the pixels: at most 19.8 of 255"
    assert not groups({"brightness": np.arange(90.0)})  # a fifth of them would be too few
    assert not groups({"brightness": np.empty(0)})


@pytest.mark.parametrize(("wrong", "members", "all_wrong", "images"), [(2, 4, 3, 9), (0, 3, 2, 8)])
def test_fisher_counts_all_ways_to_draw(
    wrong: int, members: int, all_wrong: int, images: int
) -> None:
    ways = list(combinations(range(images), members))
    as_many = sum(sum(each < all_wrong for each in way) >= wrong for way in ways)
    assert fisher(wrong, members, all_wrong, images) == pytest.approx(
        as_many / comb(images, members)
    )


def random_groups(rng: np.random.Generator) -> list[Group]:
    """Return ends of four measures that have nothing to do with any answer."""
    return groups({name: rng.random(1000) for name in ("brightness", "contrast", "ink", "shift")})


def test_a_planted_slice_is_found_and_no_other() -> None:
    rng = np.random.default_rng(3)
    found_groups = random_groups(rng)
    dark = found_groups[0].members
    right = rng.random(1000) < 0.95
    right[dark] = rng.random(len(dark)) < 0.8
    weak, *others = slices(found_groups, right, NO_CLASSES)
    assert weak.group is found_groups[0]
    assert weak.is_weak
    assert not any(each.is_weak for each in others)
    assert weak.difference[0] < 0.8 - 0.95 < weak.difference[1] < 0
    assert weak.right == right[dark].sum()
    assert weak.rest_right + weak.right == right.sum()
    text = weak_text(weak, 8)
    assert text.startswith(f"Dark images (mean of the pixels: at most 0.2 of 255): {weak.right} of")
    assert "p < 0.001, both corrected for 8 tries" in text
    assert "If each image were as easy as its class" in text


@pytest.mark.parametrize("accuracy", [0.5, 0.9, 0.985])
def test_where_nothing_is_weak_at_most_one_look_in_twenty_says_so(accuracy: float) -> None:
    looks, alarms = 400, 0
    for seed in range(looks):
        rng = np.random.default_rng(seed)
        found = slices(random_groups(rng), rng.random(1000) < accuracy, NO_CLASSES)
        alarms += any(each.is_weak for each in found)
    assert alarms <= 0.05 * looks + 2 * (looks * 0.05 * 0.95) ** 0.5


def test_holm_multiplies_by_what_is_left_and_never_falls_below_the_one_before() -> None:
    right = np.ones(100, dtype=bool)
    right[:10] = False
    at = [Group(str(start), "", np.arange(start, start + 20)) for start in (0, 5, 40)]
    found = slices(at, right, NO_CLASSES[:100])
    alone = [fisher(wrong, 20, 10, 100) for wrong in (10, 5, 0)]
    assert [each.p for each in found] == pytest.approx(
        [3 * alone[0], 2 * alone[1], max(2 * alone[1], alone[2])]
    )
    twice = slices(at, right, NO_CLASSES[:100], tries_each=10)
    assert twice[0].p == pytest.approx(30 * alone[0])
    assert twice[0].difference[0] < found[0].difference[0]  # a wider interval


def test_what_its_classes_alone_would_explain_is_told() -> None:
    labels = np.repeat([0, 1], 50)
    right = np.r_[np.ones(50, dtype=bool), np.arange(50) % 2 == 0]
    [found] = slices([Group("all ones", "", np.arange(50, 100))], right, labels)
    assert found.expected == found.share == 0.5
    assert found.rest_share == 1.0


def test_the_least_that_would_be_seen_is_the_first_that_is() -> None:
    least = least_visible(200, 50, 1000, 8)
    assert least is not None
    for wrong in range(51):
        right = np.ones(1000, dtype=bool)
        right[:wrong] = right[1000 - (50 - wrong) :] = False
        group = Group("first", "", np.arange(200))
        [found] = slices([group], right, NO_CLASSES, tries_each=8)
        assert found.is_weak == (found.rest_share - found.share >= least - 1e-12)
    assert least_visible(20, 1, 100, 8) is None
