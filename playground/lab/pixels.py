"""Pixels: small pictures on their way to the page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pixels:
    """Grey levels of any `shape`, row after row; `content` has a byte for each, in base64."""

    shape: tuple[int, ...]
    content: str
