from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from playground.engine.images.augmentation import AUGMENTATIONS, augment
from playground.errors import UnknownChoice
from playground.experiment import catalog

NAMES = catalog.AUGMENTATIONS.names


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int, channels: int, height: int, width: int) -> Tensor:
    """Images in which every pixel has a number of its own."""
    total = count * channels * height * width
    return torch.arange(total, dtype=torch.float32).view(count, channels, height, width)


def crops(image: Tensor, reach_y: int, reach_x: int) -> list[Tensor]:
    """Every crop of one image `[C, H, W]` padded by reflection, built the plain way."""
    _, height, width = image.shape
    padded = pad(image[None], (reach_x, reach_x, reach_y, reach_y), mode="reflect")[0]
    return [
        padded[:, top : top + height, left : left + width]
        for top in range(2 * reach_y + 1)
        for left in range(2 * reach_x + 1)
    ]


def place(result: Tensor, choices: list[Tensor]) -> int | None:
    return next((i for i, choice in enumerate(choices) if torch.equal(result, choice)), None)


def test_every_augmentation_of_the_catalogue_is_built_and_no_other() -> None:
    assert set(AUGMENTATIONS) == set(NAMES)


def test_no_augmentation_returns_the_batch_as_it_is_and_draws_nothing() -> None:
    images, generator = numbered(3, 1, 5, 5), seeded()
    before = generator.get_state()
    assert augment("none", images, generator) is images
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (6, 9), (3, 3), (2, 5), (1, 1)])
def test_a_crop_is_one_of_the_crops_of_the_reflected_image(height: int, width: int) -> None:
    images = numbered(40, 2, height, width)
    reach_y, reach_x = min(4, height - 1), min(4, width - 1)
    results = augment("crop", images, seeded(), 4)
    for image, result in zip(images, results, strict=True):
        assert place(result, crops(image, reach_y, reach_x)) is not None


def test_a_crop_shifts_each_image_by_its_own_amount_and_reaches_every_offset() -> None:
    image = numbered(1, 1, 8, 8)
    results = augment("crop", image.expand(2000, -1, -1, -1), seeded(), 4)
    choices = crops(image[0], 4, 4)
    assert {place(result, choices) for result in results.unique(dim=0)} == set(range(81))


@pytest.mark.parametrize(("size", "reach"), [(1, 0), (3, 1), (8, 1), (16, 2), (28, 4), (32, 4)])
def test_a_crop_shifts_by_an_eighth_of_the_image_unless_told_otherwise(
    size: int, reach: int
) -> None:
    images = numbered(1, 1, size, size).expand(1000, -1, -1, -1)
    found = augment("crop", images, seeded()).unique(dim=0)
    assert len(found) == (2 * reach + 1) ** 2


def test_crop_flip_mirrors_about_half_of_the_images_and_nothing_else() -> None:
    images = numbered(400, 1, 12, 12)  # wide enough that no crop is another one mirrored
    mirrored = 0
    for image, result in zip(images, augment("crop_flip", images, seeded(), 4), strict=True):
        choices = crops(image, 4, 4)
        as_it_was, flipped = place(result, choices), place(result.flip(2), choices)
        assert (as_it_was is None) != (flipped is None)
        mirrored += flipped is not None
    assert 150 < mirrored < 250


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.bfloat16])
def test_a_new_batch_of_the_same_form_follows_from_batch_and_generator_alone(
    name: str, dtype: torch.dtype
) -> None:
    images = torch.randint(0, 256, (16, 3, 8, 6), generator=seeded()).to(dtype)
    before, state = images.clone(), torch.get_rng_state()
    generator = seeded(1)
    result = augment(name, images, generator)
    assert (result.dtype, result.shape) == (dtype, images.shape)
    assert torch.equal(images, before)
    assert torch.equal(augment(name, images, generator), result) == (name == "none")
    for same in (images, images.to(memory_format=torch.channels_last)):
        assert torch.equal(augment(name, same, seeded(1)), result)
    assert augment(name, images[:0], seeded()).shape == (0, 3, 8, 6)
    assert torch.equal(torch.get_rng_state(), state)


def test_an_unknown_augmentation_names_the_choices() -> None:
    with pytest.raises(UnknownChoice, match="crop_flip"):
        augment("flip", numbered(1, 1, 4, 4), seeded())
