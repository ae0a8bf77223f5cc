"""What there is to move in the concept lab: numbers and names, each with its range and label.

A page draws its sliders from them; a question reads with their `rule` what a page has sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from pydantic import PlainValidator

from playground.errors import InvalidExperiment, UnknownChoice, shorten

N = TypeVar("N", int, float)
Row: TypeAlias = tuple[float, ...]
Rows: TypeAlias = tuple[Row, ...]
Cells: TypeAlias = tuple[tuple[float | None, ...], ...]
"""A table that a person edits: None where a field is empty."""


@dataclass(frozen=True, slots=True)
class Number(Generic[N]):
    """A number from `least` to `most`; with a whole `step` it is a whole number."""

    name: str
    label: str
    default: N
    least: N
    most: N
    step: N

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return isinstance(self.step, int)

    @property
    def rule(self) -> PlainValidator:
        """The rule for a field of a question that holds it."""
        return PlainValidator(self.checked)

    def checked(self, value: object) -> N:
        """Return `value` where it is in range; raises `InvalidExperiment` where it is not."""
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and (isinstance(value, int) or not self.is_whole)
            and self.least <= value <= self.most  # false for what is not a number, too
        ):
            return type(self.step)(value)  # 2 becomes 2.0, where halves are allowed
        kind = "whole number" if self.is_whole else "number"
        given = "An empty field" if value is None else shorten(value)
        raise InvalidExperiment(
            f"{given} is no {self.label}: it must be a {kind} from {self.least:g} to {self.most:g}."
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names, each with its label; the first is the default."""

    name: str
    label: str
    labels: Mapping[str, str]

    @property
    def default(self) -> str:
        """The first name."""
        return next(iter(self.labels))

    @property
    def rule(self) -> PlainValidator:
        """The rule for a field of a question that holds it."""
        return PlainValidator(self.checked)

    def checked(self, value: object) -> str:
        """Return `value` where it is one of the names; raises `UnknownChoice` where it is not."""
        if isinstance(value, str) and value in self.labels:
            return value
        raise UnknownChoice(self.label, value, self.labels)


def numbers_rule(number: Number[float], count: int) -> PlainValidator:
    """Return the rule for a list of `count` numbers."""

    def checked(values: object) -> Row:
        if not isinstance(values, list | tuple) or len(values) != count:
            raise InvalidExperiment(
                f"{shorten(values)} is no list of {number.label}s: give {count} numbers."
            )
        return tuple(number.checked(value) for value in values)

    return PlainValidator(checked)


def names_rule(names: Collection[str], label: str) -> PlainValidator:
    """Return the rule for a list of some of the `names`; `label` says of what."""

    def checked(values: object) -> tuple[str, ...]:
        if isinstance(values, list | tuple) and all(value in names for value in values):
            return tuple(values)
        *others, last = names
        raise InvalidExperiment(
            f"{shorten(values)} is no list of {label}: choose of {', '.join(others)} and {last}."
        )

    return PlainValidator(checked)


def table_rule(
    name: str, columns: Sequence[Number[float]], rows: Collection[str]
) -> PlainValidator:
    """Return the rule for a table with one number of each of `columns` in every one of `rows`.

    What is wrong in a row is told with the name of the row.
    """

    def checked(values: object) -> Rows:
        if (
            isinstance(values, list | tuple)
            and len(values) == len(rows)
            and all(isinstance(row, list | tuple) and len(row) == len(columns) for row in values)
        ):
            return tuple(row_of(*each) for each in zip(rows, values, strict=True))
        raise InvalidExperiment(
            f"{shorten(values)} is no table of {name}: give {len(rows)} rows of {len(columns)} "
            "numbers."
        )

    def row_of(row_name: str, row: Sequence[object]) -> Row:
        try:
            return tuple(column.checked(value) for column, value in zip(columns, row, strict=True))
        except InvalidExperiment as error:
            raise InvalidExperiment(f"{row_name}: {error}") from None

    return PlainValidator(checked)
