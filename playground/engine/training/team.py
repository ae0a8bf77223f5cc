"""Team: the devices that train one run together, each a process with all of the network.

Every process goes through the same loop with the same order and the same weights. Of each batch it
computes its part; the gradients are added up, each weighing as many images as it is of, so that all
take the step of the whole batch. The first process leads: it alone evaluates, looks on and writes,
and nobody goes on before it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed, nn

from playground.engine.images.augmentation import Part
from playground.engine.machine.randomness import derive_seed
from playground.engine.training.step import Step


class Piece(NamedTuple):
    """What one device computes of a batch: the images at `indices`, `part` of all (None for all).

    `weight` is its share of the batch's images.
    """

    indices: Tensor
    part: Part | None = None
    weight: float = 1.0


class Team:
    """One of `size` devices, by its `rank`; torch's default process group connects them.

    `others` are pipes to those who follow, or the leader's to one of them.
    """

    def __init__(self, rank: int = 0, size: int = 1, others: Sequence[Connection] = ()) -> None:
        self.rank, self.size = rank, size
        self._others = others

    @property
    def leads(self) -> bool:
        """Whether this is the device that evaluates, looks on and writes; so is one alone."""
        return self.rank == 0

    @property
    def is_alone(self) -> bool:
        """Whether there is nobody else."""
        return self.size == 1

    def go(self) -> None:
        """Let the others go on, or wait until the leader does: in a pause nobody computes.

        A process that waits for a tensor instead would keep its GPU busy, and run out of patience.
        Raises `EOFError` or `OSError` where the other process has ended.
        """
        for other in self._others:
            if self.leads:
                other.send_bytes(b".")
            else:
                other.recv_bytes()

    def pieces(self, batches: Sequence[Tensor], *, normalizes: bool) -> list[Piece]:
        """Return this device's piece of every batch: of as many images as others, or one more.

        With batch norm, which `normalizes` over a piece, none has a single image. Of a short batch
        some have none: an empty piece.
        """
        if self.is_alone:
            return [Piece(batch) for batch in batches]
        return [self._piece(batch, 2 if normalizes else 1) for batch in batches]

    def _piece(self, batch: Tensor, least: int) -> Piece:
        images = len(batch)
        busy = min(self.size, max(1, images // least))
        each, more = divmod(images, busy)
        first = min(images, self.rank * each + min(self.rank, more))
        mine = batch[first : first + each + (self.rank < more)] if self.rank < busy else batch[:0]
        return Piece(mine, Part(first, images), len(mine) / images)

    def compute(
        self, step: Step, piece: Piece, inputs: Tensor, labels: Tensor, share: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Take the step of a piece; return the loss of the whole batch, and the piece's logits.

        `share` is what the whole batch's gradient weighs. The logits of an empty piece have no
        shape to rely on.
        """
        if self.is_alone:
            return step(inputs, labels, share)
        loss, logits = torch.zeros((), device=inputs.device), inputs.new_empty(0)
        if len(labels):
            weight = torch.tensor(piece.weight, device=inputs.device)
            loss, logits = step(inputs, labels, weight if share is None else share * weight)
        return self.total(loss.detach() * piece.weight), logits

    def begin_epoch(self, model: nn.Module, seed: int, epoch: int) -> None:
        """Let all have the leader's statistics of batch norm, and each a dropout of its own.

        That of those who follow begins anew with each epoch, so that no checkpoint has to hold it.
        """
        if self.is_alone:
            return
        self.go()
        for buffer in model.buffers():
            self.spread(buffer)
        if not self.leads:
            torch.manual_seed(derive_seed(seed, f"dropout of device {self.rank}, epoch {epoch}"))

    def add_up(self, weights: Sequence[nn.Parameter]) -> None:
        """Set the gradients to the sums of all devices', in one message."""
        if self.is_alone:
            return
        gradients = [weight.grad for weight in weights]
        flat = torch.cat(
            [
                (weight.new_zeros(weight.shape) if gradient is None else gradient).flatten()
                for weight, gradient in zip(weights, gradients, strict=True)
            ]
        )
        distributed.all_reduce(flat)
        for weight, total in zip(
            weights, flat.split([each.numel() for each in weights]), strict=True
        ):
            # A copy keeps the memory format: an optimizer's kernel may want that of the weight.
            gradient = torch.empty_like(weight) if weight.grad is None else weight.grad
            weight.grad = gradient.copy_(total.view(weight.shape))

    def total(self, value: Tensor) -> Tensor:
        """Return the sum of all devices' values; theirs are lost."""
        if not self.is_alone:
            distributed.all_reduce(value)
        return value

    def spread(self, tensor: Tensor) -> None:
        """Let `tensor`, of the same form everywhere, be that of the leader."""
        distributed.broadcast(tensor, 0)

    def shared(self, value: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what the leader has, as a checkpoint would bring it: its tensors on the CPU."""
        content = BytesIO()
        if self.leads:
            torch.save(value, content)
        box = [content.getvalue()]
        distributed.broadcast_object_list(box, 0)
        brought: dict[str, Any] = torch.load(BytesIO(box[0]), map_location="cpu", weights_only=True)
        return brought


ALONE = Team()
