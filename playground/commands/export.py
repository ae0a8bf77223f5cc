"""`python -m playground export`: a run as a file that other tools read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground.commands.options import print_json, require_torch
from playground.errors import PlaygroundError, shorten
from playground.export.formats import FORMATS
from playground.run.disk import size_text
from playground.run.files import reason
from playground.run.info import StoredRun
from playground.run.part_files import replacing


@dataclass(frozen=True, slots=True)
class Made:
    """The content of a file, and the sentences that go with it."""

    content: bytes
    words: tuple[str, ...] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take what an export can be told."""
    parser.add_argument("run", metavar="RUN", help="the id of the run, as runs shows it")
    parser.add_argument(
        "--as",
        required=True,
        choices=FORMATS.names,
        dest="format",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS.names)}",
    )
    parser.add_argument(
        "--epoch",
        default="last",
        metavar="last|best|N",
        help="after which epoch the weights are taken; best is by validation accuracy",
    )
    parser.add_argument(
        "--to", metavar="FILE", help="a file or folder; else a name of its own here"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument(
        "--spoil", action="store_true", help="tell in the script what a mystery hides"
    )


def main(options: argparse.Namespace) -> int:
    """Write the file, whole or not at all, and say what is in it. Returns the exit status."""
    from playground.export.taken import check_taking, chosen_epoch, file_name, kept_epochs
    from playground.service.store.store import RunStore

    kind = FORMATS[options.format]
    store = RunStore()
    run = store.load(options.run)
    store.close()
    check_taking(run, kind, revealed=options.spoil)
    is_bare = kind.name == "card" and options.epoch == "last" and not kept_epochs(run)
    epoch = chosen_epoch(run, options.epoch) if kind.of_weights and not is_bare else 0
    target = Path(options.to or ".")
    try:
        if target.is_dir():
            target /= file_name(run, kind, epoch)
        _check_free(target, is_forced=options.force)
        made = WRITERS[kind.name](run, epoch, is_told=options.spoil)
        _check_free(target, is_forced=options.force)
        with replacing(target) as part:
            part.write_bytes(made.content)
    except OSError as error:
        raise PlaygroundError(
            f"{shorten(str(target))} cannot be written: {reason(error)}. Name another file with "
            "--to FILE."
        ) from None
    if options.json:
        print_json(
            {
                "file": str(target),
                "format": kind.name,
                "bytes": len(made.content),
                "epoch": epoch or None,
                "words": list(made.words),
            }
        )
        return 0
    after = f" after epoch {epoch}" if epoch else ""
    print(f"{target}: {kind.label}{after}, {size_text(len(made.content))}.")
    for words in made.words:
        print(words)
    return 0


def _check_free(target: Path, *, is_forced: bool) -> None:
    if target.is_dir() or (target.exists() and not is_forced):
        raise PlaygroundError(
            f"{shorten(str(target))} is there already, and is left as it is: name another file "
            "with --to FILE, or add --force to replace it."
        )


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def _script(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    from playground.export.script import data_file, script_of

    experiment = run.snapshot.experiment
    beside = data_file(experiment)
    return Made(
        script_of(experiment).encode(), (f"It reads {beside}, beside it.",) if beside else ()
    )


def _notebook(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    from playground.export.script import notebook_of

    return Made(
        notebook_of(run.snapshot.experiment).encode(), _script(run, epoch, is_told=is_told).words
    )


def _csv(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    from playground.export.numbers import csv_file

    return Made(csv_file(run))


def _tensorboard(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    from playground.export.numbers import tensorboard_file

    words = (
        "TensorBoard finds it by its name: put it in a folder, and run tensorboard --logdir FOLDER."
    )
    return Made(tensorboard_file(run), (words,))


def _safetensors(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    network = _network(run, epoch)
    from playground.engine.export.weights import safetensors_file

    return Made(safetensors_file(network), network.weights_words())


def _pt(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    network = _network(run, epoch)
    from playground.engine.export.weights import pt_file

    return Made(pt_file(network), network.weights_words())


def _exported(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    network = _network(run, epoch)
    from playground.engine.export.programs import exported_file

    _tell("Tracing the network")
    return Made(exported_file(network), (network.input_words(),))


def _onnx(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    network = _network(run, epoch)
    from playground.engine.export.onnx_file import onnx_file

    _tell("Tracing the network, and comparing ONNX Runtime with PyTorch")
    content, difference = onnx_file(network)
    return Made(content, (difference.words, network.input_words()))


def _card(run: StoredRun, epoch: int, *, is_told: bool) -> Made:
    from playground.export.packing import card_file
    from playground.export.script import script_of

    require_torch()
    from playground.engine.export.environment import environment_of
    from playground.engine.export.weights import safetensors_file

    weights = safetensors_file(_network(run, epoch)) if epoch else None
    hides = run.snapshot.experiment.training.mystery and not is_told
    script, why = None, ""
    if not hides:
        try:
            script = script_of(run.snapshot.experiment)
        except PlaygroundError as error:  # of these settings there is none
            why = f"The script is left out. {error}"
    _tell("Drawing the report")
    content = card_file(run, epoch, weights, environment_of(run.snapshot), script)
    words = [
        "Its checksums show damage. They prove no origin: whoever changes a card can compute them "
        "anew.",
        "Another playground reads it with: python -m playground import FILE",
    ]
    if hides:
        words.append("The script is left out: it would give the mystery away (--spoil adds it).")
    if why:
        words.append(why)
    return Made(content, tuple(words))


def _network(run: StoredRun, epoch: int):  # type: ignore[no-untyped-def]  # of the engine
    require_torch()
    from playground.engine.export.network import TakenNetwork

    _tell("Reading the weights and the images")
    return TakenNetwork.of(run.snapshot, epoch)


WRITERS: dict[str, Callable[..., Made]] = {
    "script": _script,
    "notebook": _notebook,
    "safetensors": _safetensors,
    "pt": _pt,
    "exported": _exported,
    "onnx": _onnx,
    "csv": _csv,
    "tensorboard": _tensorboard,
    "card": _card,
}
"""What makes the file of each format: a run, the epoch, and whether a mystery may be told."""
