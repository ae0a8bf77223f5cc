"""What a frozen backbone makes of a run's images: computed once, kept, and trained on instead.

The files are found by all that decides their numbers: the backbone's weights, the images, the
precision, torch and the machine's threads. They are swept as prepared images are; computed anew
they have the same bits.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace

import torch
from torch import Tensor, nn

from playground.engine.images.data import TrainingData
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset
from playground.engine.machine.preparation import Preparation, portions
from playground.engine.machine.runtime import cores
from playground.engine.models.backbone import Transfer
from playground.engine.models.building import build_model
from playground.engine.training.precision import computing
from playground.experiment import Experiment
from playground.experiment.backbone_entries import takes_features
from playground.run.backbones import find
from playground.run.image_sets import ImageSet
from playground.run.records import PreparationRecord

_PORTION = 64  # images; a fixed number, because the last bits may depend on it


def prepare_inputs(
    experiment: Experiment, data: TrainingData, device: torch.device
) -> Preparation[TrainingData]:
    """Return what the network is trained on: `data`, or the features of its images `[N, F]`.

    Features they are where the backbone is frozen and no image changes from epoch to epoch.
    Raises `BackboneUnavailable`.
    """
    if not takes_features(experiment):
        return data
    entry, precision = find(experiment.model.backbone), experiment.training.precision
    name = f"{device} {torch.cuda.get_device_name(device) if device.type == 'cuda' else cores()}"
    deciding = f"{entry.reference} {data.fingerprint} {precision} {torch.__version__} {name}"
    key = hashlib.sha256(deciding.encode()).hexdigest()[:24]
    kept, roles = ImageSet("features", key), {"train": data.train, "validation": data.validation}
    found: dict[str, Tensor] = {}
    for role, images in roles.items():
        array = kept.array(role)
        if array is not None and array.shape == (len(images), entry.features):
            found[role] = torch.tensor(array)
    if len(found) < len(roles):
        model = build_model(experiment.model, data.input_shape, len(data.class_names)).to(device)
        for role, images in roles.items():
            found[role] = yield from _features(model.eval(), images, device, precision)
        try:
            kept.put({role: features.numpy() for role, features in found.items()})
        except OSError as error:
            logging.getLogger(__name__).warning("features are not written: %s", error)

    def instead(role: str) -> Dataset:
        return Dataset(found[role], roles[role].labels, data.class_names)

    train = instead("train")
    validation = train if data.validation is data.train else instead("validation")
    plain = Normalization((0.0,) * entry.features, (1.0,) * entry.features)
    return replace(
        data, train=train, validation=validation, normalization=plain, fingerprint=f"features {key}"
    )


def _features(
    model: nn.Module, images: Dataset, device: torch.device, precision: str
) -> Preparation[Tensor]:
    assert isinstance(model, Transfer)
    made: list[Tensor] = []
    for portion in portions(len(images), _PORTION):
        threads = torch.get_num_threads()
        torch.set_num_threads(cores())
        try:
            with torch.inference_mode(), computing(precision, device):
                made.append(model.features(images.inputs[portion].to(device)).float().cpu())
        finally:
            torch.set_num_threads(threads)
        yield PreparationRecord("Asking the backbone", portion.stop / len(images))
    # A copy: what was made in inference mode cannot be trained on.
    return torch.cat(made).clone()
