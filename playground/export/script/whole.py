"""The whole script: its sections, joined as a file that Python runs."""

from __future__ import annotations

import re

from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.backbone_entries import TRANSFER
from playground.experiment.pitfalls import active_pitfalls
from playground.experiment.settings import resized
from playground.export.script.batching import augmentation_code, cutting_code
from playground.export.script.data import data_code
from playground.export.script.loading import data_file
from playground.export.script.network import initialization, network
from playground.export.script.optimizing import optimizer_code
from playground.export.script.section import Section, code, comment, number
from playground.export.script.training import evaluation_code, loop_code

# What a script imports where its code has the word, in the order of a formatter.
_IMPORTS = (
    ("hashlib.", "import hashlib"),
    ("math.", "import math"),
    ("", ""),
    ("np.", "import numpy as np"),
    ("torch.", "import torch"),
    ("F.", "import torch.nn.functional as F"),
    ("load_digits", "from sklearn.datasets import load_digits"),
    ("nn.", "from torch import nn"),
)

_SEED_FOR = '''\
def seed_for(purpose):
    """Return a seed of its own for each use of chance: more of one then changes no other."""
    return int.from_bytes(hashlib.sha256(f"{SEED}:{purpose}".encode()).digest()[:4], "big")'''


def script_of(experiment: Experiment) -> str:
    """Return the experiment as one PyTorch script, which trains it and prints a line per epoch.

    It needs torch and torchvision, for Digits scikit-learn too, and beside it the file that
    `data_file` names, if any. It draws its random numbers as the engine does, so it comes to the
    same losses. A hidden pitfall is in it as well. Raises `UnknownChoice` for a data set that is
    not here, and `ModelDoesNotFit` where the network does not fit its images.
    """
    head, *rest = sections(experiment)
    parts = [f'"""{head.title}\n\n{head.text}\n"""\n\n{head.code}']
    for place, section in enumerate(rest, 1):
        title = f"# {place}. {section.title}"
        parts.append(code(title, comment(section.text) if section.text else None, section.code))
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    """Join parts with the blank lines that a formatter wants: two around functions."""
    text = "\n\n".join(parts)
    lines: list[str] = []
    inside = False  # of a function
    for line in text.split("\n"):
        if line.startswith(("def ", "@")) and not (lines and lines[-1].startswith("@")):
            _blank(lines)
            inside = True
        elif line and not line.startswith((" ", "def ", "@")) and inside:
            _blank(lines)
            inside = False
        lines.append(line)
    return "\n".join(lines) + "\n"


def _blank(lines: list[str]) -> None:
    """Let exactly two blank lines come before what follows, and before a comment upon it."""
    while lines and not lines[-1]:
        lines.pop()
    lines += ["", ""]


def sections(experiment: Experiment) -> list[Section]:
    """Return the parts of the script, the first of which has its imports and settings."""
    data, training = experiment.data, experiment.training
    if training.devices > 1:
        raise InvalidExperiment(
            f"The script trains on one device, and {training.devices} are asked for: set devices "
            "to 1."
        )
    if experiment.model.architecture == TRANSFER:
        raise InvalidExperiment(
            "The script has the whole network in it, and a backbone's weights are none of its "
            "lines: choose another architecture than Transfer."
        )
    entry = catalog.DATASETS[data.dataset]
    classes = len(entry.labels(data.classes))
    shape = resized(entry.input_shape, data.image_size)
    made = network(experiment.model, shape, classes)
    functions = augmentation_code(experiment), cutting_code(experiment)
    body = [
        Section(
            "Data",
            "Small images need no loader: all of them fit in memory, as one tensor.",
            data_code(experiment),
        ),
        Section(
            "Network",
            f"From {_inputs(shape)} to {classes} logits, one for each class.",
            _network_code(experiment, made.code),
        ),
        Section("Evaluation", "Nothing is learned here.", evaluation_code(experiment, made)),
        Section(
            "Training",
            "For each batch: predict, measure the loss, find the gradients, take a step.",
            code(
                *(each for each in functions if each),
                _generators(experiment),
                optimizer_code(experiment),
                "",
                loop_code(experiment),
            ),
        ),
    ]
    settings = code(
        f"SEED = {training.seed}",
        f"EPOCHS = {training.epochs}",
        f"BATCH_SIZE = {number(training.batch_size)}",
        f"ACCUMULATION = {training.accumulation}  # batches per step"
        if training.accumulation > 1
        else None,
        _device(training.device),
        "",
        _SEED_FOR,
    )
    everything = "\n".join([settings, *(section.code for section in body)])
    return [
        Section(_title(experiment), _needs(experiment), f"{_imports(everything)}\n\n{settings}"),
        *body,
    ]


def _title(experiment: Experiment) -> str:
    labels = (
        catalog.DATASETS[experiment.data.dataset].label,
        catalog.ARCHITECTURES[experiment.model.architecture].label,
        catalog.OPTIMIZERS[experiment.optimizer.name].label,
    )
    return _plain("{}: {}, trained with {}.".format(*labels))


def _plain(text: str) -> str:
    """Return what may stand in a docstring, whatever a data set is called."""
    return re.sub(r'["\\]|[^\w\s.,:;()/+–-]', "", text)[:90]


def _needs(experiment: Experiment) -> str:
    file = data_file(experiment)
    needed = (
        "torch, torchvision and scikit-learn"
        if experiment.data.dataset == "digits"
        else ("torch and torchvision")
    )
    beside = f", and {file} beside it" if file else ""
    return f"Needs {needed}{beside}. Prints a line for every epoch."


def _inputs(shape: tuple[int, ...]) -> str:
    """Return what an input is, in words."""
    if len(shape) != 3:
        return f"{'×'.join(map(str, shape))} numbers"
    return f"images of {shape[1]}×{shape[2]} pixels in {'colour' if shape[0] > 1 else 'grey'}"


def _network_code(experiment: Experiment, model: str) -> str:
    settings = experiment.model
    convolves = catalog.ARCHITECTURES[settings.architecture].convolutional
    moves = [] if experiment.training.device == "cpu" else ["device"]
    if convolves:
        moves.append("memory_format=torch.channels_last")
    return code(
        'torch.manual_seed(seed_for("weights"))',
        model,
        initialization(settings),
        "# Channels last: the order of pixels in memory that convolutions are fastest with."
        if convolves
        else None,
        f"model = model.to({', '.join(moves)})" if moves else None,
    )


def _generators(experiment: Experiment) -> str:
    draws = {
        "shuffling": (
            "order",
            experiment.training.shuffle and "sorted" not in active_pitfalls(experiment),
        ),
        "augmenting": ("augmentation", experiment.data.augmentation != "none"),
    }
    return code(
        "# Each use of chance has random numbers of its own.",
        *(
            f'{name} = torch.Generator().manual_seed(seed_for("{purpose}"))'
            for name, (purpose, is_used) in draws.items()
            if is_used
        ),
        'torch.manual_seed(seed_for("dropout"))',
    )


def _device(name: str) -> str | None:
    if name == "cpu":
        return None
    if name != "auto":
        return f'device = torch.device("{name}")'
    return code(
        'device = torch.device("cpu")',
        "if torch.accelerator.is_available():",
        "    device = torch.accelerator.current_accelerator()",
    )


def _imports(text: str) -> str:
    lines = [line for word, line in _IMPORTS if not word or _has(text, word)]
    vision = [each for each in ("datasets", "models") if _has(text, f"{each}.")]
    if vision:
        lines.append(f"from torchvision import {', '.join(vision)}")
    return "\n".join(lines)


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(word)}", text) is not None
