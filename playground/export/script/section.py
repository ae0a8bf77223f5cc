"""Section: a titled part of a script, and code that is wrapped as a formatter would have it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from playground.errors import InvalidExperiment

WIDTH = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a script with its title, what there is to know of it, and its code."""

    title: str
    text: str
    code: str


def comment(text: str, indent: int = 0) -> str:
    """Return a text as lines of comment."""
    margin = " " * indent + "# "
    return "\n".join(textwrap.wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin))


def code(*lines: str | None) -> str:
    """Return the lines that there are, each of which may be several."""
    return "\n".join(line for line in lines if line is not None)


def indented(lines: str, depth: int = 1) -> str:
    """Return lines of code further to the right."""
    return textwrap.indent(lines, "    " * depth)


def number(value: int) -> str:
    """Return a whole number as code that reads well: 60_000."""
    return f"{value:_}" if value >= 10_000 else str(value)


def call(name: str, arguments: Iterable[str]) -> str:
    """Return a call on one line, or with one argument a line where that would be too long."""
    arguments = list(arguments)
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    return exploded(name, arguments)


def exploded(name: str, arguments: Iterable[str]) -> str:
    """Return a call with one argument a line."""
    return "\n".join([f"{name}(", *(indented(f"{each},") for each in arguments), ")"])


def part_of(table: Mapping[str, T], kind: str, name: str) -> T:
    """Return what a table has for a choice; raises `InvalidExperiment` where it has nothing."""
    if name not in table:
        raise InvalidExperiment(
            f"The {kind} {name} has no lines in the script: choose one of {', '.join(table)}."
        )
    return table[name]
