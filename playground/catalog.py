"""The choices: every data set, architecture, optimizer, …, each an entry with a one-line summary.

The select boxes, the command line, the README table and the tests all follow from these entries;
each has a builder of the same name in `playground.engine`: a test fails if either half is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from playground.errors import UnknownChoice


@dataclass(frozen=True, slots=True)
class Entry:
    """One choice: `name` in files and links, `label` on screen, `summary` in one line.

    `uses` lists settings that mean something only with choices like this one, such as "momentum".
    """

    name: str
    label: str
    summary: str
    uses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A data set: its images are uint8 `[channels, height, width]`, every one of `image_shape`."""

    name: str
    label: str
    summary: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_images: int
    test_images: int
    download_megabytes: float = 0.0

    @property
    def needs_download(self) -> bool:
        """Whether the images come over the network the first time."""
        return self.download_megabytes > 0


@dataclass(frozen=True, slots=True)
class ArchitectureEntry:
    """A network; `convolutional` ones see neighbouring pixels, the others a flat list of numbers.

    `uses` lists the settings of `Experiment.model` that the network has; the rest is fixed in it.
    `has` lists which of "dropout" and "batch_norm" are fixed in it.
    """

    name: str
    label: str
    summary: str
    uses: frozenset[str] = frozenset()
    convolutional: bool = True
    has: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PitfallEntry:
    """A mistake to make on purpose: `summary` says what it does, `why` it hurts, how to `see` it.

    `needs` names the layers without which it changes nothing: "dropout" or "batch_norm", either.
    """

    name: str
    label: str
    summary: str
    why: str
    see: str
    needs: frozenset[str] = frozenset()


class Named(Protocol):
    """Whatever has a name, by which a catalogue finds it."""

    @property
    def name(self) -> str:
        """The name in files and links."""


E = TypeVar("E", bound=Named)


class Catalog(Generic[E]):
    """An ordered set of entries of one kind, found by name."""

    def __init__(self, kind: str, entries: Iterable[E]) -> None:
        self.kind = kind
        self._entries: dict[str, E] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise ValueError(f"the {kind} {entry.name} is registered twice")
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> E:
        """Return the entry called `name`; raises `UnknownChoice`, which lists the names."""
        try:
            return self._entries[name]
        except (KeyError, TypeError):
            raise UnknownChoice(self.kind, name, self._entries) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def names(self) -> list[str]:
        """The names, in the order of the select box."""
        return list(self._entries)


_TEN_DIGITS = tuple("0123456789")

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
            download_megabytes=11.6,
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
            download_megabytes=30.9,
        ),
        DatasetEntry(
            "kmnist",
            "KMNIST",
            "70,000 cursive Japanese characters, 28×28 grey pixels, ten kinds.",
            (1, 28, 28),
            ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            training_images=60_000,
            test_images=10_000,
            download_megabytes=21.0,
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
            download_megabytes=170.5,
        ),
    ],
)

_SIZES = "hidden_sizes"

ARCHITECTURES = Catalog(
    "architecture",
    [
        ArchitectureEntry(
            "linear",
            "Linear",
            "Softmax regression: one weight per pixel and class, no hidden layer.",
            convolutional=False,
        ),
        ArchitectureEntry(
            "mlp",
            "MLP",
            "Multilayer perceptron: fully connected layers of the sizes you choose.",
            frozenset({_SIZES, "activation", "dropout", "batch_norm"}),
            convolutional=False,
        ),
        ArchitectureEntry(
            "simple_cnn",
            "Simple CNN",
            "3×3 convolutions, each followed by pooling; the hidden sizes are the channels.",
            frozenset({_SIZES, "activation", "dropout", "batch_norm"}),
        ),
        ArchitectureEntry(
            "convnet_7",
            "ConvNet 7",
            "Six 3×3 convolutions and a 1×1 one, pooling, batch norm: a CIFAR-10 tutorial classic.",
            has=frozenset({"batch_norm"}),
        ),
        ArchitectureEntry(
            "convnet_16_32",
            "ConvNet 16-32",
            "Two 3×3 convolutions (16, 32), pooling, dropout and 64 hidden units, made for MNIST.",
            has=frozenset({"dropout"}),
        ),
        ArchitectureEntry(
            "cnn_20_50",
            "CNN 20-50",
            "Two 5×5 convolutions (20, 50), each pooled, and 500 hidden units: LeNet's grandchild.",
            has=frozenset({"dropout"}),
        ),
        ArchitectureEntry(
            "cnn_6_3",
            "CNN 6+3",
            "Six 3×3 convolutions and three linear layers: the big CIFAR-10 tutorial network.",
        ),
        ArchitectureEntry(
            "resnet18",
            "ResNet-18",
            "A residual network with a stem for small images: strong, and slow on a CPU.",
            has=frozenset({"batch_norm"}),
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

OPTIMIZERS = Catalog(
    "optimizer",
    [
        Entry(
            "sgd",
            "SGD",
            "Plain gradient descent on batches, with momentum if you like.",
            frozenset({"momentum", "nesterov"}),
        ),
        Entry("adam", "Adam", "Adapts the step of every weight; a safe first choice."),
        Entry("adamw", "AdamW", "Adam with weight decay kept apart from the gradient."),
        Entry("adadelta", "Adadelta", "Adapts by the size of past steps; learning rates near 1."),
        Entry(
            "rmsprop",
            "RMSprop",
            "Divides by the running size of the gradient.",
            frozenset({"momentum"}),
        ),
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
            "Minus your mean, divided by your standard deviation, as many tutorials write it.",
            frozenset({"mean", "std"}),
        ),
    ],
)

AUGMENTATIONS = Catalog(
    "augmentation",
    [
        Entry("none", "None", "Every epoch sees the same images."),
        Entry("crop", "Random crop", "Shifted by up to 4 pixels, the border reflected."),
        Entry("crop_flip", "Crop and flip", "Shifted, and mirrored left to right half the time."),
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
        Entry(
            "official",
            "Official test images",
            "Validates on the official test images, as most tutorials do.",
        ),
    ],
)

PRECISIONS = Catalog(
    "precision",
    [
        Entry(
            "float32", "float32", "32-bit numbers throughout; reproducible bit for bit on a CPU."
        ),
        Entry(
            "mixed",
            "Mixed (bfloat16)",
            "bfloat16 where it is safe: faster on CPUs and GPUs with it.",
        ),
    ],
)

LOSSES = Catalog(
    "loss",
    [
        Entry("cross_entropy", "Cross-entropy", "Softmax and the negative log of the true class."),
        Entry(
            "nll",
            "Log-softmax and NLL",
            "Log-softmax in the network, negative log-likelihood as loss: the same number.",
        ),
    ],
)

TRAIN_ACCURACIES = Catalog(
    "training accuracy",
    [
        Entry(
            "running",
            "Running average",
            "Counted over the batches as they are trained on: free, and a little behind.",
        ),
        Entry(
            "after_epoch",
            "Evaluated after the epoch",
            "Measured on all training images in eval mode after each epoch: exact, and slower.",
        ),
    ],
)


_TWO_MODES = frozenset({"dropout", "batch_norm"})

PITFALLS = Catalog(
    "pitfall",
    [
        PitfallEntry(
            "softmax_twice",
            "Softmax before cross-entropy",
            "The network ends in a softmax, and cross-entropy applies another one.",
            "Cross-entropy expects logits. Of probabilities between 0 and 1 even a perfect answer "
            "leaves a large loss, and the gradients are small.",
            "With 10 classes the loss never falls below 1.46, however good the accuracy is.",
        ),
        PitfallEntry(
            "sorted",
            "Never shuffled, sorted by class",
            "Every epoch shows all images of class 0 first, then all of class 1, and so on.",
            "Each batch pulls towards one class, so the network forgets the classes before it.",
            "Within an epoch the batch losses fall and jump up at each new class; at first almost "
            "every validation image gets the same answer, often the last class.",
        ),
        PitfallEntry(
            "eval_mode",
            "Left in eval mode",
            "model.train() is not called again after the first evaluation.",
            "Dropout is off and batch norm keeps the statistics of the first epoch while the "
            "weights move on.",
            "From the second epoch on the training curve changes its character: with dropout it "
            "overfits, with batch norm the loss may jump.",
            _TWO_MODES,
        ),
        PitfallEntry(
            "not_zeroed",
            "Gradients not zeroed",
            "optimizer.zero_grad() is missing, so every batch adds to the gradients before it.",
            "A step then follows the sum of all gradients so far: it overshoots and swings.",
            "The gradient's length grows to many times what it was, and the loss swings or "
            "explodes; Adam hides it for a while.",
        ),
        PitfallEntry(
            "validated_in_train_mode",
            "Validation in train mode",
            "model.eval() is missing before the validation.",
            "Dropout switches units off while you measure, and batch norm takes its statistics "
            "from the validation images, and keeps them.",
            "Validation is worse, or changes, though the weights are the same; more dropout makes "
            "the gap to training wider.",
            _TWO_MODES,
        ),
        PitfallEntry(
            "raw_pixels",
            "No normalization",
            "Pixels go in as 0 to 255 instead of around zero, whatever the setting says.",
            "Large inputs make large gradients, and all of one sign: a learning rate that fits "
            "normalized pixels is far too large.",
            "The first losses are in the tens or hundreds instead of about 2.3; only batch norm "
            "close to the input hides it.",
        ),
        PitfallEntry(
            "leaked",
            "Validation images leaked into training",
            "The validation images are also among the training images.",
            "Validation then measures memory, not understanding: new images will disappoint.",
            "Where the network overfits, as in the recipe Shapes, overfitting, validation rises "
            "with training, and the sealed test set of the Lab page tells the truth. There are "
            "more training images than there should be.",
        ),
        PitfallEntry(
            "shuffled_labels",
            "Shuffled labels",
            "The labels of the training images are dealt out at random.",
            "Nothing links image and label any more: all that can be learned is by heart.",
            "Validation stays near chance level, and training accuracy rises slowly if at all.",
        ),
        PitfallEntry(
            "noisy_labels",
            "20 % label noise",
            "One training label in five is replaced by a wrong one.",
            "The network is punished for right answers, and in time learns the wrong ones by "
            "heart.",
            "Training accuracy stays below validation accuracy, at first below 80 %; with many "
            "epochs it goes on to rise while validation gets worse.",
        ),
        PitfallEntry(
            "rate_times_100",
            "Learning rate × 100",
            "The optimizer takes a hundred times the learning rate that the sidebar shows.",
            "Each step jumps over the valley it should walk down into.",
            "The loss jumps up in the first batches; then it swings, explodes, or settles at about "
            "2.3, where the network guesses. A small one with Adam may recover.",
        ),
        PitfallEntry(
            "unseparated",
            "Validation never separated",
            "No images are kept apart: validation measures the very images that are trained on.",
            "It cannot show overfitting, so every choice made by it favours learning by heart.",
            "Validation is as good as training however long it goes on, and there are as many "
            "validation images as training images.",
        ),
    ],
)
