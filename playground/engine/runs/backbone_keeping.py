"""A run's network without its last layer, kept as a backbone: the answer to `KeepBackbone`."""

from __future__ import annotations

import torch

from playground.engine.images.shelf import DataShelf
from playground.engine.machine.preparation import Preparation
from playground.engine.models.backbone_weights import check_can_be_kept, without_head
from playground.engine.models.building import build_model
from playground.engine.runs.journal import kept_epoch
from playground.engine.runs.kept_weights import weights_of
from playground.errors import BackboneUnavailable, CheckpointMissing
from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import BackboneEntry
from playground.experiment.entries import image_shape
from playground.experiment.pitfalls import data_flaws
from playground.run import backbone_files, backbones
from playground.run.files import reason
from playground.run.folder import RunFolder
from playground.run.questions import KeepBackbone, KeptBackbone
from playground.run.records import PreparationRecord


def keep_backbone(question: KeepBackbone, shelf: DataShelf) -> Preparation[KeptBackbone]:
    """Write the backbone; the run may go then.

    How the run's images were normalized is measured again, so they must be here. Raises
    `InvalidExperiment` for a name or a network that cannot be, `CheckpointMissing`,
    `DatasetUnavailable`, and `BackboneUnavailable` where it cannot be written.
    """
    backbones.check_name(question.name)
    saved = kept_epoch(RunFolder.of(question.run).path, question.epoch)
    experiment = Experiment.from_json(saved["experiment"])
    check_can_be_kept(experiment.model)
    seed = experiment.training.seed
    data = yield from shelf.prepare(
        experiment.data, seed, download=False, flaws=data_flaws(experiment)
    )
    yield PreparationRecord("Keeping the backbone")
    if data.fingerprint != saved["environment"].get("data"):
        raise CheckpointMissing(
            "The images of this run are others now than when it was trained, so it is not known "
            "how the backbone's were normalized: train it anew, then keep it."
        )
    if data.train.inputs.dtype != torch.uint8:
        raise BackboneUnavailable("A backbone is of images: these inputs are other numbers.")
    shape, classes = image_shape(data.input_shape), len(data.class_names)
    model = build_model(experiment.model, shape, classes, seed)
    model.load_state_dict(saved["model"])
    extractor = without_head(model).eval()
    with torch.inference_mode():
        features = extractor(torch.zeros(1, *shape)).shape[1]
    label = catalog.ARCHITECTURES[experiment.model.architecture].label
    source = catalog.DATASETS[experiment.data.dataset].label
    entry = BackboneEntry(
        question.name,
        question.name,
        f"{label}, trained here on {source}, {classes} classes, {question.epoch} epochs."[:200],
        "0" * 16,  # until it is written
        shape,
        features,
        data.normalization.mean,
        data.normalization.std,
        experiment.model.model_dump(mode="json", exclude={"backbone", "backbone_rate"}),
    )
    try:
        kept = backbone_files.save(entry, weights_of(extractor))
    except OSError as error:
        raise BackboneUnavailable(
            f"The backbone {question.name} cannot be written ({reason(error)}): make room or allow "
            "writing, then keep it again."
        ) from error
    return KeptBackbone(kept.reference)
