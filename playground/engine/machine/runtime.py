"""The machine: devices, threads, versions, and the random state a run carries between its turns."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import psutil
import torch
import torchvision

from playground.errors import DeviceUnavailable
from playground.run.environment import whole_number
from playground.run.records import Environment, ModelSummary

# Below this many multiply-adds per batch the second thread costs more than it saves. Measured on
# 2 cores: an MLP step of 26 million took 1.7 ms on one thread and 2.7 ms on two, a CNN step of
# 67 million 13.7 and 12.3 ms, one of 540 million 112 and 65 ms.
_WORTH_THREADS = 60_000_000


def choose_device(name: str) -> torch.device:
    """Return the device called `name`; "auto" is the first GPU, or the CPU where there is none.

    Raises `DeviceUnavailable`, which lists the devices of this machine.
    """
    available = devices()
    if name == "auto":
        return torch.device(next((gpu for gpu in available if gpu != "cpu"), "cpu"))
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in available:
        raise DeviceUnavailable(
            f"This machine has no device {name}: choose auto or one of {', '.join(available)}."
        )
    return torch.device(wanted)


def choose_devices(name: str, count: int) -> list[torch.device]:
    """Return `count` devices: GPUs from that called `name` on, or the CPU as often as that.

    Raises `DeviceUnavailable` where there are not so many; a CPU is as many as it has cores, and
    two in any case.
    """
    first = choose_device(name)
    if count == 1:
        return [first]
    if first.type == "cpu":
        there = [first] * max(2, cores())
        what = f"the CPU of this machine computes with {cores()} cores"
    else:
        there = [torch.device(each) for each in devices() if torch.device(each).type == first.type]
        there = there[there.index(first) :] if first in there else [first]
        what = f"this machine has {len(there)} GPU{'s' if len(there) > 1 else ''} from {first} on"
    if count > len(there):
        raise DeviceUnavailable(
            f"{count} devices are to train together, and {what}: choose at most {len(there)}. A "
            "run that began with more goes on with fewer as a new one, from an epoch that is kept."
        )
    return there[:count]


def devices() -> list[str]:
    """Return the devices of this machine: the CPU first, then each GPU."""
    names = ["cpu"]
    names += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return names


def cores() -> int:
    """Return the number of CPU cores this process may use; `PLAYGROUND_THREADS` sets it lower."""
    found = _all_cores()
    return min(found, whole_number("PLAYGROUND_THREADS", found))


def _all_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def threads_for(summary: ModelSummary, batch_size: int, device: torch.device) -> int:
    """Return how many threads to compute with: one for small steps, every core for large ones.

    A pure function of the experiment and the machine, because the number of threads can change
    the order of additions and with it the last bits of the result.
    """
    if device.type != "cpu":
        return 1
    enough = multiply_adds(summary) * batch_size >= _WORTH_THREADS
    return cores() if enough else 1


def multiply_adds(summary: ModelSummary) -> int:
    """Return the multiply-adds of one image's forward pass: each weight once per output pixel."""
    return sum(layer.parameters * prod(layer.output_shape[1:]) for layer in summary.layers)


def environment() -> Environment:
    """Return the versions, cores and devices of this process."""
    found = devices()
    return Environment(
        python=platform.python_version(),
        torch=str(torch.__version__),
        torchvision=str(torchvision.__version__),
        cores=cores(),
        memory_megabytes=psutil.virtual_memory().total / 1e6,
        devices=tuple(found),
        device_names={
            name: torch.cuda.get_device_name(name) for name in found if name.startswith("cuda")
        },
    )


class TorchState:
    """What torch keeps per process and a run must not share: random numbers and thread count."""

    def __init__(self) -> None:
        self._random = torch.get_rng_state()
        self._cuda: list[torch.Tensor] = []
        self._threads = 1

    @contextmanager
    def active(self) -> Iterator[None]:
        """Swap the run's state in for the time of the block, and keep it for the next turn."""
        torch.set_rng_state(self._random)
        if self._cuda:
            torch.cuda.set_rng_state_all(self._cuda)
        torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            self._random = torch.get_rng_state()
            if torch.cuda.is_initialized():
                self._cuda = torch.cuda.get_rng_state_all()
            self._threads = torch.get_num_threads()
