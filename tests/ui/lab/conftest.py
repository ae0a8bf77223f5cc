"""The Lab page at the piece that a file of tests is about: its `PIECE`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from lab_page import turn_to_lab


@pytest.fixture
def page(open_page: Callable[..., AppPage], request: pytest.FixtureRequest) -> AppPage:
    opened = open_page()
    turn_to_lab(opened, request.module.PIECE)
    return opened
