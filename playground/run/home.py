"""Where state lives on disk: one folder for everything, one for the data sets."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from playground.errors import UnknownRun, UnreadableRun, shorten
from playground.run import environment

_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o or u to mistake
_LENGTH = 10  # 50 random bits


def home() -> Path:
    """Return the folder of all state: `PLAYGROUND_HOME`, or `.playground` where it started."""
    return environment.folder("PLAYGROUND_HOME", Path(".playground"))


def datasets_folder() -> Path:
    """Return the root of the data sets: `PLAYGROUND_DATASETS`, or `<home>/datasets`.

    The layout is torchvision's: a folder that already holds `MNIST/raw` or
    `cifar-10-batches-py` is used as it is.
    """
    return environment.folder("PLAYGROUND_DATASETS", home() / "datasets")


def new_run_id() -> str:
    """Return an id that people can read out and type; ids are random, so nobody else has it."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def run_folder(run_id: str) -> Path:
    """Return the folder of one run: its document, checkpoints, and predictions by epoch.

    Raises `UnknownRun` for what is no id of a run: ids come from the address of a page too, and
    must not lead out of the folder. Raises `UnreadableRun` for a link: what is written to a run
    stays in the home.
    """
    folder = place_of(run_id)
    if folder.is_symlink():
        raise UnreadableRun(
            f"The folder {folder} is a link, and a run's files stay in its own folder. Put the "
            "folder itself in its place, or delete the run: what the link leads to stays."
        )
    return folder


def place_of(run_id: str) -> Path:
    """Return where the folder of a run would be, link or not; raises `UnknownRun`."""
    if not is_run_id(run_id):
        raise UnknownRun(
            f"{shorten(run_id)} is not the id of a run: an id has letters, digits, - and _. Press "
            "Train to start a new run."
        )
    return home() / "runs" / run_id


def is_run_id(text: str) -> bool:
    """Whether `text` can be the id of a run."""
    return bool(_RUN_ID.fullmatch(text))


def cache_folder() -> Path:
    """Return the folder of what can be made again: generated images, previews."""
    return home() / "cache"
