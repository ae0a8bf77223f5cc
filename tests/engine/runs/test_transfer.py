"""Transfer: a frozen backbone's features, a fine-tuned one, and the weights that a setup names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from kept_backbones import keep_backbone
from tiny import CPU, data_of, outcome, results, state_of, tiny
from torch.nn.functional import interpolate

from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.engine.models.backbone import Transfer
from playground.engine.models.backbone_weights import CNNS, extractor
from playground.engine.models.building import build_model
from playground.engine.runs import features
from playground.engine.runs.backbone_keeping import keep_backbone as answer
from playground.engine.runs.execution import execute
from playground.engine.runs.journal import Beginning
from playground.engine.training.training import train
from playground.errors import BackboneUnavailable, InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import BACKBONES, TRANSFER
from playground.experiment.settings import ModelSettings
from playground.run import backbones
from playground.run.folder import RunFolder
from playground.run.home import home
from playground.run.questions import KeepBackbone
from playground.run.records import EpochRecord

pytestmark = pytest.mark.usefixtures("few_digits")


def transfer(**changes: Any) -> Experiment:
    return tiny(model__architecture=TRANSFER, **changes)


def settings(**changes: Any) -> ModelSettings:
    return ModelSettings.model_validate({"architecture": TRANSFER, **changes})


def test_features_train_the_head_as_the_images_would(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_backbone(batch_norm=True)
    experiment = transfer()
    by_features = results(train(experiment, state_of(experiment)))
    monkeypatch.setattr(features, "takes_features", lambda experiment: False)
    state = state_of(experiment)
    assert state.train.slice(0, 2)[0].shape == (2, 1, 8, 8)
    by_images = results(train(experiment, state))
    for one, other in zip(by_features, by_images, strict=True):
        assert one == pytest.approx(other, rel=1e-3)


def test_features_are_computed_once_and_for_these_weights_and_images_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep_backbone()
    asked: list[object] = []
    build = build_model

    def noting(*arguments: Any) -> torch.nn.Module:
        asked.append(arguments)
        return build(*arguments)

    monkeypatch.setattr(features, "build_model", noting)
    experiment, data = transfer(), data_of(transfer())
    first = drain(features.prepare_inputs(experiment, data, CPU))
    again = drain(features.prepare_inputs(experiment, data, CPU))
    assert len(asked) == 1
    assert first.fingerprint == again.fingerprint
    assert torch.equal(first.train.inputs, again.train.inputs)
    assert len(list((home() / "features").iterdir())) == 1
    other = keep_backbone("other", seed=1)
    changed = experiment.replace({"model.backbone": other.reference})
    another = drain(features.prepare_inputs(changed, data, CPU))
    assert another.fingerprint != first.fingerprint
    assert not torch.equal(another.train.inputs, first.train.inputs)


def test_augmented_images_pass_the_frozen_backbone_in_every_epoch() -> None:
    keep_backbone()
    state = state_of(transfer(data__augmentation="crop"))
    assert state.train.slice(0, 2)[0].shape == (2, 1, 8, 8)


def test_a_frozen_backbone_keeps_weights_and_statistics_and_is_in_no_checkpoint() -> None:
    keep_backbone(batch_norm=True)
    experiment = transfer(data__augmentation="crop")
    state = state_of(experiment)
    assert isinstance(state.model, Transfer)
    before = {name: each.clone() for name, each in state.model.backbone.state_dict().items()}
    assert len(results(train(experiment, state))) == 2
    after = state.model.backbone.state_dict()
    assert all(torch.equal(after[name], each) for name, each in before.items())
    assert set(state.saved()["model"]) == {"output.weight", "output.bias"}


def test_a_fine_tuned_backbone_learns_at_its_share_of_the_rate_on_every_schedule() -> None:
    keep_backbone(batch_norm=True)
    for schedule in catalog.SCHEDULES.names:
        experiment = transfer(model__backbone_rate=0.25, optimizer__schedule=schedule)
        state = state_of(experiment)
        head, backbone = state.optimizer.param_groups
        assert backbone["lr"] == pytest.approx(head["lr"] / 4)
        assert len(head["params"]) == 2
    before = [each.clone() for each in state.model.parameters()]
    assert results(train(experiment, state)) == outcome(experiment)[0]
    assert all(
        not torch.equal(one, now)
        for one, now in zip(before, state.model.parameters(), strict=True)
        if now.dim() > 1
    )


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_a_run_goes_on_bit_for_bit(rate: float, tmp_path: Path) -> None:
    keep_backbone(batch_norm=True)
    experiment = transfer(model__backbone_rate=rate, training__epochs=3)
    alone = results(execute(experiment, tmp_path / "alone"))
    for record in (run := execute(experiment, tmp_path / "torn")):
        if isinstance(record, EpochRecord) and record.epoch == 2:
            break
    run.close()
    again = execute(experiment, tmp_path / "torn", DataShelf(), Beginning(resumes=True))
    assert results(again)[-1] == alone[-1]


def test_images_are_brought_to_what_the_backbone_was_trained_on() -> None:
    entry = keep_backbone()
    images = torch.randint(256, (2, 3, 32, 32)).float()
    network = build_model(settings(), (3, 32, 32), 4).eval()
    assert isinstance(network, Transfer)
    small = interpolate(images, (8, 8), mode="bilinear", antialias=True)
    expected = network.backbone((small - 120) / 60)
    assert torch.allclose(network.features(images), expected, atol=1e-5)
    grey = images[:, :1]
    assert torch.allclose(network.features(grey), network.features(grey.expand(-1, 3, -1, -1)))
    assert entry.features == expected.shape[1]
    of_grey = keep_backbone("grey", channels=1)
    network = build_model(settings(backbone=of_grey.reference), (3, 8, 8), 4).eval()
    assert isinstance(network, Transfer)
    brightness = 0.299 * images[:, 0] + 0.587 * images[:, 1] + 0.114 * images[:, 2]
    assert torch.allclose(
        network.features(images), network.features(brightness[:, None]), atol=1e-4
    )


@pytest.mark.parametrize("architecture", CNNS)
def test_every_network_that_convolves_can_be_a_backbone(architecture: str) -> None:
    assert set(CNNS) == {each.name for each in catalog.ARCHITECTURES if each.convolutional} - {
        TRANSFER
    }
    model = {"architecture": architecture, "hidden_sizes": [4, 5]}
    entry = replace(BACKBONES["resnet18"], model=model, image_shape=(3, 32, 32))
    with torch.device("meta"):
        assert extractor(entry)(torch.empty(2, 3, 32, 32)).dim() == 2


def test_a_run_becomes_a_backbone_that_answers_as_it_did_and_outlives_it() -> None:
    experiment = tiny(
        model__architecture="simple_cnn", model__hidden_sizes=[4, 6], model__batch_norm=True
    )
    folder = RunFolder.of("source")
    list(execute(experiment, folder.path))
    kept = drain(answer(KeepBackbone("source", 2, "mine"), DataShelf()))
    backbones.follow()
    saved = torch.load(folder.checkpoint("last"), weights_only=True)["model"]
    for file in folder.path.iterdir():
        file.unlink()
    data = data_of(experiment)
    network = build_model(settings(backbone=kept.reference), data.input_shape, 10).eval()
    network.load_state_dict({name: saved[name] for name in ("output.weight", "output.bias")})
    source = build_model(experiment.model, data.input_shape, 10).eval()
    source.load_state_dict(saved)
    images = data.validation.inputs
    expected = source(data.normalization.apply(images))
    assert torch.allclose(network(images), expected, atol=1e-4)
    with pytest.raises(InvalidExperiment, match="There is a backbone mine already"):
        drain(answer(KeepBackbone("source", 2, "mine"), DataShelf()))


def test_a_network_without_convolutions_is_no_backbone() -> None:
    list(execute(tiny(training__epochs=1), RunFolder.of("flat").path))
    with pytest.raises(InvalidExperiment, match="MLP cannot be kept as a backbone: train one of"):
        drain(answer(KeepBackbone("flat", 1, "mine"), DataShelf()))


def test_weights_that_are_others_or_gone_are_told_and_never_used() -> None:
    entry = keep_backbone()
    experiment = transfer(model__backbone="tiny")
    assert experiment.model.backbone == entry.reference
    file = backbones.folder_of("tiny") / "weights.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackboneUnavailable, match="is not what was kept"):
        state_of(experiment)
    backbones.delete("tiny")
    with pytest.raises(BackboneUnavailable, match="The backbone tiny is not on this machine"):
        state_of(experiment)
    keep_backbone(seed=1)
    with pytest.raises(BackboneUnavailable, match="other weights now"):
        state_of(experiment)
    assert Experiment.from_json(experiment.to_json()) == experiment


def test_a_published_backbone_that_is_not_here_says_which_file_from_where_belongs_where() -> None:
    with pytest.raises(BackboneUnavailable) as caught:
        build_model(settings(backbone="resnet18"), (3, 32, 32), 4)
    for part in (
        "ResNet-18 (ImageNet) are not on this machine",
        "resnet18-f37072fd.pth (44.7 MB)",
        "https://download.pytorch.org/models/resnet18-f37072fd.pth",
        str(backbones.published_folder()),
        "backbones fetch resnet18",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("entry", BACKBONES.built_in.values(), ids=lambda entry: entry.name)
def test_a_file_put_by_hand_is_read_if_it_is_the_one_that_was_published(
    entry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision import models

    file = backbones.published_file(entry)
    file.parent.mkdir(parents=True)
    torch.manual_seed(3)
    published = getattr(models, entry.name)(weights=None).state_dict()
    torch.save(published, file)
    chosen = settings(backbone=entry.name)
    with pytest.raises(BackboneUnavailable, match="its SHA-256 begins with"):
        build_model(chosen, (1, 28, 28), 4)
    digest = backbones_digest(file)
    known = replace(entry, fingerprint=digest)
    known = replace(known, address=entry.address)
    monkeypatch.setitem(BACKBONES.built_in, entry.name, known)
    network = build_model(settings(backbone=entry.name), (1, 28, 28), 4).eval()
    assert isinstance(network, Transfer)
    first = next(name for name in published if name.endswith("weight"))
    assert torch.equal(network.backbone.state_dict()[first], published[first])
    with torch.inference_mode():
        assert network.features(torch.zeros(1, 1, 28, 28)).shape == (1, entry.features)


def backbones_digest(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
