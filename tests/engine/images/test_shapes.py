from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from playground.engine.images.data import drain
from playground.engine.images.sources import shapes
from playground.engine.images.sources.outlines import OUTLINES
from playground.engine.images.sources.shape_drawing import draw
from playground.engine.images.sources.shapes import draw_shapes
from playground.experiment import catalog

NAMES = catalog.DATASETS["shapes"].class_names


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set of 40 images, so that the cache is quick to write."""
    monkeypatch.setattr(shapes, "COUNT", 40)
    monkeypatch.setattr(shapes.draw_shapes, "__defaults__", (40, 0))


def area(name: str) -> float:
    """The area of a shape in the unit circle's square, by counting points."""
    axis = torch.linspace(-1.2, 1.2, 601)
    inside = OUTLINES[name](axis[None, :].expand(601, -1), axis[:, None].expand(-1, 601)) < 0
    return float(inside.float().mean()) * 2.4**2


def test_every_class_has_an_outline_and_no_other() -> None:
    assert set(OUTLINES) == set(NAMES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("circle", math.pi * 0.88**2),
        ("ring", math.pi * (0.9**2 - 0.5**2)),
        ("square", (2 * 0.74) ** 2),
        ("triangle", 3 * math.sqrt(3) / 4 * 1.05**2),
        ("pentagon", 2.5 * math.sin(2 * math.pi / 5) * 0.98**2),
        ("star", 10 * 0.5 * 0.42 * math.sin(math.pi / 5)),
        ("cross", 4 * 0.95 * 0.54 - 0.54**2),
        ("arrow", 0.8 * 0.9 + 0.54 * 1.05),
    ],
)
def test_an_outline_encloses_the_area_that_geometry_says(name: str, expected: float) -> None:
    assert area(name) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_an_outline_lies_within_reach_of_the_unit_circle(name: str) -> None:
    angle = torch.linspace(0, 2 * math.pi, 721)
    assert bool((OUTLINES[name](1.07 * angle.cos(), 1.07 * angle.sin()) > 0).all())
    assert 0.5 < area(name) < math.pi


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_distance_never_grows_faster_than_the_way(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.rand(2, 2000, generator=generator) * 2.4 - 1.2
    dx, dy = (torch.rand(2, 2000, generator=generator) - 0.5) * 0.2
    change = (OUTLINES[name](x + dx, y + dy) - OUTLINES[name](x, y)).abs()
    assert bool((change <= torch.hypot(dx, dy) + 1e-4).all())


def test_a_heart_has_its_notch_on_top_and_its_tip_below() -> None:
    heart = OUTLINES["heart"]
    x, y = torch.tensor([0.0, 0.0, 0.0, 0.5, 0.5]), torch.tensor([-0.85, 0.3, 0.85, 0.5, -0.85])
    assert (heart(x, y) < 0).tolist() == [True, True, False, True, False]


def test_images_follow_from_the_seed_alone() -> None:
    state = torch.get_rng_state()
    first, again = drain(draw_shapes(20, 3)), drain(draw_shapes(20, 3))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, drain(draw_shapes(20, 4)).images)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("count", [1, 13, 40])
def test_any_count_is_drawn_in_colour_at_32_pixels_every_ten_one_of_each(count: int) -> None:
    drawn = drain(draw_shapes(count, 1))
    assert drawn.images.shape == (count, 3, 32, 32)
    assert (drawn.images.dtype, drawn.labels.dtype) == (torch.uint8, torch.int64)
    assert drawn.class_names == NAMES
    assert len(drawn) == count
    for ten in drawn.labels[: count // 10 * 10].split(10):
        assert len(ten) < 10 or sorted(ten.tolist()) == list(range(10))


def test_progress_ends_at_one() -> None:
    records = list(draw_shapes(600, 0))
    assert [record.fraction for record in records] == [250 / 600, 500 / 600, 1.0]


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_stands_out_from_its_background(name: str) -> None:
    labels = torch.full((60,), NAMES.index(name))
    images = draw(labels, NAMES, torch.Generator().manual_seed(0)).float()
    brightness = (images * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)
    # The corners and the rim are background, so some pixel must be far from all of them.
    rim = torch.cat([brightness[:, 0], brightness[:, -1]], dim=1)
    typical = rim.median(1).values[:, None]
    farthest = (brightness.flatten(1) - typical).abs().quantile(0.95, dim=1)
    assert float(farthest.median()) > 60
    assert float((farthest > 35).float().mean()) > 0.95


@pytest.mark.usefixtures("small")
def test_the_second_load_reads_what_the_first_has_drawn(
    playground_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drain(shapes.load())
    assert [path.suffix for path in (playground_home / "cache").iterdir()] == [".npz"]
    monkeypatch.setattr(shapes, "draw", None)  # would fail if anything were drawn
    again = drain(shapes.load())
    assert torch.equal(first.train.images, again.train.images)
    assert torch.equal(first.train.labels, again.train.labels)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "other"])
def test_a_damaged_cache_is_drawn_again(playground_home: Path, damage: str) -> None:
    first = drain(shapes.load())
    (cache,) = (playground_home / "cache").iterdir()
    content = cache.read_bytes()
    middle = len(content) // 2
    cache.write_bytes(
        {
            "cut": content[:middle],
            "flip": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "empty": b"",
            "text": b"not an archive at all",
            "other": content,
        }[damage]
    )
    if damage == "other":  # a sound file of another count
        shapes._write(cache, drain(draw_shapes(10, 0)))
    again = drain(shapes.load())
    assert torch.equal(first.train.images, again.train.images)
    assert cache.read_bytes() == content


@pytest.mark.usefixtures("small")
def test_shapes_work_where_no_cache_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("a file where the folder should be")
    monkeypatch.setenv("PLAYGROUND_HOME", str(blocker))
    assert len(drain(shapes.load()).train) == 40
