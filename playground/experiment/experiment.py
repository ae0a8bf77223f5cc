"""Experiment: everything that decides a run. Frozen, comparable by value, as JSON and as a link."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError, model_validator

from playground.errors import InvalidExperiment, shorten
from playground.experiment import catalog
from playground.experiment.backbone_entries import has_backbone
from playground.experiment.data_checks import (
    check_batch_size,
    check_channels,
    check_images,
    check_left_out,
    check_training_images,
)
from playground.experiment.fields import (
    assignment,
    choices,
    paths,
    title,
    unknown_setting,
)
from playground.experiment.hidden_sizes import suited_sizes
from playground.experiment.sentences import sentences
from playground.experiment.settings import (
    SECTIONS,
    DataSettings,
    ModelSettings,
    OptimizerSettings,
    Settings,
    TrainingSettings,
    split_sizes,
)

_DATASET, _LEFT_OUT = "data.dataset", "data.left_out"
_ARCHITECTURE, _SIZES = "model.architecture", "model.hidden_sizes"

LARGEST_FILE = 1_000_000
"""Bytes of a file with an experiment: it has a thousand."""


class Experiment(Settings):
    """Everything that decides a run. Two equal experiments on one machine give the same numbers."""

    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    training: TrainingSettings = TrainingSettings()

    @model_validator(mode="after")
    def _check_combinations(self) -> Experiment:
        dataset = catalog.DATASETS[self.data.dataset]
        if dataset.name in catalog.DATASETS.built_in:
            # The counts of others may change under a stored experiment: these are checked before
            # a run (`preflight`) and when the data has been read.
            available = split_sizes(self.data)[0]
            check_training_images(self.data.training_images, available, dataset.label)
            check_left_out(self.data.left_out, dataset.counts(())[0], dataset.label)
            images, training = self.data.training_images or available, self.training
            check_batch_size(training.batch_size, images, training.devices)
        network = catalog.ARCHITECTURES[self.model.architecture]
        if network.needs_sizes and not self.model.hidden_sizes:
            what = "channels of its first convolution" if network.convolutional else "units"
            raise InvalidExperiment(
                f"The {network.label} needs at least one hidden size, the {what}: try 16, 32."
            )
        check_images(self.data, self.model, dataset)
        check_channels(self.data, dataset.input_shape[0], dataset.label)
        if self.training.mystery and self.training.pitfalls:
            raise InvalidExperiment(
                "A mystery hides one mistake, and a pitfall beside it would blur what there is to "
                "see: leave out the pitfalls or the mystery."
            )
        if has_backbone(self) and self.training.devices > 1:
            raise InvalidExperiment(
                f"A network with a backbone trains on one device, and {self.training.devices} are "
                "asked for: set devices to 1, or choose another architecture than Transfer."
            )
        if self.nesterov_without_momentum:
            raise InvalidExperiment(
                "Nesterov needs a momentum above 0: raise the momentum or switch Nesterov off."
            )
        return self

    @property
    def nesterov_without_momentum(self) -> bool:
        """Whether the optimizer is asked to look ahead along a momentum that is zero."""
        settings = self.optimizer
        looks_ahead = settings.nesterov and "nesterov" in catalog.OPTIMIZERS[settings.name].uses
        return looks_ahead and settings.momentum == 0

    @classmethod
    def from_settings(cls, settings: object) -> Experiment:
        """Build an experiment from (part of) its JSON form; what is left out has its default.

        Raises `InvalidExperiment` with a sentence for every value that is wrong.
        """
        if not isinstance(settings, Mapping):
            raise InvalidExperiment(
                f"{shorten(settings)} is not an experiment: it must be an object with the sections "
                f"{', '.join(SECTIONS)}."
            )
        try:
            text = json.dumps(settings)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidExperiment(
                f"The experiment cannot be written as JSON ({_reason(error)}): a value is a "
                "number, a word, true, false, null or a list of whole numbers."
            ) from None
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            problems = error.errors()
            cause = problems[0].get("ctx", {}).get("error")
            if len(problems) == 1 and isinstance(cause, InvalidExperiment):
                raise cause from None  # keeps its class, such as UnknownChoice
            raise InvalidExperiment(sentences(problems)) from None

    @classmethod
    def from_json(cls, text: str | bytes) -> Experiment:
        """Build an experiment from a JSON file's text; raises `InvalidExperiment`."""
        try:
            settings = json.loads(text)
        except UnicodeDecodeError:
            raise InvalidExperiment(
                "This is not an experiment in JSON: it is not even text. Choose a file that "
                "“Download as JSON” has made."
            ) from None
        except (ValueError, RecursionError) as error:
            raise InvalidExperiment(
                f"This is not an experiment in JSON ({_reason(error)}): it must be an object "
                'with sections, such as {"training": {"epochs": 5}}.'
            ) from None
        experiment = cls.from_settings(settings)
        if _SIZES.partition(".")[2] in experiment.model.model_fields_set:
            return experiment
        named = experiment.model
        return experiment.replace({_SIZES: suited_sizes(named.architecture, named.hidden_sizes)})

    def to_json(self) -> str:
        """Return the whole experiment as indented JSON, `from_json`'s inverse."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_link(cls, query: Mapping[str, str], base: Experiment | None = None) -> Experiment:
        """Build an experiment from a link's parameters, such as `model.hidden_sizes=[128,64]`.

        What they leave out is as in `base`, the default experiment where there is none.
        """
        changes = dict(assignment(f"{key}={value}") for key, value in query.items())
        return (base or cls()).chosen(changes)

    def to_link(self, base: Experiment | None = None) -> dict[str, str]:
        """Return the link's parameters: only what is not as in `base`, `from_link`'s inverse."""
        base, name = base or Experiment(), self.model.architecture
        left_out = base.settings()
        if name != base.model.architecture:
            left_out[_SIZES] = suited_sizes(name, base.model.hidden_sizes)
        return {
            path: _parameter(path, value)
            for path, value in self.settings().items()
            if value != left_out[path]
        }

    def get(self, path: str) -> Any:
        """Return the value at `path`, such as "model.hidden_sizes"."""
        section, _, name = path.partition(".")
        return getattr(getattr(self, section), name)

    def settings(self) -> dict[str, Any]:
        """Return every setting by its path, in order."""
        return {path: self.get(path) for path in paths()}

    def replace(self, changes: Mapping[str, Any]) -> Experiment:
        """Return a copy with the values at these paths changed; raises `InvalidExperiment`."""
        settings: dict[str, Any] = json.loads(self.model_dump_json())
        for path, value in changes.items():
            if path not in paths():
                raise unknown_setting(path)
            section, _, name = path.partition(".")
            settings[section][name] = value
        return Experiment.from_settings(settings)

    def chosen(self, changes: Mapping[str, Any]) -> Experiment:
        """Return a copy changed as a person asks: sizes that nobody names suit the architecture.

        Images left out of another data set are not left out of this one.

        Raises `InvalidExperiment`.
        """
        name = changes.get(_ARCHITECTURE, self.model.architecture)
        is_another = name != self.model.architecture and name in catalog.ARCHITECTURES.names
        if is_another and _SIZES not in changes:
            changes = {**changes, _SIZES: suited_sizes(name, self.model.hidden_sizes)}
        if changes.get(_DATASET, self.data.dataset) != self.data.dataset:
            changes = {_LEFT_OUT: [], **changes}  # its numbers are those of other images
        return self.replace(changes)

    def on_one_device(self) -> Experiment:
        """Return the same steps on one device: the batches of the others one after the other."""
        training = self.training
        if training.devices == 1:
            return self
        # No more than the field allows: whoever reads what this returns would refuse it.
        batches = min(1024, training.accumulation * training.devices)
        together = {"devices": 1, "accumulation": batches}
        return self.model_copy(update={"training": training.model_copy(update=together)})

    def unused(self) -> frozenset[str]:
        """Return the paths of the settings that mean nothing for this experiment's choices."""
        raw = {"data.normalization", "data.mean", "data.std"} if has_backbone(self) else set()
        return frozenset(raw) | frozenset(
            f"{path.partition('.')[0]}.{name}"
            for path, entries in choices().items()
            for used in [_uses(entries[self.get(path)])]
            for entry in entries
            for name in _uses(entry) - used
        )

    def differences(self, other: Experiment) -> list[Difference]:
        """Return the settings in which `other` differs, leaving out those neither of them uses."""
        idle = self.unused() & other.unused()
        return [
            Difference(path, title(path), mine, other.get(path))
            for path, mine in self.settings().items()
            if path not in idle and mine != other.get(path)
        ]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that two experiments do not share."""

    path: str
    label: str
    old: Any
    new: Any


def _uses(entry: object) -> frozenset[str]:
    """Return the settings that mean something only with a choice like this one."""
    names: frozenset[str] = getattr(entry, "uses", frozenset())
    return names


def _parameter(path: str, value: object) -> str:
    """Return a value as a link has it: text as it is, unless it would be read as a number."""
    if isinstance(value, str) and assignment(f"{path}={value}")[1] == value:
        return value
    return json.dumps(value, separators=(",", ":"))


def _reason(error: Exception) -> str:
    """Return why JSON failed, without Python's advice on its own limits."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    return str(error).partition(";")[0].rstrip(".")
