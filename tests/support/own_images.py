"""Images as a person brings them in a page: a zip of class folders, and a data set made of one."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

import numpy as np
from app_page import DATA_PAGE, AppPage
from PIL import Image
from processes import wait_until

from playground.experiment.entries import DatasetEntry
from playground.own.brought import Brought, Wishes
from playground.service import TrainingService
from playground.ui.sidebar.widgets import BRING
from playground.ui.state import DATA_VIEW

PETS = {"cat": 20, "dog": 20}


def photograph(number: int, *, dark: bool = False) -> bytes:
    """Return a PNG of noise in colour, 20 wide and 16 high, another one for each number."""
    high = 90 if dark else 250
    pixels = np.random.default_rng(number).integers(high - 80, high, (16, 20, 3), dtype=np.uint8)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def files_of(classes: Mapping[str, int]) -> dict[str, bytes]:
    """Return so many photographs of each class by their paths; every other class is dark."""
    return {
        f"{name}/{number}.png": photograph(1000 * place + number, dark=bool(place % 2))
        for place, (name, count) in enumerate(classes.items())
        for number in range(count)
    }


def zip_of(classes: Mapping[str, int], **others: bytes) -> bytes:
    """Return a zip of class folders, and of other files by their names."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, content in (files_of(classes) | others).items():
            archive.writestr(path, content)
    return stream.getvalue()


def kept(
    service: TrainingService, page: AppPage, label: str = "Pets", side: int = 16
) -> DatasetEntry:
    """Return a data set of this page's person, kept without the page."""
    own_sets, person = service.own_sets, page.session.person
    inbox = own_sets.inbox(person)
    place = own_sets.put(person, inbox.token, "pets.zip", zip_of({"cat": 12, "dog": 12}))
    token = own_sets.begin(person, Brought("zip", place), Wishes(side))
    wait_until(lambda: own_sets.look(person, token).state != "reading", "the reading")
    return own_sets.keep(person, token, label)


def to_bring(page: AppPage) -> None:
    """Choose "Own images …" in the sidebar."""
    page.choose("data.dataset", BRING)


def to_view(page: AppPage, view: str) -> None:
    """Turn to a part of the Data page."""
    page.turn_to(DATA_PAGE)
    page.app.button_group(key=DATA_VIEW.name).set_value(view)
    page.look()


def send(page: AppPage, kind: str, name: str, content: bytes, number: int = 0) -> None:
    """Send a file to the field for this kind, and wait until it has been looked through."""
    page.app.file_uploader(key=f"own-{kind}-{number}").upload(name, content)
    page.look()
    until_read(page)


def until_read(page: AppPage) -> None:
    """Wait until nothing is being read."""
    page.until(lambda: not any(button.label == "Cancel" for button in page.app.button))
