"""The lines that ran, for the page to show."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getsource
from textwrap import dedent
from typing import Any


def source(*functions: Callable[..., Any]) -> str:
    """Return the source of these functions, two blank lines between them."""
    return "\n\n".join(dedent(getsource(function)) for function in functions)
