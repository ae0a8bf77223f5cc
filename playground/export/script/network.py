"""The network as code, with the sizes of all layers worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

from playground.errors import ModelDoesNotFit
from playground.experiment import catalog
from playground.experiment.settings import ModelSettings
from playground.export.script.section import code, exploded, indented, part_of

ACTIVATIONS = {
    "relu": "nn.ReLU()",
    "tanh": "nn.Tanh()",
    "sigmoid": "nn.Sigmoid()",
    "gelu": "nn.GELU()",
    "identity": "nn.Identity()",
}

# How the weights are drawn, and what the biases are.
INITIALIZATIONS = {
    "default": None,
    "xavier_uniform": ("nn.init.xavier_uniform_(layer.weight)", "0.01"),
    "he": ('nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")', "0.0"),
}


@dataclass
class Network:
    """Layers as lines of code; `shape` is what the next receives.

    `multiply_adds` are those of one input's way through all of them.
    """

    shape: tuple[int, ...]
    lines: list[str] = field(default_factory=list)
    multiply_adds: int = 0
    whole: str = ""  # the code of a network that is no sequence

    @property
    def code(self) -> str:
        """The lines that make the model."""
        return self.whole or "model = " + exploded("nn.Sequential", self.lines)

    def convolution(self, channels: int, kernel: int, padding: int = 0) -> None:
        """Add a convolution of stride 1."""
        before, height, width = self.shape
        self._check(kernel, padding)
        sides = tuple(side + 2 * padding - kernel + 1 for side in (height, width))
        own = f", padding={padding}" if padding else ""
        self._add(
            f"nn.Conv2d({before}, {channels}, kernel_size={kernel}{own})",
            (channels, *sides),
            (before * kernel**2 + 1) * channels,
        )

    def pool(self, kind: str = "MaxPool2d", size: int = 2) -> None:
        """Add pooling over windows of `size` × `size`."""
        channels, height, width = self.shape
        self._check(size)
        self._add(f"nn.{kind}({size})", (channels, height // size, width // size))

    def flatten(self) -> None:
        """Add the flattening to a list of numbers."""
        self._add("nn.Flatten()", (prod(self.shape),))

    def linear(self, units: int) -> None:
        """Add a fully connected layer."""
        self._add(f"nn.Linear({self.shape[0]}, {units})", (units,), (self.shape[0] + 1) * units)

    def batch_norm(self) -> None:
        """Add batch norm per channel or unit."""
        kind = 2 if len(self.shape) == 3 else 1
        self._add(f"nn.BatchNorm{kind}d({self.shape[0]})", self.shape, 2 * self.shape[0])

    def plain(self, line: str) -> None:
        """Add a layer without weights that keeps the shape."""
        self._add(line, self.shape)

    def _add(self, line: str, shape: tuple[int, ...], parameters: int = 0) -> None:
        self.lines.append(line)
        self.shape = shape
        self.multiply_adds += parameters * prod(shape[1:])

    def _check(self, size: int, padding: int = 0) -> None:
        _, height, width = self.shape
        if size > min(height, width) + 2 * padding:
            raise ModelDoesNotFit(
                f"The network does not fit these images: a window of {size}×{size} pixels meets "
                f"{height}×{width}. Choose a larger image size, or fewer hidden sizes."
            )


def network(settings: ModelSettings, input_shape: tuple[int, ...], classes: int) -> Network:
    """Return the network of the settings; raises `ModelDoesNotFit`."""
    made = Network(input_shape)
    part_of(NETWORKS, "architecture", settings.architecture)(made, settings, classes)
    return made


def initialization(settings: ModelSettings) -> str | None:
    """Return the code that draws the first weights anew; None where they stay as they are."""
    rule = part_of(INITIALIZATIONS, "initialization", settings.initialization)
    if rule is None:
        return None
    weight, bias = rule
    constant = f"nn.init.constant_(layer.bias, {bias})"
    label = catalog.INITIALIZATIONS[settings.initialization].label
    has_bare = settings.architecture == "resnet18"  # convolutions without bias
    return code(
        f"for layer in model.modules():  # {label} initialization",
        "    if isinstance(layer, nn.Linear | nn.Conv2d):",
        indented(weight, 2),
        indented(f"if layer.bias is not None:\n    {constant}" if has_bare else constant, 2),
    )


def _mlp(made: Network, settings: ModelSettings, classes: int) -> None:
    made.flatten()
    sizes = settings.hidden_sizes if settings.architecture == "mlp" else ()
    for units in sizes:
        made.linear(units)
        _norm_and_bend(made, settings)
        _dropout(made, settings)
    made.linear(classes)


def _simple_cnn(made: Network, settings: ModelSettings, classes: int) -> None:
    for channels in settings.hidden_sizes:
        made.convolution(channels, 3, padding=1)
        _norm_and_bend(made, settings)
        made.pool()
        _dropout(made, settings)
    made.flatten()
    made.linear(classes)


def _convnet_7(made: Network, settings: ModelSettings, classes: int) -> None:
    is_original = made.shape[1:] == (32, 32)
    for position, channels in enumerate((8, 8, 32, 32, 128, 128), start=1):
        made.convolution(channels, 3, padding=1)
        made.plain("nn.ReLU()")
        if position % 2 == 0:
            made.pool()
        made.batch_norm()
    made.convolution(classes, 1)
    if is_original:
        made.pool("AvgPool2d", 3)
    else:
        made.plain("nn.AdaptiveAvgPool2d(1)")
        made.shape = (made.shape[0], 1, 1)
    made.flatten()


def _convnet_16_32(made: Network, settings: ModelSettings, classes: int) -> None:
    for channels in (16, 32):
        made.convolution(channels, 3)
        made.plain("nn.ReLU()")
    made.pool()
    made.plain("nn.Dropout2d(0.1)")
    made.flatten()
    made.linear(64)
    made.plain("nn.ReLU()")
    made.plain("nn.Dropout(0.25)")
    made.linear(classes)


def _cnn_20_50(made: Network, settings: ModelSettings, classes: int) -> None:
    for channels in (20, 50):
        made.convolution(channels, 5)
        made.plain("nn.ReLU()")
        made.pool()
    made.flatten()
    made.linear(500)
    made.plain("nn.ReLU()")
    made.plain("nn.Dropout(0.5)")
    made.linear(classes)


def _cnn_6_3(made: Network, settings: ModelSettings, classes: int) -> None:
    for position, channels in enumerate((32, 64, 128, 128, 256, 256), start=1):
        made.convolution(channels, 3, padding=1)
        made.plain("nn.ReLU()")
        if position % 2 == 0:
            made.pool()
    made.flatten()
    for units in (1024, 512):
        made.linear(units)
        made.plain("nn.ReLU()")
    made.linear(classes)


def _resnet18(made: Network, settings: ModelSettings, classes: int) -> None:
    before, height, width = made.shape
    made.whole = code(
        f"model = models.resnet18(num_classes={classes})",
        "# Its first layers are made for 224×224 pixels: small images keep their size here.",
        f"model.conv1 = nn.Conv2d({before}, 64, kernel_size=3, padding=1, bias=False)",
        'nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")',
        "model.maxpool = nn.Identity()",
    )
    made.multiply_adds = (before * 9 * 64 + 128) * height * width
    inputs = 64
    for stage, outputs in enumerate((64, 128, 256, 512)):
        if stage:  # the first convolution of a later stage halves height and width, rounded up
            height, width = -(-height // 2), -(-width // 2)
        shortcut = inputs * outputs + 2 * outputs if stage else 0
        weights = (inputs + 3 * outputs) * 9 * outputs + 8 * outputs + shortcut
        made.multiply_adds += weights * height * width
        inputs = outputs
    made.multiply_adds += 513 * classes


NETWORKS: dict[str, Callable[[Network, ModelSettings, int], None]] = {
    "linear": _mlp,
    "mlp": _mlp,
    "simple_cnn": _simple_cnn,
    "convnet_7": _convnet_7,
    "convnet_16_32": _convnet_16_32,
    "cnn_20_50": _cnn_20_50,
    "cnn_6_3": _cnn_6_3,
    "resnet18": _resnet18,
}


def _norm_and_bend(made: Network, settings: ModelSettings) -> None:
    if settings.batch_norm:
        made.batch_norm()
    made.plain(part_of(ACTIVATIONS, "activation", settings.activation))


def _dropout(made: Network, settings: ModelSettings) -> None:
    if settings.dropout > 0:
        made.plain(f"nn.Dropout({settings.dropout})")
