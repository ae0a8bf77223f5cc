"""Answering: the questions that pages may ask, each with the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from playground.engine.images.shelf import DataShelf
from playground.engine.lab import (
    autograd,
    batch_orders,
    convolution,
    cross_entropy,
    device,
    linear_regression,
    microscope,
    normalization,
    sealed_set,
)
from playground.engine.machine.preparation import Preparation
from playground.engine.runs.preflight import preflight
from playground.engine.runs.preview import preview
from playground.errors import UnknownChoice
from playground.lab.autograd import AutogradQuestion
from playground.lab.batch_orders import NoiseQuestion, OrderedTrainingQuestion, OrderQuestion
from playground.lab.convolution import ConvolutionQuestion
from playground.lab.cross_entropy import CrossEntropyQuestion
from playground.lab.device import DeviceQuestion
from playground.lab.linear_regression import RegressionQuestion
from playground.lab.microscope import MicroscopeQuestion
from playground.lab.normalization import NormalizationQuestion
from playground.lab.sealed_set import SealQuestion
from playground.run.questions import (
    DescribeNetwork,
    PreviewImages,
    Question,
    read_question,
)
from playground.run.records import ModelSummary, Preview

# A generator, so that what takes a while reports progress and lets runs have their turn.
Answerer: TypeAlias = Callable[[Any, DataShelf], Preparation[Any]]


def describe_network(question: DescribeNetwork, shelf: DataShelf) -> Preparation[ModelSummary]:
    """Return the network's summary, or raise why it cannot be trained here."""
    yield from ()
    return preflight(question.experiment)


def preview_images(question: PreviewImages, shelf: DataShelf) -> Preparation[Preview]:
    """Prepare the images; raises `DatasetUnavailable` where they are not here."""
    return preview(question.experiment, download=question.download, shelf=shelf)


ANSWERERS: dict[type[Question[Any]], Answerer] = {
    DescribeNetwork: describe_network,
    PreviewImages: preview_images,
    AutogradQuestion: autograd.investigate,
    RegressionQuestion: linear_regression.investigate,
    CrossEntropyQuestion: cross_entropy.investigate,
    NormalizationQuestion: normalization.investigate,
    ConvolutionQuestion: convolution.investigate,
    MicroscopeQuestion: microscope.investigate,
    SealQuestion: sealed_set.investigate,
    OrderQuestion: batch_orders.order,
    NoiseQuestion: batch_orders.noise,
    OrderedTrainingQuestion: batch_orders.training,
    DeviceQuestion: device.investigate,
}
_KINDS = {kind.__name__: kind for kind in ANSWERERS}


def answering(name: object, inputs: object, shelf: DataShelf) -> Preparation[Any]:
    """Return the generator that answers the question called `name`.

    Raises `UnknownChoice` for other names, and `InvalidExperiment` with a sentence for inputs that
    make no sense.
    """
    if not isinstance(name, str) or name not in _KINDS:
        raise UnknownChoice("question", name, _KINDS)
    kind = _KINDS[name]
    return ANSWERERS[kind](read_question(kind, inputs), shelf)
