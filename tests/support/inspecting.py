"""A visitor on the Inspect page, and the truth on disk that the page is compared with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from app_page import AppPage

from playground.service.predictions import probabilities, validation_images
from playground.ui.state import INSPECT_PAGE

Open = Callable[..., AppPage]


def inspected(open_page: Open, view: str = "Confusion", **settings: str) -> AppPage:
    """Train a few epochs, slowly enough that mistakes are left, and look into the run."""
    page = open_page(
        {"training.epochs": "3", "training.batch_size": "256", "model.hidden_sizes": "[16]"}
        | settings
    )
    page.train("Finished 3 epochs")
    page.turn_to(INSPECT_PAGE)
    fill(page, "inspect-view", view)
    return page


def fill(page: AppPage, key: str, value: object) -> None:
    page.app.get_by_key(key).set_value(value)
    page.look()


def to_epoch(page: AppPage, epoch: str) -> None:
    fill(page, f"inspect-epoch-{page.run_id}", epoch)


def truth_of(page: AppPage, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and what was said after an epoch, as they are on disk."""
    started = page.run.started
    assert started is not None
    data, shares = validation_images(started.validation_key), probabilities(page.run_id, epoch)
    assert data is not None
    assert shares is not None
    return data.labels, shares.argmax(axis=1)


def tiles(page: AppPage) -> int:
    return page.html.count('role="listitem"')
