"""Handing out: the prepared training images, from the device that leads to those who follow."""

from __future__ import annotations

import torch

from playground.engine.images.data import TrainingData
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset
from playground.engine.training.team import Team


def hand_out(data: TrainingData, team: Team) -> None:
    """Send those who follow what they train on: nobody but the leader reads or downloads."""
    if team.is_alone:
        return
    team.go()
    train = data.train
    team.shared(
        {
            "shape": list(train.inputs.shape),
            "is_bytes": train.inputs.dtype == torch.uint8,
            "names": list(data.class_names),
            "normalization": [list(data.normalization.mean), list(data.normalization.std)],
            "fingerprint": data.fingerprint,
        }
    )
    for tensor in (train.inputs, train.labels):
        team.spread(tensor.contiguous())


def receive(team: Team) -> TrainingData:
    """Return what `hand_out` sends; who does not evaluate has no images for that."""
    team.go()
    form = team.shared()
    inputs = torch.empty(form["shape"], dtype=torch.uint8 if form["is_bytes"] else torch.float32)
    labels = torch.empty(len(inputs), dtype=torch.int64)
    for tensor in (inputs, labels):
        team.spread(tensor)
    train, nothing = Dataset(inputs, labels, tuple(form["names"])), torch.arange(0)
    mean, std = form["normalization"]
    normalization = Normalization(tuple(mean), tuple(std))
    return TrainingData(train, train, train, nothing, nothing, normalization, form["fingerprint"])
