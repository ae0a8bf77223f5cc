"""The architectures: what each network is, and which settings it has."""

from __future__ import annotations

from playground.experiment.entries import ArchitectureEntry, Catalog

_CHOSEN = frozenset({"hidden_sizes", "activation", "dropout", "batch_norm"})

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
            _CHOSEN,
            convolutional=False,
            sizes=(64,),
        ),
        ArchitectureEntry(
            "simple_cnn",
            "Simple CNN",
            "3×3 convolutions, each followed by pooling; the hidden sizes are the channels.",
            _CHOSEN,
            needs_sizes=True,
            sizes=(8, 16, 32),
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
            "Two 5×5 convolutions (20, 50), each pooled, and 500 hidden units: much like LeNet.",
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
        ArchitectureEntry(
            "transfer",
            "Transfer",
            "A backbone that was trained on other images, and a new last layer: for few images.",
            frozenset({"backbone", "backbone_rate", "dropout"}),
        ),
    ],
)
