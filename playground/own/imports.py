"""Imports: a reading as seen from outside: started, watched, ended, and its account read."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO, Annotated, Any

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from playground.errors import InvalidExperiment, PlaygroundError
from playground.own.brought import Brought, Wishes
from playground.own.found import Found, Sizes, Skipped
from playground.own.limits import LIMITS, Limits
from playground.own.process import MARK
from playground.run.arrays import read_arrays
from playground.run.names import tidy, visible

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = [sys.executable, "-P", "-s", "-W", "ignore", "-m", "playground.own.process"]
_HANGS = 1_000_000  # no status of a process: it was ended for standing still
_NO_IMAGE = 2**62  # what stands for none where it is marked which image is being read
_LONGER = 20  # times as long as one image may take what is done with all of them
_DEATHS = 5  # of the process in one reading; whatever it was at is left out each time
_LONGEST_LINE = 4_000_000  # bytes that its account may have
_LOOK_EVERY = 0.1  # seconds
_CPU_IS_UP = -24  # SIGXCPU, where there is one

_ENDED_IT = "It ended the process that reads it: it is damaged in an unusual way."
_STOOD_STILL = "Reading it took too long: save it anew, and smaller."
_NOT_READ = (
    "It cannot be read here: the process that reads it ended again and again. Pack the images "
    "anew, as PNG or JPEG files in a folder for each class."
)


class Cancelled(PlaygroundError):
    """The reading was given up."""


@dataclass(frozen=True, slots=True)
class Extended:
    """The data set that a reading adds to: its arrays, its classes, whether its test was named."""

    arrays: Path
    class_names: tuple[str, ...]
    has_own_test: bool


_Count = Annotated[int, Field(ge=0)]
_Pixels = Annotated[int, Field(ge=1, le=100_000)]
_Text = Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, slots=True)
class _Account:
    class_names: Annotated[tuple[_Text, ...], Field(min_length=2)]
    counts: dict[str, tuple[_Count, ...]]
    image_shape: tuple[_Pixels, _Pixels, _Pixels]
    skipped: tuple[tuple[_Text, _Count, tuple[_Text, ...]], ...]
    has_own_test: bool
    near_duplicates: _Count
    duplicate_examples: tuple[tuple[_Text, _Text], ...]
    sizes: tuple[tuple[int, int], tuple[int, int], bool]
    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    bytes: _Count
    notes: tuple[_Text, ...]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


_ACCOUNT = TypeAdapter(_Account)


def read(
    brought: Brought,
    wishes: Wishes,
    folder: Path,
    *,
    tell: Callable[[int, int], None] = lambda done, total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    extended: Extended | None = None,
    limits: Limits = LIMITS,
) -> Found:
    """Read what was brought in a process apart; `folder` gets `arrays.npz` and `samples.npz`.

    `tell` gets how many files are done, and of how many, 0 where that is not known. Raises
    `InvalidExperiment` with the reason where nothing comes of it, `Cancelled`, and `OSError`.
    """
    avoid: dict[int, str] = {}
    while True:
        process = _Process(folder)
        try:
            end = process.run(
                _task(brought, wishes, folder, avoid, extended, limits),
                tell,
                is_cancelled,
                limits.still_seconds,
            )
        finally:
            process.kill()
        if isinstance(end, dict):
            break
        place = _place(folder / MARK)
        if end == _CPU_IS_UP:
            raise InvalidExperiment(limits.too_long())
        if place is None or place in avoid or len(avoid) >= _DEATHS:
            raise InvalidExperiment(_NOT_READ)
        avoid[place] = _STOOD_STILL if end == _HANGS else _ENDED_IT
    if "refused" in end:
        if problem := end.get("problem"):
            logging.getLogger(__name__).warning("reading: %s", visible(str(problem)))
        raise InvalidExperiment(visible(str(end["refused"])))
    try:
        return _found(end["found"], folder)
    except (ValidationError, ValueError, KeyError) as error:
        logging.getLogger(__name__).warning("reading: an account that is none: %s", error)
        raise InvalidExperiment(_NOT_READ) from None


class _Process:
    """One process that reads; nobody but us hears of its end."""

    def __init__(self, folder: Path) -> None:
        self._mark = folder / MARK
        self._mark.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=bare_environment(),
            start_new_session=True,  # Ctrl-C in a terminal is for us: we end it
        )
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    def run(
        self,
        task: dict[str, Any],
        tell: Callable[[int, int], None],
        is_cancelled: Callable[[], bool],
        still_seconds: float,
    ) -> dict[str, Any] | int:
        """Return the last message, or the status where it ended without one; raises `Cancelled`."""
        stdin = self._process.stdin
        assert stdin is not None, "started with pipes"
        try:
            stdin.write(json.dumps(task).encode() + b"\n")
            stdin.close()
        except BrokenPipeError:
            pass  # its end is seen below
        heard = monotonic()
        while True:
            if is_cancelled():
                raise Cancelled("The reading was given up.")
            try:
                line = self._lines.get(timeout=_LOOK_EVERY)
            except Empty:
                patience = still_seconds * (1 if _place(self._mark) is not None else _LONGER)
                if monotonic() - heard > patience:
                    return _HANGS
                continue
            heard = monotonic()
            message = _message(line)
            if message is None:
                return self._process.wait()
            if "done" not in message:
                return message
            tell(int(message["done"]), int(message["total"]))

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                self._lines.put(line)
        self._lines.put(b"")

    def kill(self) -> None:
        """End the process, where it has not ended."""
        self._process.kill()
        self._process.wait()


def _message(line: bytes) -> dict[str, Any] | None:
    """Return a line as a message; None for the end, and for what is none."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def bare_environment() -> dict[str, str]:
    """Return what the process needs, and nothing else of ours: no key, no address."""
    kept = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join([str(_PACKAGE_ROOT), *_extra_paths()]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",  # each thread more asks for memory that the limit counts
        "MKL_NUM_THREADS": "1",
    }


def _extra_paths() -> Sequence[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def _task(
    brought: Brought,
    wishes: Wishes,
    folder: Path,
    avoid: dict[int, str],
    extended: Extended | None,
    limits: Limits,
) -> dict[str, Any]:
    before = extended and [str(extended.arrays), list(extended.class_names), extended.has_own_test]
    return {
        "brought": [brought.kind, str(brought.path.absolute())],
        "wishes": asdict(wishes),
        "limits": asdict(limits),
        "folder": str(folder.absolute()),
        "avoid": avoid,
        "before": before,
    }


def _place(mark: Path) -> int | None:
    """Return the number of the image that was being read when the process ended."""
    try:
        content = mark.read_bytes()
    except OSError:
        return None
    number = int.from_bytes(content[:8], "little") if len(content) >= 8 else _NO_IMAGE
    return None if number >= _NO_IMAGE else number


def _found(account: object, folder: Path) -> Found:
    read_ = _ACCOUNT.validate_json(json.dumps(account), strict=True)
    classes = len(read_.class_names)
    if set(read_.counts) != {"train", "test"} or any(
        len(counts) != classes for counts in read_.counts.values()
    ):
        raise ValueError("its counts are not of its classes")
    arrays = read_arrays(folder / "samples.npz")
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype != np.uint8 or images.shape != (len(labels), *read_.image_shape):
        raise ValueError("its samples are of another shape")
    samples = tuple(images[labels == label] for label in range(classes))
    return Found(
        class_names=tuple(tidy(name) or "unnamed" for name in read_.class_names),
        counts=read_.counts,
        image_shape=read_.image_shape,
        samples=samples,
        skipped=tuple(
            Skipped(reason, count, tuple(map(visible, names)))
            for reason, count, names in read_.skipped
        ),
        has_own_test=read_.has_own_test,
        near_duplicates=read_.near_duplicates,
        duplicate_examples=tuple(
            (visible(test), visible(train)) for test, train in read_.duplicate_examples
        ),
        sizes=Sizes(*read_.sizes),
        fingerprint=read_.fingerprint,
        bytes=read_.bytes,
        seconds=read_.seconds,
        notes=tuple(map(visible, read_.notes)),
    )
