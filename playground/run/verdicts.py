"""Verdicts: what a person has said of training images, kept with the run that they looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from playground.errors import PlaygroundError
from playground.run.folder import RunFolder
from playground.run.part_files import write_whole

Verdict = Literal["label wrong", "ambiguous", "network's fault"]
VERDICTS: tuple[Verdict, ...] = ("label wrong", "ambiguous", "network's fault")

_LARGEST = 10_000_000  # bytes; a verdict takes about sixty

_Position = Annotated[int, Field(ge=0, le=99_999_999)]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on the image at this position in the official training images; `label` as told."""

    image: _Position
    label: _Position
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Document:
    version: Literal[1]
    verdicts: tuple[Judged, ...]


_DOCUMENT = TypeAdapter(_Document)


def read_verdicts(run_id: str) -> dict[int, Judged]:
    """Return the verdicts of a run by image, in order; none where nobody has judged.

    Raises `UnknownRun`, and `PlaygroundError` where the file is there and is not what was written:
    to take it for an empty one would let the next verdict overwrite all others.
    """
    file = RunFolder.of(run_id).verdicts
    try:
        if not file.exists():
            return {}
        if not file.is_file() or file.stat().st_size > _LARGEST:
            raise ValueError("it is no list of verdicts")
        document = _DOCUMENT.validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise PlaygroundError(
            f"The verdicts of this run cannot be read: {reason}. The file is {file.name} in the "
            "run's folder: mend it, or remove it to judge anew."
        ) from None
    return {each.image: each for each in sorted(document.verdicts, key=lambda each: each.image)}


def write_verdicts(run_id: str, verdicts: Mapping[int, Judged]) -> None:
    """Keep the verdicts of a run, all of them or none; raises `OSError`."""
    document = _Document(1, tuple(verdicts.values()))
    write_whole(RunFolder.of(run_id).verdicts, _DOCUMENT.dump_json(document))
