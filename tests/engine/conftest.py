"""What tests of the engine share: few images, and a look at the order in which they come."""

from __future__ import annotations

import pytest
from tiny import use_few_digits
from torch import Tensor

from playground.engine.images.image_feed import ImageFeed


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the positions of all training images, in the order in which they come."""
    found: list[int] = []
    select = ImageFeed.select

    def noting(self: ImageFeed, indices: Tensor, *rest: object) -> tuple[Tensor, Tensor]:
        found.extend(indices.tolist())
        return select(self, indices, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageFeed, "select", noting)
    return found
