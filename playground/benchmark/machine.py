"""The machine that numbers were measured on."""

from __future__ import annotations

import platform
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from playground.engine.machine.runtime import choose_device, environment

# What a CPU may call its instructions for bfloat16: on x86, on Intel's matrix units, on ARM.
_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def machine(device: str) -> dict[str, Any]:
    """Return the environment of a benchmark on `device`; raises `DeviceUnavailable`.

    `bfloat16` says whether the device has instructions for it, without which mixed precision is
    slower than float32; `threads` is what torch computes with by default.
    """
    chosen = choose_device(device)
    found = environment()
    return asdict(found) | {
        "system": platform.platform(),
        "device": str(chosen),
        "device_name": found.device_names.get(str(chosen), ""),
        "cpu": _cpu_name(),
        "threads": torch.get_num_threads(),
        "bfloat16": has_bfloat16(chosen),
    }


def has_bfloat16(device: torch.device) -> bool:
    """Whether `device` has instructions for bfloat16."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    found = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return any(found.get(name) for name in _BFLOAT16)


def _cpu_name() -> str:
    file = Path("/proc/cpuinfo")  # of Linux
    found = re.search(r"^model name\s*: (.+)$", file.read_text() if file.exists() else "", re.M)
    return found[1] if found else platform.processor() or platform.machine()
