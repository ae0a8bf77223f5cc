"""Glance: single images that are looked at and not kept, decoded in a process apart."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import asdict
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from playground.own.imports import bare_environment
from playground.own.limits import LIMITS, Limits
from playground.run.names import visible

_COMMAND = [sys.executable, "-P", "-s", "-m", "playground.own.glancing"]
_ENDED_IT = "It ended the process that reads it: it is damaged in an unusual way."
_STOOD_STILL = "Reading it took too long: save it anew, and smaller."

Glanced = NDArray[np.uint8] | str


def glance(files: Sequence[bytes], side: int, limits: Limits = LIMITS) -> list[Glanced]:
    """Return the middle square of each image file, uint8 `[3, side, side]`, or why there is none.

    The reason is a sentence. PNG, JPEG, WebP, BMP, and the first frame of a GIF; turned as its
    camera says. A file that ends the process which reads it costs nobody else anything.
    """
    found: list[Glanced] = []
    while len(found) < len(files):
        found += _glance(files[len(found) :], side, limits)
    return found


def _glance(files: Sequence[bytes], side: int, limits: Limits) -> list[Glanced]:
    """Return what comes of the files up to the first that ends the process: at least of one."""
    if len(files[0]) > limits.file:
        return [limits.too_large()]
    files = list(takewhile(lambda content: len(content) <= limits.file, files))
    task = {"side": side, "limits": asdict(limits), "sizes": list(map(len, files))}
    process = subprocess.Popen(
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=bare_environment(),
        start_new_session=True,
    )
    reason = _ENDED_IT
    try:
        said, _ = process.communicate(
            b"".join([json.dumps(task).encode() + b"\n", *files]), limits.still_seconds
        )
    except subprocess.TimeoutExpired:
        reason = _STOOD_STILL
        process.kill()
        said, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    found = [_read(line, side) for line in said.splitlines()[: len(files)]]
    return found if len(found) == len(files) else [*found, reason]


def _read(line: bytes, side: int) -> Glanced:
    try:
        message = json.loads(line)
        if "refused" in message:
            return visible(str(message["refused"]))
        content = b64decode(message["pixels"], validate=True)
        pixels = np.frombuffer(content, np.uint8).reshape(side, side, 3)
    except (ValueError, KeyError, TypeError):
        return _ENDED_IT
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
