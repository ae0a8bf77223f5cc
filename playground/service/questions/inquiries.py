"""Inquiries: what pages ask that is no run, such as a network's size or images to look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping

from playground.errors import WorkerUnavailable
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.run import protocol
from playground.run.protocol import Message
from playground.service.lanes.supervisor import Supervisor
from playground.service.questions.questions import Answer, Questions


class Inquiries:
    """Answers of the worker behind `lane`, which is called anew for each; each asked once.

    Pages call from threads of their own. No answer raises: what is in the way is its `refusal`.
    """

    def __init__(self, lane: Callable[[], Supervisor]) -> None:
        self._lane = lane
        self._questions = Questions()

    def describe(self, experiment: Experiment, patience: float = 0.0) -> Answer:
        """Return the network's `ModelSummary`, or why there is none, waiting up to `patience` s."""
        return self._ask("describe", experiment, protocol.summary, patience)

    def preview(
        self, experiment: Experiment, *, download: bool = False, patience: float = 0.0
    ) -> Answer:
        """Return the `Preview` of the data, or why there is none, waiting up to `patience` s.

        Only what decides the images is asked, so a changed network asks nothing new.
        """
        images = _images_only(experiment)
        if download:
            self._questions.forget_refusal(("preview", images))
        return self._ask("preview", images, protocol.preview, patience, download=download)

    def cancel_preview(self, experiment: Experiment) -> None:
        """Give up a preview that is being prepared, such as a download."""
        request = self._questions.request_of(("preview", _images_only(experiment)))
        if request:
            self._lane().tell({"command": "cancel", "request": request})

    def forget_preview(self, experiment: Experiment) -> None:
        """Ask anew next time: the images may have come meanwhile."""
        self._questions.forget(("preview", _images_only(experiment)))

    def investigate(
        self, piece: str, inputs: Mapping[str, object], patience: float = 0.0
    ) -> Answer:
        """Return the findings of a piece of the concept lab, or why there are none.

        Equal inputs are asked once; for what is to run anew, give `inputs` something that differs.
        """
        question = ("lab", piece, json.dumps(inputs, sort_keys=True))
        command = {"command": "lab", "piece": piece, "inputs": dict(inputs)}
        return self._put(question, command, dict, patience)

    def hear(self, event: Message | None) -> None:
        """Take what the worker says of a question; None where it is gone with all it was asked."""
        if event is None:
            self._questions.lose()
        else:
            self._questions.take(event)

    def close(self) -> None:
        """Give up what is under way."""
        self._questions.lose()

    def _ask(
        self,
        kind: str,
        experiment: Experiment,
        read: Callable[[Message], object],
        patience: float,
        **fields: object,
    ) -> Answer:
        settings = experiment.model_dump(mode="json")
        command = {"command": kind, "experiment": settings, **fields}
        return self._put((kind, experiment), command, read, patience)

    def _put(
        self,
        question: Hashable,
        command: Message,
        read: Callable[[Message], object],
        patience: float,
    ) -> Answer:
        """Send `command` to the worker, unless the answer to `question` is there or on its way."""

        def send(request: str) -> None:
            self._lane().send({**command, "request": request})

        try:
            return self._questions.ask(question, send, read, patience)
        except WorkerUnavailable as error:
            self._questions.forget(question)
            return Answer(refusal=str(error))


def _images_only(experiment: Experiment) -> Experiment:
    """Return an experiment with the same images and labels, and nothing else of its own."""
    plain = Experiment()
    training = plain.training.model_copy(
        update={
            "seed": experiment.training.seed,
            "batch_size": 1,
            "pitfalls": tuple(sorted(data_flaws(experiment))),
        }
    )
    return plain.model_copy(update={"data": experiment.data, "training": training})
