"""CudaRecorder: what records computations on a GPU of NVIDIA's, as CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from playground.engine.training.graph_recording import Recorder, Results
from playground.run import environment

# A graph keeps the memory of a whole batch. Beside it must fit the short last batch, validation
# and the optimizer's state, none of which is there yet: so many times what the graph took.
_ROOM = 4


def recorder_for(device: torch.device) -> Recorder | None:
    """Return what records on `device`; None where nothing does.

    The environment variable `PLAYGROUND_CUDA_GRAPHS=0` switches recording off, for whoever meets
    a driver that gets it wrong. AMD's GPUs, which torch calls "cuda" as well, are left out: nobody
    has tried them.
    """
    is_wanted = environment.switch("PLAYGROUND_CUDA_GRAPHS", True)
    can_record = device.type == "cuda" and torch.version.hip is None
    return CudaRecorder(device) if is_wanted and can_record else None


class CudaRecorder:
    """Records CUDA graphs on one device, on a stream of its own.

    How random numbers stay right is torch's doing ("CUDA Graph-safe RNG states" in its sources):
    kernels of a graph read seed and offset from the device's memory, where each replay first
    writes those that the default generator has at that moment, and then moves the generator on by
    as much as the kernels draw. So `set_rng_state`, by which runs take turns and checkpoints are
    taken up, is obeyed by the next replay, and dropout is that of an eager step, bit for bit.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    @cached_property
    def _stream(self) -> torch.cuda.Stream:
        return torch.cuda.Stream(self._device)

    def aside(self, compute: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """Compute on the stream of the recording: graphs cannot be made on the usual one.

        What `compute` returns must not hold on to autograd's graph: its nodes belong to the stream
        they were made on, and one that is still there would draw that stream into a recording.
        """
        with torch.cuda.device(self._device):
            usual = torch.cuda.current_stream()
            self._stream.wait_stream(usual)
            with torch.cuda.stream(self._stream):
                computed = compute()
            usual.wait_stream(self._stream)
        return computed

    def record(self, compute: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        """Return the replay of a graph of `compute`, and the tensors it writes.

        Raises `RuntimeError` where CUDA refuses, or where the graph would leave too little memory.
        Mixed precision needs no care here: autocast is entered and left inside, and forgets the
        weights it has cast when it is left.
        """
        graph = torch.cuda.CUDAGraph()
        # A recording that fails leaves its stream the current one: the outer `stream` sets it back.
        with (
            torch.cuda.device(self._device),
            torch.cuda.stream(torch.cuda.current_stream(self._device)),
        ):
            torch.cuda.empty_cache()
            free_before, _ = torch.cuda.mem_get_info(self._device)
            # Other threads may call CUDA meanwhile, such as to free memory, without harm.
            with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                results = compute()
            free, _ = torch.cuda.mem_get_info(self._device)
        taken = free_before - free
        if free < _ROOM * taken:
            raise RuntimeError(f"a graph of {taken:,} bytes would leave {free:,} of memory")
        return graph.replay, results
