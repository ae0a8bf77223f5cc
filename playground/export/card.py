"""Run card: what lies in its zip, how large it may be, and how its checksum is made.

A checksum shows damage. It shows no forgery: whoever changes a card can compute it anew. So what
is said in a card and can be computed from what else is in it is compared (see `agreement`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from playground.errors import PlaygroundError

KIND, VERSION = "neural network playground: run card", 1

MEGABYTE = 1_000_000
LARGEST_CARD = 128 * MEGABYTE
LARGEST_UNPACKED = 200 * MEGABYTE
UNPACKED_ON_A_PAGE = 60 * MEGABYTE
MOST_MEMBERS = 160

MANIFEST = "card.json"
RUN = "run.json"
EXPERIMENT = "experiment.json"
ENVIRONMENT = "environment.json"
CURVES = "curves.csv"
CONFUSION = "confusion.json"
MISTAKES = "mistakes.csv"
WEIGHTS = "weights.safetensors"
SCRIPT = "script.py"
REPORT = "report.html"
IMAGES, LABELS, INDICES = (f"answers/{name}.npy" for name in ("images", "labels", "indices"))
ANSWERS = re.compile(r"answers/probabilities-(\d{4,9})\.npy")

_SIZES: tuple[tuple[str, int], ...] = (
    (r"card\.json", MEGABYTE),
    (r"run\.json", 30 * MEGABYTE),
    (r"(experiment|environment|confusion)\.json", 8 * MEGABYTE),
    (r"(curves|mistakes)\.csv", 30 * MEGABYTE),
    (r"weights\.safetensors", 120 * MEGABYTE),
    (r"script\.py", MEGABYTE),
    (r"report\.html", 20 * MEGABYTE),
    (r"mistakes/\d\d\.png", 4 * MEGABYTE),
    (r"answers/images\.npy", 60 * MEGABYTE),
    (r"answers/(labels|indices)\.npy", 20 * MEGABYTE),
    (ANSWERS.pattern, 60 * MEGABYTE),
)


class CardRefused(PlaygroundError):
    """A file is no run card, a damaged one, or one whose parts contradict each other."""


def largest(name: str) -> int | None:
    """Return how many bytes the member of a card may have; None for a name that none has."""
    return next((size for form, size in _SIZES if re.fullmatch(form, name)), None)


def answers_name(epoch: int) -> str:
    """Return where the probabilities of the validation images after an epoch lie."""
    return f"answers/probabilities-{epoch:04}.npy"


def digest(content: bytes) -> str:
    """Return the checksum of a member."""
    return hashlib.sha256(content).hexdigest()


def checksum(manifest: Mapping[str, Any]) -> str:
    """Return the checksum of a card: of its manifest, in which are those of its members."""
    said = {name: value for name, value in manifest.items() if name != "checksum"}
    return digest(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


def strict_json(value: object) -> bytes:
    """Return JSON that any reader takes: what is no finite number is written as text."""
    return json.dumps(_finite(value), allow_nan=False, indent=1).encode()


def _finite(value: object) -> object:
    match value:
        case float() if not isfinite(value):
            return str(value)
        case dict():
            return {name: _finite(each) for name, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
    return value
