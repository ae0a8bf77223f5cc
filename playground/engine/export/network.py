"""A run's network after an epoch, with what is to be known of what goes in and comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from playground.engine.images.data import TrainingData, drain, prepare_data
from playground.engine.models.building import build_model
from playground.engine.runs.inspection import input_shape_of
from playground.engine.runs.journal import kept_epoch
from playground.errors import CheckpointMissing, DatasetUnavailable, InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import has_backbone
from playground.experiment.pitfalls import data_flaws
from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.run.snapshot import RunSnapshot


@dataclass(frozen=True, eq=False, slots=True)
class TakenNetwork:
    """The weights of a run after `epoch`; `images` are None where they are not here any more.

    So they are where they have changed since the run.
    """

    run_id: str
    epoch: int
    experiment: Experiment
    class_names: tuple[str, ...]
    weights: Mapping[str, Tensor]
    images: TrainingData | None = field(repr=False)

    @classmethod
    def of(cls, snapshot: RunSnapshot, epoch: int) -> TakenNetwork:
        """Return the network of a run whose weights after `epoch` are kept.

        Raises `CheckpointMissing`.
        """
        started = snapshot.started
        if started is None:
            raise CheckpointMissing("This run has not begun, and has no weights yet.")
        folder = RunFolder.of(snapshot.run_id)
        arrays = folder.arrays(WEIGHTS, epoch)
        # Copies: what is read from a file may not be written.
        weights = (
            kept_epoch(folder.path, epoch)["model"]
            if arrays is None
            else {name: torch.tensor(array) for name, array in arrays.items()}
        )
        images = _images(snapshot.experiment, started.data_fingerprint)
        return cls(
            snapshot.run_id, epoch, snapshot.experiment, started.class_names, weights, images
        )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return self.images.input_shape if self.images else input_shape_of(self.experiment.data)

    @property
    def layers(self) -> dict[str, str]:
        """By the name of each layer in the exported script, its name here; empty if all are alike.

        A script's `nn.Sequential` counts its layers: "1.weight" there is "linear1.weight" here.
        """
        with torch.device("meta"):
            model = build_model(self.experiment.model, self.input_shape, len(self.class_names))
        if not isinstance(model, nn.Sequential):
            return {}
        children = enumerate(model.named_children())
        return {str(place): name for place, (name, layer) in children if layer.state_dict()}

    def state_dict(self) -> dict[str, Tensor]:
        """Return the weights by their names in the exported script."""
        places = {name: place for place, name in self.layers.items()}
        named = {}
        for name, values in self.weights.items():
            layer, _, rest = name.partition(".")
            named[f"{places.get(layer, layer)}.{rest}"] = values.contiguous()
        return named

    def model(self) -> nn.Module:
        """Return the network on the CPU, in eval mode; raises `CheckpointMissing` for a misfit."""
        model = build_model(self.experiment.model, self.input_shape, len(self.class_names))
        try:
            model.load_state_dict(dict(self.weights))
        except RuntimeError:
            raise CheckpointMissing(
                f"The weights kept of epoch {self.epoch} are of another network: choose another "
                "epoch."
            ) from None
        return model.eval()

    def facts(self) -> dict[str, str]:
        """Return what files say of the network beside its weights: texts, some of them JSON."""
        facts = {
            "made_by": "neural network playground",
            "run": self.run_id,
            "epoch": str(self.epoch),
            "architecture": self.experiment.model.architecture,
            "input": f"float32 [N, {', '.join(map(str, self.input_shape))}]",
            "output": f"float32 logits [N, {len(self.class_names)}]",
            "classes": json.dumps(self.class_names),
            "normalization": self.input_words(),
            "layers": json.dumps(self.layers),
        }
        if has_backbone(self.experiment):
            facts["backbone"] = self.experiment.model.backbone
        if self.images:
            scale = self.images.normalization
            facts |= {"mean": json.dumps(scale.mean), "std": json.dumps(scale.std)}
        return facts

    def weights_words(self) -> tuple[str, ...]:
        """Say what goes in; and of a backbone that stays as it is, that it is not in the file."""
        settings = self.experiment.model
        if not has_backbone(self.experiment) or settings.backbone_rate:
            return (self.input_words(),)
        return (
            self.input_words(),
            f"These are the weights of the new last layer alone: those of the backbone "
            f"{settings.backbone} stayed as they were, and are in ONNX and ExportedProgram files.",
        )

    def input_words(self) -> str:
        """Say what goes in, in a sentence or two."""
        shape = ", ".join(map(str, self.input_shape))
        begin = f"What goes in is float32 [N, {shape}]"
        if self.images is None:
            return (
                f"{begin}, normalized as in training; the mean and the deviation are not known "
                "here, because the images of this run are not here as they were."
            )
        scale = self.images.normalization
        entry = catalog.DATASETS[self.experiment.data.dataset]
        values = "pixels from 0 to 255" if entry.has_images else "values"
        mean, std = (", ".join(f"{each:.6g}" for each in part) for part in (scale.mean, scale.std))
        return f"{begin}: {values}, minus the mean ({mean}), divided by the deviation ({std})."


def _images(experiment: Experiment, fingerprint: str) -> TrainingData | None:
    flaws = data_flaws(experiment)
    seed = experiment.training.seed
    try:
        data = drain(prepare_data(experiment.data, seed, download=False, flaws=flaws))
    except (DatasetUnavailable, InvalidExperiment):
        return None
    return data if data.fingerprint == fingerprint else None
