"""What the operator sets: environment variables, read with a default for what makes no sense."""

from __future__ import annotations

import os


def whole_number(name: str, default: int) -> int:
    """Return the number from 0 on that a variable holds; the default where it holds none."""
    text = os.environ.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() else default
