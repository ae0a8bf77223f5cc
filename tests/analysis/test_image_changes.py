"""One image changed by hand, against what the change must be."""

from __future__ import annotations

import numpy as np

from playground.analysis.image_changes import ImageChange, border_colour, changed

IMAGE = np.random.default_rng(0).integers(0, 256, (3, 8, 8)).astype(np.uint8)
IMAGE[:, [0, -1], :], IMAGE[:, :, [0, -1]] = 40, 40


def test_no_change_leaves_the_image_as_it_is() -> None:
    assert (changed(IMAGE, ImageChange()) == IMAGE).all()


def test_a_shift_moves_pixels_and_brings_the_colour_of_the_border_in() -> None:
    moved = changed(IMAGE, ImageChange(right=2, down=1))
    assert (moved[:, 1:, 2:] == IMAGE[:, :-1, :-2]).all()
    assert (moved[:, 0] == 40).all()
    assert (moved[:, :, :2] == 40).all()
    back = changed(IMAGE, ImageChange(right=-3, down=-3))
    assert (back[:, :-3, :-3] == IMAGE[:, 3:, 3:]).all()


def test_a_quarter_turn_is_to_the_right_and_comes_before_the_shift() -> None:
    quarter = np.rot90(IMAGE, -1, (1, 2))
    assert (changed(IMAGE, ImageChange(degrees=90)) == quarter).all()
    moved = changed(IMAGE, ImageChange(degrees=90, right=2))
    assert (moved[:, :, 2:] == quarter[:, :, :-2]).all()


def test_brightness_ends_at_white_and_at_black() -> None:
    brighter = changed(IMAGE, ImageChange(brighter=20))
    assert (brighter == (IMAGE.astype(int) + 51).clip(0, 255)).all()
    assert (changed(IMAGE, ImageChange(brighter=-100)) == 0).all()


def test_a_square_is_erased_as_far_as_it_lies_in_the_image() -> None:
    erased = changed(IMAGE, ImageChange(side=4, column=6, row=1))
    assert (erased[:, 1:5, 6:] == 40).all()
    erased[:, 1:5, 6:] = IMAGE[:, 1:5, 6:]
    assert (erased == IMAGE).all()


def test_the_colour_of_the_border_is_the_median_of_each_channel() -> None:
    image = IMAGE.copy()
    image[1, 0, :5] = 255
    assert border_colour(image).tolist() == [40, 40, 40]
