"""Entries: one choice each, and the catalogue that finds them by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, Protocol, TypeVar

from pydantic import Field

from playground.errors import InvalidExperiment, UnknownChoice

Words = Annotated[str, Field(min_length=1, max_length=200)]
Length = Annotated[int, Field(ge=1, le=1_000_000)]
Count = Annotated[int, Field(ge=1)]


SECRET = "own_"
"""How a name begins that is in no list: it is found by those who know it."""


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
    """A data set: each input has `input_shape`; images are uint8 `[channels, height, width]`.

    The counts are what is said before anything is read; a run follows what it has read. `kind`
    names what loads it (see `engine.images.sources.loading`), the entry's own name where it is
    empty. `changes_mirrored` says that an image mirrored left to right means something else, as
    digits and letters do. `content` changes whenever the data does, for those that may.
    `class_counts` are the counts of each class, training and test, where they are not all alike.
    `framing` says how its images were placed in their frames (see `drawing.framing`), so that what
    is drawn for its networks can be placed alike; "" where no rule is known.
    """

    name: str
    label: Words
    summary: Words
    input_shape: Annotated[tuple[Length, ...], Field(min_length=1, max_length=4)]
    class_names: Annotated[tuple[Words, ...], Field(min_length=2, max_length=100_000)]
    training_images: Count
    test_images: Count
    download_megabytes: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    changes_mirrored: bool = False
    number: Literal["uint8", "float32"] = "uint8"
    kind: str = ""
    content: str = ""
    class_counts: tuple[tuple[int, int], ...] = ()
    framing: Literal["", "mass", "box", "blocks"] = ""

    def labels(self, classes: Collection[str]) -> list[int]:
        """Return the labels of the classes of these names, ascending; all where there are none."""
        numbers = range(len(self.class_names))
        return [n for n in numbers if not classes or self.class_names[n] in classes]

    def counts(self, classes: Collection[str] = ()) -> tuple[int, int]:
        """Return how many training and test inputs these classes have, or all for none.

        Where it is not known of each class, this is an estimate: an equal share.
        """
        if not classes:
            return self.training_images, self.test_images
        chosen, total = self.labels(classes), len(self.class_names)
        if self.class_counts:
            training, test = zip(*(self.class_counts[label] for label in chosen), strict=True)
            return sum(training), sum(test)
        return (
            max(1, self.training_images * len(chosen) // total),
            max(1, self.test_images * len(chosen) // total),
        )

    @property
    def needs_download(self) -> bool:
        """Whether the images come over the network the first time."""
        return self.download_megabytes > 0

    @property
    def has_images(self) -> bool:
        """Whether its inputs are images, which can be resized, shifted and convolved."""
        return len(self.input_shape) == 3

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the images; raises `InvalidExperiment` without any."""
        return image_shape(self.input_shape)


def image_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return a `shape` that is known to be that of images; raises `InvalidExperiment` if not."""
    match shape:
        case (channels, height, width):
            return channels, height, width
    raise InvalidExperiment(
        f"Inputs of shape {'×'.join(map(str, shape))} are no images: choose a data set of images."
    )


@dataclass(frozen=True, slots=True)
class ArchitectureEntry:
    """A network; `convolutional` ones see neighbouring pixels, the others a flat list of numbers.

    `uses` lists the settings of `Experiment.model` that the network has; the rest is fixed in it.
    `has` lists which of "dropout" and "batch_norm" are fixed in it. `needs_sizes` says that it is
    none without a hidden size; `sizes` are those it has where nobody names any.
    """

    name: str
    label: str
    summary: str
    uses: frozenset[str] = frozenset()
    convolutional: bool = True
    has: frozenset[str] = frozenset()
    needs_sizes: bool = False
    sizes: tuple[int, ...] = ()


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

    `when` says when it does harm and when it does none. `needs` names the layers without which it
    changes nothing: "dropout" or "batch_norm", either.
    """

    name: str
    label: str
    summary: str
    why: str
    see: str
    when: str
    needs: frozenset[str] = frozenset()


class Named(Protocol):
    """Whatever has a name, by which a catalogue finds it."""

    @property
    def name(self) -> str:
        """The name in files and links."""


E = TypeVar("E", bound=Named)


class Catalog(Generic[E]):
    """An ordered set of entries of one kind, found by name; it may grow while the program runs."""

    def __init__(self, kind: str, entries: Iterable[E]) -> None:
        self.kind = kind
        self.built_in: dict[str, E] = {}
        self._sources: list[Mapping[str, E]] = [self.built_in]
        for entry in entries:
            if entry.name in self.built_in:
                raise ValueError(f"the {kind} {entry.name} is registered twice")
            self.built_in[entry.name] = entry

    def follow(self, source: Mapping[str, E]) -> None:
        """Offer the entries of `source` as well, as they are at each look; following twice is once.

        An entry whose name is taken by one before it is not seen.
        """
        if not any(source is each for each in self._sources):
            self._sources.append(source)

    def __getitem__(self, name: str) -> E:
        """Return the entry called `name`; raises `UnknownChoice`, which lists the names."""
        for source in self._sources:
            try:
                return source[name]
            except (KeyError, TypeError):
                continue
        raise UnknownChoice(self.kind, name, self.names)

    def __contains__(self, name: object) -> bool:
        return any(name in source for source in self._sources)

    def __iter__(self) -> Iterator[E]:
        found: dict[str, E] = {}
        for source in self._sources:
            for name in source:
                if name.startswith(SECRET):
                    continue
                entry = source.get(name)  # None where it went away this moment
                if entry is not None:
                    found.setdefault(name, entry)
        return iter(found.values())

    def __len__(self) -> int:
        return len(self.names)

    @property
    def names(self) -> list[str]:
        """The names, in the order of the select box."""
        return [entry.name for entry in self]
