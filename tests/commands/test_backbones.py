"""The command backbones: what there is, what is kept of a run, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kept_backbones import keep_backbone

from playground.__main__ import main
from playground.run import backbones, disk
from playground.run.disk import Kind

SMALL = ("data.training_images=20", "training.epochs=1", "training.batch_size=20")


def settings(*texts: str) -> list[str]:
    return [part for text in (*SMALL, *texts) for part in ("--set", text)]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_run_is_kept_listed_trained_on_after_it_is_gone_and_deleted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    network = ("model.architecture=simple_cnn", "model.hidden_sizes=4")
    assert main(["train", "--json", *settings(*network)]) == 0
    run = json.loads(said(capsys).splitlines()[0])["run"]
    assert main(["backbones", "keep", run, "mine"]) == 0
    reference = said(capsys).split()[-1]
    assert main(["delete", run]) == 0
    assert main(["backbones", "--json"]) == 0
    found = {each["reference"]: each for each in map(json.loads, said(capsys).splitlines()[1:])}
    assert found[reference]["here"]
    assert not found["resnet18:f37072fd"]["here"]
    chosen = settings("model.architecture=transfer", "model.backbone=mine")
    assert main(["train", *chosen]) == 0
    usage = disk.count()
    assert usage.kinds[Kind.BACKBONES] > 0
    assert {item.path.parent.name for item in usage.items} >= {"features"}
    assert "backbones" not in {item.path.parent.name for item in usage.items}
    assert main(["backbones", "delete", "mine"]) == 0
    assert (
        main(["train", *settings("model.architecture=transfer"), "--set", reference_of(reference)])
        == 2
    )
    assert "The backbone mine is not on this machine" in capsys.readouterr().err


def reference_of(reference: str) -> str:
    return f"model.backbone={reference}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["keep", "abc", "../out"], "cannot be the name of a backbone: write a letter"),
        (["keep", "abc", "resnet18"], "none of the names mobilenet_v3_small, resnet18"),
        (["keep", "abc", "tiny"], "There is a backbone tiny already"),
        (["keep", "abc", "free"], "This run is not known here"),
        (["delete", "../../runs"], 'No backbone "../../runs" is kept here: there are tiny.'),
        (["fetch", "tiny"], "The backbone tiny was trained here: nothing is downloaded."),
        (["fetch", "vgg"], 'Unknown backbone "vgg"'),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], playground_home: Path
) -> None:
    keep_backbone()
    assert main(["backbones", *arguments]) in (1, 2)
    assert sentence in capsys.readouterr().err
    assert [each.name for each in (playground_home / "backbones").iterdir()] == ["tiny"]


def test_fetching_without_a_network_says_what_to_put_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from torch import hub

    def unplugged(*_arguments: object, **_options: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(hub, "download_url_to_file", unplugged)
    assert main(["backbones", "fetch", "resnet18"]) == 2
    error = capsys.readouterr().err
    assert "could not be downloaded (Network is unreachable). Put resnet18-f37072fd.pth" in error
    assert str(backbones.published_folder()) in error


def test_a_description_of_another_version_or_by_a_stranger_is_no_backbone() -> None:
    keep_backbone()
    file = backbones.folder_of("tiny") / "description.json"
    fields = json.loads(file.read_text())
    own = backbones.OwnBackbones()
    assert list(own) == ["tiny"]
    for change in (
        {"version": 2},
        {"image_shape": [3, 9999, 8]},
        {"std": [0, 1, 1]},
        {"model": None},
    ):
        file.write_text(json.dumps({**fields, **change}))
        assert list(own) == []
    file.write_text("{")
    assert list(own) == []
