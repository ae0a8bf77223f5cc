from __future__ import annotations

import pytest
import torch
from tiny import CPU, data_of, tiny

from playground.engine.images import image_feed
from playground.engine.images.image_feed import ImageFeed
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset
from playground.engine.models.building import build_model
from playground.engine.training.precision import computing, pixel_type
from playground.experiment.catalog import ARCHITECTURES, AUGMENTATIONS

pytestmark = pytest.mark.usefixtures("few_digits")


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("ready_bytes", [0, 10**9])
def test_a_feed_gives_the_same_images_however_it_keeps_them(
    monkeypatch: pytest.MonkeyPatch, channels_last: bool, ready_bytes: int
) -> None:
    monkeypatch.setattr(image_feed, "READY_BYTES", ready_bytes)
    monkeypatch.setattr(image_feed, "_CACHED_BYTES", ready_bytes)
    data = data_of(tiny())
    normalization = Normalization((10.0,), (3.0,))
    feed = ImageFeed(data.train, normalization, CPU, channels_last=channels_last)
    expected = (data.train.images.float() - 10) / 3
    for places in ([5, 0, 59], [3, 4], [7], list(range(60)), [1, 1, 2]):  # smaller and larger
        images = feed.select(torch.tensor(places), "none", torch.Generator())
        assert torch.equal(images, expected[places])
    assert torch.equal(feed.slice(58, 99)[0], expected[58:])
    assert torch.equal(feed.slice(0, 60)[0], expected)


@pytest.mark.parametrize("name", ARCHITECTURES.names)
@pytest.mark.parametrize("augmentation", AUGMENTATIONS.names)
def test_pixels_kept_as_bfloat16_are_those_that_autocast_makes(
    name: str, augmentation: str
) -> None:
    settings = tiny().replace({"model.architecture": name}).model
    model = build_model(settings, (1, 16, 16), 3, seed=4).eval()
    images = torch.randint(0, 256, (20, 1, 16, 16), dtype=torch.uint8)
    dataset = Dataset(images, torch.zeros(20, dtype=torch.int64), ("a", "b", "c"))
    last = ARCHITECTURES[name].convolutional
    logits = []
    for number in (torch.float32, pixel_type("mixed")):
        raw = name == "transfer"  # which begins with no product, and gets pixels as they are
        normalization = Normalization((0.0,) if raw else (130.0,), (1.0,) if raw else (70.0,))
        feed = ImageFeed(dataset, normalization, CPU, number, channels_last=last)
        batch = feed.select(torch.arange(8), augmentation, torch.Generator().manual_seed(1))
        assert batch.dtype == number
        with computing("mixed", CPU):
            logits.append(model(batch))
    assert logits[0].dtype == torch.bfloat16
    assert torch.equal(*logits)
