"""The choices: every data set, architecture, optimizer, …, each an entry with a one-line summary.

The select boxes, the command line, the README table and the tests all follow from these entries;
each has a builder of the same name in `playground.engine`: a test fails if either half is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from playground.experiment.architecture_entries import ARCHITECTURES as ARCHITECTURES
from playground.experiment.entries import Catalog, DatasetEntry, Entry
from playground.experiment.optimizer_entries import OPTIMIZERS as OPTIMIZERS
from playground.experiment.pitfall_entries import PITFALLS as PITFALLS

_TEN_DIGITS = tuple("0123456789")


def _by_class(training: Sequence[int], test: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(training, test, strict=True))


# Those that people bring are found beside these, at run time (see `playground.run.datasets`).

DATASETS = Catalog(
    "data set",
    [
        DatasetEntry(
            "digits",
            "Digits",
            "Real handwritten digits, 8×8 grey pixels. Comes with the app; trains in seconds.",
            (1, 8, 8),
            _TEN_DIGITS,
            training_images=1437,
            test_images=360,
            changes_mirrored=True,
            class_counts=_by_class(
                (142, 145, 142, 146, 145, 146, 145, 143, 139, 144),
                (36, 37, 35, 37, 36, 36, 36, 36, 35, 36),
            ),
            framing="blocks",
        ),
        DatasetEntry(
            "shapes",
            "Shapes",
            "Ten shapes drawn by the app, 32×32 in colour: any place, size, angle and background.",
            (3, 32, 32),
            (
                "circle",
                "triangle",
                "square",
                "pentagon",
                "star",
                "cross",
                "heart",
                "crescent",
                "ring",
                "arrow",
            ),
            training_images=8000,
            test_images=2000,
        ),
        DatasetEntry(
            "mnist",
            "MNIST",
            "70,000 handwritten digits, 28×28 grey pixels: the classic first data set.",
            (1, 28, 28),
            _TEN_DIGITS,
            training_images=60_000,
            test_images=10_000,
            changes_mirrored=True,
            kind="published",
            download_megabytes=11.6,
            class_counts=_by_class(
                (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
                (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
            ),
            framing="mass",
        ),
        DatasetEntry(
            "fashion_mnist",
            "Fashion-MNIST",
            "70,000 pieces of clothing, 28×28 grey pixels: as small as MNIST, and harder.",
            (1, 28, 28),
            (
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            training_images=60_000,
            test_images=10_000,
            kind="published",
            download_megabytes=30.9,
            framing="box",
        ),
        DatasetEntry(
            "kmnist",
            "KMNIST",
            "70,000 cursive Japanese characters, 28×28 grey pixels, ten kinds.",
            (1, 28, 28),
            ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            training_images=60_000,
            test_images=10_000,
            changes_mirrored=True,
            kind="published",
            download_megabytes=21.0,
            framing="box",
        ),
        DatasetEntry(
            "cifar10",
            "CIFAR-10",
            "60,000 small colour photographs, 32×32, of animals and vehicles.",
            (3, 32, 32),
            (
                "airplane",
                "automobile",
                "bird",
                "cat",
                "deer",
                "dog",
                "frog",
                "horse",
                "ship",
                "truck",
            ),
            training_images=50_000,
            test_images=10_000,
            kind="published",
            download_megabytes=170.5,
        ),
    ],
)

ACTIVATIONS = Catalog(
    "activation",
    [
        Entry("relu", "ReLU", "max(0, x): fast, and the usual choice."),
        Entry("tanh", "tanh", "Squashes to between −1 and 1."),
        Entry("sigmoid", "Sigmoid", "Squashes to between 0 and 1; learns slowly in deep networks."),
        Entry("gelu", "GELU", "A smooth ReLU, used in transformers."),
        Entry(
            "identity",
            "Identity (none)",
            "No bend: any number of layers then computes what one linear layer could.",
        ),
    ],
)

INITIALIZATIONS = Catalog(
    "initialization",
    [
        Entry("default", "PyTorch default", "Uniform, scaled by the number of inputs."),
        Entry("xavier_uniform", "Xavier uniform", "Scaled by inputs and outputs; biases 0.01."),
        Entry("he", "He", "Normal, made for ReLU; biases zero."),
    ],
)

SCHEDULES = Catalog(
    "schedule",
    [
        Entry("constant", "Constant", "The same learning rate throughout."),
        Entry("step", "Step", "A tenth of the rate after one half and again after three quarters."),
        Entry("cosine", "Cosine", "Falls smoothly to zero, batch by batch."),
        Entry("one_cycle", "One-cycle", "Climbs for the first 30 %, then falls close to zero."),
    ],
)

NORMALIZATIONS = Catalog(
    "normalization",
    [
        Entry("dataset", "Mean 0, std 1", "By mean and standard deviation of the training images."),
        Entry("symmetric", "−1 to 1", "Pixels scaled to between −1 and 1."),
        Entry("unit", "0 to 1", "Pixels divided by 255."),
        Entry("none", "None (0 to 255)", "Raw pixels: large inputs that make training hard."),
        Entry(
            "custom",
            "Own mean and std",
            "Minus your mean, divided by your standard deviation.",
            frozenset({"mean", "std"}),
        ),
    ],
)

AUGMENTATIONS = Catalog(
    "augmentation",
    [
        Entry("none", "None", "Every epoch sees the same images."),
        Entry(
            "crop",
            "Random crop",
            "Shifted by up to an eighth of the image, the border reflected.",
            frozenset({"crop_shift"}),
        ),
        Entry(
            "crop_flip",
            "Crop and flip",
            "Shifted, and mirrored left to right half the time.",
            frozenset({"crop_shift"}),
        ),
    ],
)

VALIDATIONS = Catalog(
    "validation",
    [
        Entry(
            "holdout",
            "Hold-out share",
            "A share of the training images is kept for validation; the test images stay sealed.",
            frozenset({"validation_share"}),
        ),
        Entry("official", "Official test images", "Validates on these, as most tutorials do."),
    ],
)

PRECISIONS = Catalog(
    "precision",
    [
        Entry("float32", "float32", "32-bit throughout; reproducible bit for bit on a CPU."),
        Entry("mixed", "Mixed (bfloat16)", "Faster where CPU or GPU has bfloat16, else slower."),
    ],
)

LOSSES = Catalog(
    "loss",
    [
        Entry("cross_entropy", "Cross-entropy", "Softmax and the negative log of the true class."),
        Entry("nll", "Log-softmax and NLL", "The same number, taken in two steps."),
    ],
)

TRAIN_ACCURACIES = Catalog(
    "training accuracy",
    [
        Entry("running", "Running average", "Counted in training: free, and a little behind."),
        Entry("after_epoch", "Evaluated after the epoch", "In eval mode: exact, and slower."),
    ],
)
