"""Environment: the settings called PLAYGROUND_…, each a value that can be used.

Nonsense gets a sentence in the log, once, and the default.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from playground.errors import shorten


def text(name: str) -> str:
    """Return what `name` is set to, "" where it is not; whoever uses it judges it."""
    return os.environ.get(name, "").strip()


def whole_number(name: str, default: int, most: int = 10_000, *, least: int = 1) -> int:
    """Return a whole number from `least` to `most`; a smaller one counts as `least`."""
    value = text(name)
    if re.fullmatch("[0-9]{1,9}", value) and int(value) <= most:
        return max(least, int(value))
    if value:
        _say_once(
            f"{name} is {shorten(value)}, which is not a whole number from {least} to {most:,}: "
            f"{default:,} is used."
        )
    return default


def number(name: str, default: float, least: float, most: float) -> float:
    """Return a number from `least` to `most`, fractions among them."""
    value = text(name)
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) and least <= float(value) <= most:
        return float(value)
    if value:
        _say_once(
            f"{name} is {shorten(value)}, which is not a number from {least:g} to {most:,.0f}: "
            f"{default:g} is used."
        )
    return default


def switch(name: str, default: bool) -> bool:
    """Return whether something is on: 1, or off: 0."""
    value = text(name)
    if value not in ("", "0", "1"):
        _say_once(f"{name} is {shorten(value)}, which is neither 1 nor 0: {int(default)} is used.")
    return value == "1" if value in ("0", "1") else default


def secret(name: str, least: int) -> str:
    """Return a secret of at least so many letters, "" where none is set; it is never told."""
    value = text(name)
    if 0 < len(value) < least:
        _say_once(f"{name} has fewer than {least} letters, which is too easy to guess: it is off.")
        return ""
    return value


def folder(name: str, default: Path) -> Path:
    """Return the whole path of a folder, which need not be there; `~` is a person's own."""
    value = os.environ.get(name, "")
    if value.strip():
        try:
            path = Path(value).expanduser().resolve()
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                path.stat()  # a name that is too long shows here
            return path
        except (OSError, RuntimeError) as error:  # nobody of that name, a circle of links, …
            used = _from_anywhere(default)
            reason = str(getattr(error, "strerror", error)).rstrip(".").lower()
            _say_once(f"{name} is {shorten(value)}, which is no folder ({reason}): {used} is used.")
            return used
    return _from_anywhere(default)


def folders(name: str) -> tuple[Path, ...]:
    """Return the folders that are there of a list as PATH has it; links are resolved."""
    found = []
    for part in filter(None, text(name).split(os.pathsep)):
        try:
            path = Path(part).expanduser().resolve(strict=True)
            if not path.is_dir():
                raise NotADirectoryError
            found.append(path)
        except (OSError, RuntimeError):  # as above
            _say_once(f"{name} names {shorten(part)}, which is no folder: it is left out.")
    return tuple(found)


def _from_anywhere(path: Path) -> Path:
    """Return the whole path; below a person's own folder where the working directory is gone."""
    try:
        return path.resolve()
    except OSError:
        own = Path(os.environ.get("HOME") or tempfile.gettempdir())
        _say_once(f"The folder in which this was started is gone: {own / path} is used.")
        return own / path


@cache
def _say_once(sentence: str) -> None:
    logging.getLogger(__name__).warning("%s", sentence)
