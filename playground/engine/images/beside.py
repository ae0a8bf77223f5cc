"""The file that lies beside a plain script of a data set that no library has."""

from __future__ import annotations

from pathlib import Path

from playground.engine.images.data import drain
from playground.engine.images.sources.loading import load_dataset
from playground.errors import DatasetUnavailable
from playground.experiment import catalog
from playground.run import datasets


def file_beside(name: str) -> Path:
    """Return the arrays of the data set called `name`, drawn first where need be.

    Raises `UnknownChoice`, and `DatasetUnavailable` where there is no such file.
    """
    entry = catalog.DATASETS[name]
    file = datasets.kept_arrays(name)
    if name == "shapes" and not file.is_file():
        drain(load_dataset(name))
    if not file.is_file():
        raise DatasetUnavailable(
            f"{entry.label} is not at {file}: make the data set anew, or choose another one."
        )
    return file
