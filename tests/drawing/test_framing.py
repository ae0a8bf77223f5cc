"""Ink and frames, by known truths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.drawing.framing import counted, framed
from playground.drawing.ink import SIDE, ink_of_image, inked, resized
from playground.drawing.strokes import MOST_WIDTH, Drawing, Stroke
from playground.experiment.catalog import DATASETS

MNIST = (1, 28, 28)
POINTS = st.tuples(st.integers(100, 900), st.integers(100, 900))
STROKES = st.builds(
    Stroke,
    st.integers(40, MOST_WIDTH),
    st.lists(POINTS, min_size=1, max_size=6).map(tuple),
)
DRAWINGS = st.lists(STROKES, min_size=1, max_size=3).map(lambda strokes: Drawing(tuple(strokes)))


def extent(image: np.ndarray, least: int = 40) -> tuple[int, int]:
    """Return height and width of what is inked."""
    rows, columns = np.nonzero(image >= least)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def middle(image: np.ndarray) -> tuple[float, float]:
    mass = image.astype(float) / image.sum()
    places = np.arange(28) + 0.5
    return float(mass.sum(axis=1) @ places), float(mass.sum(axis=0) @ places)


def test_a_dot_is_a_disc_of_its_width_and_a_line_is_as_wide_all_along() -> None:
    dot = inked(Drawing((Stroke(200, ((500, 500),)),)))
    assert dot.sum() == pytest.approx(np.pi * (0.1 * SIDE) ** 2, rel=0.002)
    line = inked(Drawing((Stroke(100, ((200, 300), (800, 300))),)))
    assert line[:, 140].sum() == pytest.approx(0.1 * SIDE, abs=0.01)
    assert line[0, :].sum() == 0


@settings(max_examples=30)
@given(DRAWINGS)
def test_every_drawing_fits_mnists_box_and_has_its_mass_in_the_middle(drawing: Drawing) -> None:
    [image] = framed(inked(drawing), MNIST, "mass")
    assert image.dtype == np.uint8
    assert max(extent(image, least=1)) <= 20
    assert max(extent(image)) >= 18  # the rim of the ink is faint
    # By whole pixels, and no further than to the edge of the frame.
    for side, (place, image_side) in enumerate(zip(middle(image), (image, image.T), strict=True)):
        touches = image_side[0].any() or image_side[-1].any()
        assert abs(place - 14) <= 0.55 or touches, side


@settings(max_examples=30)
@given(POINTS, st.floats(0.25, 1.0))
def test_the_same_digit_is_the_same_image_wherever_and_however_large_it_is_drawn(
    corner: tuple[int, int], size: float
) -> None:
    def drawn(left: float, upper: float, scale: float) -> np.ndarray:
        seven = ((0, 0), (400, 0), (150, 700))
        points = tuple((round(left + scale * x), round(upper + scale * y)) for x, y in seven)
        stroke = Stroke(round(scale * 80), points)
        return framed(inked(Drawing((stroke,))), MNIST, "mass")[0].astype(float)

    left, upper = (50 + (place - 100) / 800 * (900 - size * 700) for place in corner)
    moved, first = drawn(left, upper, size), drawn(100, 100, 1.0)
    assert np.corrcoef(moved.ravel(), first.ravel())[0, 1] > 0.9


def test_aspect_is_kept() -> None:
    ink = np.zeros((SIDE, SIDE), dtype=np.float32)
    ink[20:220, 40:90] = 1  # four times as high as wide
    assert extent(framed(ink, MNIST, "mass")[0]) == (20, 5)
    assert extent(framed(ink, MNIST, "box")[0]) == (28, 7)
    assert extent(framed(ink, (1, 8, 8), "blocks")[0]) == (8, 2)
    assert extent(framed(ink, (1, 14, 14), "mass")[0]) == (10, 2)  # MNIST at half the size


def test_digits_count_the_dots_of_their_blocks() -> None:
    bitmap = np.zeros((32, 32), dtype=np.float32)
    bitmap[0, :4] = bitmap[1, :2] = 0.9
    bitmap[4:8, 4:8] = 0.6
    bitmap[8, 8] = 0.4
    found = counted(bitmap)
    assert found[0, 0] == 6 / 16
    assert found[1, 1] == 1
    assert found.sum() == 6 / 16 + 1
    levels = np.unique(
        framed(inked(Drawing((Stroke(90, ((0, 0), (90, 700))),))), (1, 8, 8), "blocks")
    )
    assert set(levels) <= {round(255 * level / 16) for level in range(17)}


def test_without_a_frame_the_whole_square_is_shown_in_the_colours_asked_for() -> None:
    ink = np.zeros((SIDE, SIDE), dtype=np.float32)
    ink[:140] = 1
    for ground, upper, lower in (("black", 255, 0), ("white", 0, 255)):
        image = framed(ink, (3, 32, 32), "", ground)  # type: ignore[arg-type]
        assert image.shape == (3, 32, 32)
        assert (image[:, :15] == upper).all()
        assert (image[:, 17:] == lower).all()


@pytest.mark.parametrize("entry", DATASETS, ids=lambda entry: entry.name)
def test_nothing_drawn_is_an_empty_image_of_every_data_set(entry: object) -> None:
    shape, framing = entry.input_shape, entry.framing  # type: ignore[attr-defined]
    found = framed(inked(Drawing()), shape, framing)
    assert found.shape == shape
    assert not found.any()


@pytest.mark.parametrize(("height", "width"), [(28, 20), (300, 90), (101, 60)])
def test_images_are_resized_as_pillow_does_it(height: int, width: int) -> None:
    values = np.random.default_rng(0).random((101, 60), dtype=np.float32)
    truth = Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR)
    assert np.abs(resized(values, height, width) - np.asarray(truth)).max() < 1e-4


@pytest.mark.parametrize(("paper", "pen"), [(235, 30), (10, 250)])
def test_what_is_written_on_a_photograph_is_found_whatever_its_colours(
    paper: int, pen: int
) -> None:
    photo = np.full((3, 60, 60), paper, dtype=np.uint8)
    photo[:, :, :30] += 5  # a shadow on the paper
    photo[:, 20:40, 25:35] = pen
    ink = ink_of_image(photo)
    assert (ink[20:40, 25:35] == 1).all()
    assert ink.sum() == 200
    assert not ink_of_image(np.full((1, 8, 8), 77, dtype=np.uint8)).any()
