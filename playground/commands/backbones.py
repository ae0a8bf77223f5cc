"""`python -m playground backbones`: list them, keep a run's network as one, fetch or delete one."""

from __future__ import annotations

import argparse

from playground.commands.options import print_json, require_torch
from playground.errors import InvalidExperiment
from playground.experiment.backbone_entries import BACKBONES, BackboneEntry
from playground.run import backbones
from playground.run.questions import KeepBackbone


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take what to do with backbones; nothing is to list them."""
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    keep = actions.add_parser("keep", help="keep a run's network without its last layer")
    keep.add_argument("run", metavar="RUN", help="the id of the run, as runs shows it")
    keep.add_argument("name", metavar="NAME", help="what to call it: letters, digits and _")
    keep.add_argument("--epoch", type=int, default=0, help="an epoch that is kept; the last one")
    for action, text in (
        ("fetch", "download the weights of a published one"),
        ("delete", "remove one that was kept here"),
    ):
        parser = actions.add_parser(action, help=text)
        parser.add_argument("name", metavar="NAME", help="its name in the list")


def main(options: argparse.Namespace) -> int:
    """Do what is asked for. Returns the exit status."""
    match options.action:
        case "keep":
            print(f"kept as {_keep(options.run, options.name, options.epoch)}")
        case "fetch":
            print(_fetch(options.name))
        case "delete":
            backbones.delete(options.name)
            print(f"{options.name} is deleted; runs on it stay, and cannot go on.")
        case _:
            for entry in BACKBONES:
                _print(entry, as_json=options.json)
    return 0


def _keep(run: str, name: str, epoch: int) -> str:
    backbones.check_name(name)
    from playground.service.store.store import RunStore

    store = RunStore()
    try:
        epochs = store.load(run).snapshot.epochs
    finally:
        store.close()
    require_torch()
    from playground.engine.images.data import drain
    from playground.engine.images.shelf import DataShelf
    from playground.engine.runs.backbone_keeping import keep_backbone

    question = KeepBackbone(run, epoch or len(epochs), name)
    return drain(keep_backbone(question, DataShelf())).reference


def _fetch(name: str) -> str:
    entry = BACKBONES[name]
    if not entry.address:
        raise InvalidExperiment(f"The backbone {name} was trained here: nothing is downloaded.")
    require_torch()
    from playground.engine.models.backbone_weights import fetch

    fetch(entry)
    return f"{backbones.published_file(entry)} is here."


def _print(entry: BackboneEntry, *, as_json: bool) -> None:
    is_here = backbones.is_here(entry)
    if as_json:
        print_json({"reference": entry.reference, "summary": entry.summary, "here": is_here})
        return
    missing = "" if is_here else f" Not here: {backbones.published_file(entry)} is missing."
    print(f"{entry.reference:<32}{entry.label}: {entry.summary}{missing}")
