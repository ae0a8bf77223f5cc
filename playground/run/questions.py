"""Questions: what pages ask a worker that is no run.

A question is a frozen dataclass whose fields are the inputs; equal ones are asked once. What is
in brackets behind `Question` is its answer, another frozen dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Generic, TypeVar, get_args

from pydantic import PlainValidator, ValidationError

from playground.errors import InvalidExperiment, PlaygroundError, shorten
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.run import protocol
from playground.run.rate_test import RateTest
from playground.run.records import ModelSummary, Preview

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Setup = Annotated[Experiment, PlainValidator(Experiment.from_settings)]


class Question(Generic[T_co]):
    """Something to ask, with a `T_co` for an answer."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DescribeNetwork(Question[ModelSummary]):
    """How large is the network, and can it be trained here?"""

    experiment: Setup


@dataclass(frozen=True, slots=True)
class PreviewImages(Question[Preview]):
    """What are the images like? With `download` they may be fetched.

    With `whole` all validation images are written, and the sample of the training images, as a run
    with this setup does.
    """

    experiment: Setup
    download: bool = field(default=False, compare=False)
    whole: bool = False

    @classmethod
    def of(
        cls, experiment: Experiment, *, download: bool = False, whole: bool = False
    ) -> PreviewImages:
        """Return the question with what decides images and labels, and nothing else of a setup."""
        plain = Experiment()
        training = plain.training.model_copy(
            update={
                "seed": experiment.training.seed,
                "batch_size": 1,
                "pitfalls": tuple(sorted(data_flaws(experiment))),
            }
        )
        images = plain.model_copy(update={"data": experiment.data, "training": training})
        return cls(images, download, whole)


@dataclass(frozen=True, slots=True)
class FindLearningRate(Question[RateTest]):
    """How does the loss go while the learning rate grows, untrained or as a `run` is by now?

    `epoch` is how far that run has come, so that it is asked anew once it has gone on.
    """

    experiment: Setup
    run: str = ""
    epoch: int = 0

    @classmethod
    def of(cls, experiment: Experiment, run: str = "", epoch: int = 0) -> FindLearningRate:
        """Return the question without the settings that have no say in the answer."""
        plain = Experiment()
        free = ("optimizer.learning_rate", "optimizer.schedule", "training.epochs")
        return cls(experiment.replace({path: plain.get(path) for path in free}), run, epoch)


@dataclass(frozen=True, slots=True)
class KeptBackbone:
    """How a setup names a backbone that was kept."""

    reference: str


@dataclass(frozen=True, slots=True)
class KeepBackbone(Question[KeptBackbone]):
    """Will you keep the network of a run after an epoch, without its last layer, as a backbone?"""

    run: str
    epoch: int
    name: str


def answer_type(question: type[Question[T]]) -> type[T]:
    """Return the type of the answers to a kind of question."""
    [base] = question.__orig_bases__  # type: ignore[attr-defined]  # typing knows it at run time
    [answer] = get_args(base)
    return answer  # type: ignore[no-any-return]


def read_question(kind: type[Question[T]], inputs: object) -> Question[T]:
    """Read a question that a page has asked.

    Raises `InvalidExperiment` with a sentence on the first input that makes no sense.
    """
    try:
        return protocol.read(kind, inputs)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, PlaygroundError):
            raise cause from None
        place = " ".join(map(str, first["loc"])) or "input"
        raise InvalidExperiment(
            f"{shorten(first['input'])} is no question of the kind {kind.__name__}: its {place} is "
            f"missing or of another type ({first['msg']})."
        ) from None
