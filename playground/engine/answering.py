"""Answering: the functions that answer questions of pages, found by the type of the question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, get_type_hints

from playground.engine.embedding import last_layer
from playground.engine.images.shelf import DataShelf
from playground.engine.inspect import inside, saying
from playground.engine.lab import (
    autograd,
    batch_orders,
    channels,
    convolution,
    cross_entropy,
    data_size,
    device,
    linear_regression,
    microscope,
    normalization,
    sealed_set,
    valley,
)
from playground.engine.machine.preparation import Preparation
from playground.engine.runs.backbone_keeping import keep_backbone
from playground.engine.runs.baselines import baselines
from playground.engine.runs.cross_validation import find_suspects
from playground.engine.runs.preflight import preflight
from playground.engine.runs.preview import preview
from playground.engine.runs.rate_finding import find_rate
from playground.errors import UnknownChoice
from playground.run.questions import DescribeNetwork, PreviewImages, Question, read_question
from playground.run.records import ModelSummary, Preview

# A generator, so that what takes a while reports progress and lets runs have their turn.
Answerer: TypeAlias = Callable[[Any, DataShelf], Preparation[Any]]


def describe_network(question: DescribeNetwork, shelf: DataShelf) -> Preparation[ModelSummary]:
    """Return the network's summary, or raise why it cannot be trained here."""
    yield from ()
    return preflight(question.experiment)


def preview_images(question: PreviewImages, shelf: DataShelf) -> Preparation[Preview]:
    """Prepare the images; raises `DatasetUnavailable` where they are not here."""
    return preview(
        question.experiment, download=question.download, shelf=shelf, whole=question.whole
    )


# A new question is a type, and a function here whose `question` is of that type.
_FUNCTIONS: tuple[Answerer, ...] = (
    describe_network,
    preview_images,
    baselines,
    find_rate,
    autograd.investigate,
    linear_regression.investigate,
    cross_entropy.investigate,
    normalization.investigate,
    convolution.investigate,
    microscope.investigate,
    sealed_set.investigate,
    batch_orders.first_batches,
    batch_orders.gradient_noise,
    batch_orders.ordered_trainings,
    device.investigate,
    valley.investigate,
    channels.investigate,
    data_size.investigate,
    last_layer.investigate,
    *(inside.first_layer, inside.every_layer, inside.what_it_looks_at),
    *(saying.say_of_images, saying.wrong_inputs),
    find_suspects,
    keep_backbone,
)
ANSWERERS: dict[type[Question[Any]], Answerer] = {
    get_type_hints(function)["question"]: function for function in _FUNCTIONS
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
