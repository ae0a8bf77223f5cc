"""Entries: one choice each, and the catalogue that finds them by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from playground.errors import UnknownChoice


@dataclass(frozen=True, slots=True)
class Entry:
    """One choice: `name` in files and links, `label` on screen, `summary` in one line.

    `uses` lists settings that mean something only with choices like this one, such as "momentum".
    """

    name: str
    label: str
    summary: str
    uses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A data set: its images are uint8 `[channels, height, width]`, every one of `image_shape`."""

    name: str
    label: str
    summary: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_images: int
    test_images: int
    download_megabytes: float = 0.0

    @property
    def needs_download(self) -> bool:
        """Whether the images come over the network the first time."""
        return self.download_megabytes > 0


@dataclass(frozen=True, slots=True)
class ArchitectureEntry:
    """A network; `convolutional` ones see neighbouring pixels, the others a flat list of numbers.

    `uses` lists the settings of `Experiment.model` that the network has; the rest is fixed in it.
    `has` lists which of "dropout" and "batch_norm" are fixed in it. `needs_sizes` says that it is
    none without a hidden size.
    """

    name: str
    label: str
    summary: str
    uses: frozenset[str] = frozenset()
    convolutional: bool = True
    has: frozenset[str] = frozenset()
    needs_sizes: bool = False


@dataclass(frozen=True, slots=True)
class OptimizerState:
    """A number that an optimizer keeps for every weight: `name` in torch, `label` on screen.

    One `of_momentum` is there only with a momentum; one that `remembers` has former gradients in
    it, sign and all.
    """

    name: str
    label: str
    of_momentum: bool = False
    remembers: bool = False


@dataclass(frozen=True, slots=True)
class OptimizerEntry:
    """An optimizer. `uses` lists the settings of `Experiment.optimizer` that it alone has.

    `rule` says how a weight follows from its gradient and the `states` of the optimizer,
    `rule_ahead` how it does with Nesterov. `decays_apart` says that weight decay is no part of the
    gradient; `step_copies` counts the copies of all weights made for the moment of a step.
    """

    name: str
    label: str
    summary: str
    rule: str
    uses: frozenset[str] = frozenset()
    rule_ahead: str = ""
    states: tuple[OptimizerState, ...] = ()
    decays_apart: bool = False
    step_copies: int = 0


@dataclass(frozen=True, slots=True)
class PitfallEntry:
    """A mistake to make on purpose: `summary` says what it does, `why` it hurts, how to `see` it.

    `needs` names the layers without which it changes nothing: "dropout" or "batch_norm", either.
    """

    name: str
    label: str
    summary: str
    why: str
    see: str
    needs: frozenset[str] = frozenset()


class Named(Protocol):
    """Whatever has a name, by which a catalogue finds it."""

    @property
    def name(self) -> str:
        """The name in files and links."""


E = TypeVar("E", bound=Named)


class Catalog(Generic[E]):
    """An ordered set of entries of one kind, found by name."""

    def __init__(self, kind: str, entries: Iterable[E]) -> None:
        self.kind = kind
        self._entries: dict[str, E] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise ValueError(f"the {kind} {entry.name} is registered twice")
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> E:
        """Return the entry called `name`; raises `UnknownChoice`, which lists the names."""
        try:
            return self._entries[name]
        except (KeyError, TypeError):
            raise UnknownChoice(self.kind, name, self._entries) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def names(self) -> list[str]:
        """The names, in the order of the select box."""
        return list(self._entries)
