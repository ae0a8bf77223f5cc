"""The data section: loaded, split, flawed where a pitfall asks for it, and normalized."""

from __future__ import annotations

import re
import textwrap

from playground.experiment import Experiment, catalog
from playground.experiment.entries import DatasetEntry
from playground.experiment.pitfalls import active_pitfalls
from playground.experiment.settings import DataSettings, resized
from playground.export.script.loading import loading
from playground.export.script.section import WIDTH, code, comment, number

SPLIT = '''\
def split(labels, count, generator):
    """Choose `count` positions at random, of each class its share; return them and the others."""
    sizes = labels.bincount() * count
    quotas = sizes // len(labels)
    remainders = (sizes % len(labels)).argsort(descending=True, stable=True)
    quotas[remainders[: count - quotas.sum()]] += 1  # so that they add up to count
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for label, quota in enumerate(quotas.tolist()):
        members = (labels == label).nonzero().flatten()
        chosen[members[torch.randperm(len(members), generator=generator)[:quota]]] = True
    return chosen.nonzero().flatten(), (~chosen).nonzero().flatten()'''


def data_code(experiment: Experiment) -> str:
    """Return the code from the files of a data set to the tensors that are trained on."""
    data, flaws = experiment.data, active_pitfalls(experiment)
    entry = catalog.DATASETS[data.dataset]
    official = data.validation == "official" and "unseparated" not in flaws
    parts = (
        [loading(entry, with_test=official), *_classes(data, entry, official=official)],
        _resizing(data, entry, official=official),
        _roles(data, entry, flaws, official=official),
        _flaws(experiment, flaws),
        _left_out(data, flaws),
        _normalizing(data, entry, flaws),
        _on_device(experiment),
    )
    body = "\n\n".join(code(*lines) for lines in parts if lines)
    return f"{SPLIT}\n\n\n{body}" if re.search(r"(?<!\.)split\(", body) else body


def _classes(data: DataSettings, entry: DatasetEntry, *, official: bool) -> list[str]:
    if not data.classes:
        return []
    lines = [
        f"classes = torch.tensor({entry.labels(data.classes)})  # these alone, numbered from 0",
        "chosen = torch.isin(labels, classes).nonzero().flatten()",
        "images, labels = images[chosen], torch.bucketize(labels[chosen], classes)",
    ]
    if official:
        lines += [
            "of_classes = torch.isin(test_labels, classes)",
            "test_images = test_images[of_classes]",
            "test_labels = torch.bucketize(test_labels[of_classes], classes)",
        ]
    return lines


def _resizing(data: DataSettings, entry: DatasetEntry, *, official: bool) -> list[str]:
    shape = resized(entry.input_shape, data.image_size)
    if shape == entry.input_shape:
        return []
    return [
        f'{each} = F.interpolate({each}, size={shape[1:]}, mode="bilinear", antialias=True)'
        for each in (("images", "test_images") if official else ("images",))
    ]


def _roles(
    data: DataSettings, entry: DatasetEntry, flaws: frozenset[str], *, official: bool
) -> list[str]:
    """Return the code that makes the images and labels of both roles."""
    lines, wanted = [], data.training_images
    if wanted is not None or _holds_out(data, flaws):
        lines.append(f"generator = torch.Generator().manual_seed({data.split_seed})")
    if _holds_out(data, flaws):
        share = data.validation_share
        kept = f"round(len(labels) * {share})"
        if entry.name not in catalog.DATASETS.built_in:
            kept = f"max(1, {kept})"
        lines += [
            f"kept = {kept}  # {share * 100:g} % of the training images, for validation",
            "validation, train = split(labels, kept, generator)",
            "validation_images, validation_labels = images[validation], labels[validation]",
        ]
    elif wanted is not None or data.left_out:
        lines.append("train = torch.arange(len(labels))")
    if official:
        lines.append("validation_images, validation_labels = test_images, test_labels")
    if wanted is not None:
        lines.append(f"train = train[split(labels[train], {number(wanted)}, generator)[0]]")
    chosen = (
        "images[train], labels[train]"
        if any(re.search(r"\btrain =", line) for line in lines)
        else "images, labels"
    )
    lines.append(f"train_images, train_labels = {chosen}")
    return lines


def _flaws(experiment: Experiment, flaws: frozenset[str]) -> list[str]:
    """Return the code of the mistakes that are made with images and labels."""
    lines = []
    if "leaked" in flaws and "unseparated" not in flaws:
        lines += [
            comment("Pitfall: the validation images leak into the training images."),
            "train_images = torch.cat([train_images, validation_images])",
            "train_labels = torch.cat([train_labels, validation_labels])",
        ]
    if "shuffled_labels" in flaws:
        lines += [
            comment("Pitfall: the training labels are dealt out at random."),
            'generator = torch.Generator().manual_seed(seed_for("shuffled labels"))',
            "train_labels = train_labels[torch.randperm(len(train_labels), generator=generator)]",
        ]
    if "noisy_labels" in flaws:
        classes = len(catalog.DATASETS[experiment.data.dataset].labels(experiment.data.classes))
        lines += [
            comment("Pitfall: one training label in five is replaced by a wrong one."),
            'generator = torch.Generator().manual_seed(seed_for("noisy labels"))',
            "noisy = torch.randperm(len(train_labels), generator=generator)",
            "noisy = noisy[: round(0.2 * len(train_labels))]",
            f"away = torch.randint(1, {classes}, (len(noisy),), generator=generator)",
            "train_labels = train_labels.clone()",
            f"train_labels[noisy] = (train_labels[noisy] + away) % {classes}",
        ]
    if "unseparated" in flaws:
        lines += [
            comment("Pitfall: nothing is kept apart: validation measures the training images."),
            "validation_images, validation_labels = train_images, train_labels",
        ]
    return lines


def _left_out(data: DataSettings, flaws: frozenset[str]) -> list[str]:
    if not data.left_out:
        return []
    numbers = " ".join(map(str, data.left_out))
    literal = f"left_out = torch.tensor({list(data.left_out)})  # by their numbers in the data set"
    lines = [literal]
    if len(literal) > WIDTH:
        rows = textwrap.wrap(numbers, WIDTH)
        lines = [
            code(
                'left_out = """', *rows, '"""  # training images, by their numbers in the data set'
            ),
            "left_out = torch.tensor([int(number) for number in left_out.split()])",
        ]
    if data.classes:
        lines.append("train = chosen[train]")
    if "leaked" in flaws and "unseparated" not in flaws:
        leaked = "validation" if _holds_out(data, flaws) else "torch.full((len(test_labels),), -1)"
        if data.classes and _holds_out(data, flaws):
            leaked = "chosen[validation]"
        lines.append(f"train = torch.cat([train, {leaked}])")
    return [
        *lines,
        "remaining = ~torch.isin(train, left_out)",
        "train_images, train_labels = train_images[remaining], train_labels[remaining]",
    ]


def _normalizing(data: DataSettings, entry: DatasetEntry, flaws: frozenset[str]) -> list[str]:
    is_bytes = entry.number == "uint8"
    name = data.normalization
    if "raw_pixels" in flaws:
        return [
            comment("Pitfall: nothing is normalized: the numbers go in as they are."),
            *_both("{0}.float()"),
        ]
    if name == "none":
        return _both("{0}.float()")
    if is_bytes and name == "unit":
        return ["# Pixels from 0 to 1.", *_both("{0}.float() / 255")]
    if is_bytes and name == "symmetric":
        return ["# Pixels from -1 to 1.", *_both("({0}.float() - 127.5) / 127.5")]
    return [*_spread(data, entry), *_both("({0}.float() - mean) / std")]


def _spread(data: DataSettings, entry: DatasetEntry) -> list[str]:
    """Return the code that makes `mean` and `std`, a number for each channel."""
    name, dimensions = data.normalization, len(entry.input_shape) - 1
    view = f".view(-1{', 1' * dimensions})" if dimensions else ""
    if name == "custom":
        each = entry.input_shape[0]
        unit = "255 * " if entry.number == "uint8" else ""
        own = [
            ", ".join(f"{unit}{one}" for one in (ones if len(ones) == each else ones * each))
            for ones in (data.mean, data.std)
        ]
        return [
            f"mean = torch.tensor([{own[0]}]){view}",
            f"std = torch.tensor([{own[1]}]){view}",
        ]
    if name == "dataset":
        means = "channel.double().mean()", "channel.double().std(correction=0)"
        lines = ["# Mean 0 and standard deviation 1, channel by channel, over the training images."]
    else:
        lines = [
            "low = torch.stack([channel.double().min() for channel in train_images.unbind(1)])",
            "high = torch.stack([channel.double().max() for channel in train_images.unbind(1)])",
        ]
        middle = name == "symmetric"
        return [
            *lines,
            f"mean = {'((low + high) / 2)' if middle else 'low'}.float(){view}",
            f"std = {'((high - low) / 2)' if middle else '(high - low)'}.float(){view}",
            "std[std == 0] = 1  # what is always the same cannot be scaled",
        ]
    lines += [
        f"mean = torch.stack([{means[0]} for channel in train_images.unbind(1)])",
        f"std = torch.stack([{means[1]} for channel in train_images.unbind(1)])",
        f"mean, std = mean.float(){view}, std.float(){view}",
    ]
    if entry.name not in catalog.DATASETS.built_in:
        lines.append("std[std == 0] = 1  # what is always the same cannot be scaled")
    return lines


def _both(form: str) -> list[str]:
    return [f"{each} = {form.format(each)}" for each in ("train_images", "validation_images")]


def _on_device(experiment: Experiment) -> list[str]:
    if experiment.training.device == "cpu":
        return []
    return [
        f"{role}_images, {role}_labels = {role}_images.to(device), {role}_labels.to(device)"
        for role in ("train", "validation")
    ]


def _holds_out(data: DataSettings, flaws: frozenset[str]) -> bool:
    return data.validation == "holdout" and "unseparated" not in flaws
