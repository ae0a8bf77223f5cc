"""Step: forward, loss and backward of one batch of training; the optimizer's part comes after it.

On a GPU of NVIDIA's, a small network's step is some fifty short kernels that Python starts one by
one, slower than they compute. There the step of the first batch is recorded as a CUDA graph, which
starts them all at once, and replayed for every batch of that shape; a short last batch is computed
as ever. A graph is the same kernels on the same numbers, random ones included, so it changes no
result: that is tried out before the first replay counts, and the recording leaves weights,
statistics and random state as it found them. Hence the same experiment on the same GPU gives the
same numbers with and without graphs, and also where it goes on from an epoch's checkpoint, when
the graph is recorded anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from playground.engine.training.cuda_recorder import recorder_for
from playground.engine.training.graph_recording import Recorder, Recording, Snapshot, record
from playground.engine.training.loss import build_criterion
from playground.engine.training.precision import computing
from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls

# Inputs `[N, C, H, W]`, labels `[N]` and what the gradient weighs (None for 1) to the loss and the
# logits `[N, classes]`. The gradients are added to those of the weights.
Step: TypeAlias = Callable[[Tensor, Tensor, Tensor | None], tuple[Tensor, Tensor]]


def build_step(experiment: Experiment, model: nn.Module, device: torch.device) -> Step:
    """Return the step of a run, to be called with the gradients as its optimizer wants them.

    It replays a graph where there can be one (`recorder_for`), and no gradients are there to be
    added to: what a graph computes replaces them.
    """
    eager = eager_step(experiment, model, device)
    settings = experiment.training
    adds_up = settings.accumulation > 1 or "not_zeroed" in active_pitfalls(experiment)
    # What a gradient weighs among those of other devices has no place in a graph.
    recorder = None if adds_up or settings.devices > 1 else recorder_for(device)
    return GraphedStep(eager, model, device, recorder) if recorder else eager


def eager_step(experiment: Experiment, model: nn.Module, device: torch.device) -> Step:
    """Return the step that computes every batch by itself.

    Loss and logits still hold on to autograd's nodes. Those of the weights serve the next batch as
    well where its forward pass begins before they are let go: making them anew cost a small MLP 5
    of 320 µs.
    """
    precision, criterion = experiment.training.precision, build_criterion(experiment)

    def step(inputs: Tensor, labels: Tensor, share: Tensor | None) -> tuple[Tensor, Tensor]:
        with computing(precision, device):
            logits = model(inputs)
        loss = criterion(logits.float(), labels, "mean")
        loss.backward(share)
        return loss, logits

    return step


class GraphedStep:
    """The step that records its first batch and replays it for all of the same shape.

    It records anew where the mode of the network changes or its weights move. Where recording
    fails, for whatever reason, it is the eager step from then on, and the log says why.
    """

    def __init__(
        self, eager: Step, model: nn.Module, device: torch.device, recorder: Recorder
    ) -> None:
        self._eager = eager
        self._model = model
        self._device = device
        self._recorder: Recorder | None = recorder
        self._recording: Recording | None = None
        self._layout: tuple[object, ...] = ()  # of the first batch

    def __call__(
        self, inputs: Tensor, labels: Tensor, share: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute a batch; the weights must have no gradients yet.

        What is returned holds on to none of autograd's nodes, which would get in a recording's way.
        """
        layout = (inputs.shape, inputs.stride(), inputs.dtype)
        self._layout = self._layout or layout
        if self._recorder is None or layout != self._layout:
            return self._compute(inputs, labels, share)
        if self._recording is None or not self._recording.is_of(self._model):
            self._recording = None  # its memory goes back before more is taken
            self._recording = self._record(self._recorder, inputs, labels)
            if self._recording is None:
                self._recorder = None
                return self._compute(inputs, labels, share)
        return self._recording.replay(inputs, labels)

    def _compute(
        self, inputs: Tensor, labels: Tensor, share: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        loss, logits = self._eager(inputs, labels, share)
        return loss.detach(), logits.detach()

    def _record(self, recorder: Recorder, inputs: Tensor, labels: Tensor) -> Recording | None:
        """Return the recording, or None where there is none to rely on; all else is as before."""
        before = Snapshot(self._model, self._device)
        try:
            return record(self._compute, self._model, before, inputs, labels, recorder)
        except RuntimeError as error:  # out of memory is one, too
            logging.getLogger(__name__).warning("training goes on without CUDA graphs: %s", error)
            return None
        finally:
            before.restore()
            for weight in self._model.parameters():
                weight.grad = None
