"""The code that loads a data set: its official training images, and its test images if needed."""

from __future__ import annotations

from playground.experiment import Experiment, catalog
from playground.experiment.entries import DatasetEntry
from playground.export.script.section import code, number, part_of

# What torchvision calls each, and how its pixels and labels become tensors.
_GREY = ("{0}.data[:, None]", "{0}.targets")
PUBLISHED = {
    "mnist": ("MNIST", *_GREY),
    "fashion_mnist": ("FashionMNIST", *_GREY),
    "kmnist": ("KMNIST", *_GREY),
    "cifar10": (
        "CIFAR10",
        "torch.from_numpy({0}.data).permute(0, 3, 1, 2).contiguous()",
        "torch.tensor({0}.targets)",
    ),
}


def data_file(experiment: Experiment) -> str:
    """Return the name of the file that must lie beside the script; empty where none must.

    It is what torchvision and scikit-learn do not have: `shapes.npz`, which the playground draws,
    or the arrays of a data set of one's own.
    """
    entry = catalog.DATASETS[experiment.data.dataset]
    return "" if entry.name == "digits" or entry.name in PUBLISHED else f"{entry.name}.npz"


def loading(entry: DatasetEntry, *, with_test: bool) -> str:
    """Return the code that makes `images` and `labels`, and `test_images` and `test_labels`."""
    if entry.name == "digits":
        return _digits(entry, with_test=with_test)
    if entry.name in PUBLISHED:
        return _published(entry, with_test=with_test)
    if entry.name == "shapes":
        return _shapes(entry, with_test)
    return part_of({"arrays": _arrays}, "kind of data set", entry.kind)(entry, with_test)


def _digits(entry: DatasetEntry, *, with_test: bool) -> str:
    return code(
        "digits = load_digits()  # 1,797 images of 8×8 pixels, with ink from 0 to 16",
        "images = torch.from_numpy(digits.images * 255 / 16).round().to(torch.uint8)[:, None]",
        "labels = torch.from_numpy(digits.target)",
        f"# {entry.test_images} images are for the test: always the same, whatever the settings.",
        f"test, train = split(labels, {entry.test_images}, torch.Generator().manual_seed(1797))",
        "test_images, test_labels = images[test], labels[test]" if with_test else None,
        "images, labels = images[train], labels[train]",
    )


def _published(entry: DatasetEntry, *, with_test: bool) -> str:
    name, images, labels = PUBLISHED[entry.name]
    lines = []
    for role in ("train", "test") if with_test else ("train",):
        prefix = "test_" if role == "test" else ""
        variable = f"{role}_set"
        lines += [
            f'{variable} = datasets.{name}("data", train={role == "train"}, download=True)',
            f"{prefix}images, {prefix}labels = {images.format(variable)}, {labels.format(variable)}"
            if len(images) < 40
            else f"{prefix}images = {images.format(variable)}\n"
            f"{prefix}labels = {labels.format(variable)}",
        ]
    return code(*lines)


def _shapes(entry: DatasetEntry, with_test: bool) -> str:
    last = number(entry.training_images)
    return code(
        'arrays = np.load("shapes.npz")  # drawn by the playground, and saved beside this script',
        'images, labels = torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["labels"])',
        f"test_images, test_labels = images[{last}:], labels[{last}:]" if with_test else None,
        f"images, labels = images[:{last}], labels[:{last}]  # the others are for the test",
    )


def _arrays(entry: DatasetEntry, with_test: bool) -> str:
    def part(role: str, prefix: str) -> str:
        return code(
            f'{prefix}images = torch.from_numpy(arrays["{role}_inputs"])',
            f'{prefix}labels = torch.from_numpy(arrays["{role}_labels"])',
        )

    return code(
        f'arrays = np.load("{entry.name}.npz")  # saved by the playground beside this script',
        part("train", ""),
        part("test", "test_") if with_test else None,
    )
