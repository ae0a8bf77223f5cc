"""The process of the loops: JSON lines on stdin and stdout, python -m playground.benchmark.

{"case": …, "loop": …, "precision": …, "images": …, "device": …} times one epoch on so many training
images and answers {"seconds": …, "threads": …, "real_images": …}; {"environment": DEVICE} answers
what machine this is. What cannot be is answered with {"problem": SENTENCE, "invalid": …}, which
says whether what was asked for is at fault.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import torch

from playground.benchmark.bench import Bench
from playground.benchmark.cases import CASES
from playground.benchmark.images import Images
from playground.benchmark.machine import machine
from playground.benchmark.others import OTHERS, installed
from playground.errors import InvalidExperiment, PlaygroundError


class Server:
    """Answers requests; keeps the loops of the last case asked for."""

    def __init__(self) -> None:
        self._bench: Bench | None = None
        self._threads = torch.get_num_threads()  # before any loop has changed it

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request."""
        try:
            if "environment" in request:
                return {**machine(request["environment"]), "others": installed()}
            bench = self._bench_of(request["case"], request["device"])
            seconds = bench.seconds(request["loop"], request["precision"], request["images"])
        except PlaygroundError as error:
            return {"problem": str(error), "invalid": isinstance(error, InvalidExperiment)}
        except Exception as error:  # what another library may raise is not ours to know
            if request.get("loop") not in OTHERS:
                raise
            return {"problem": f"{type(error).__name__}: {error}", "invalid": False}
        return {
            "seconds": seconds,
            "threads": bench.threads,
            "real_images": bench.images.real,
        }

    def _bench_of(self, name: str, device: str) -> Bench:
        case = CASES[name]
        if self._bench is None or self._bench.case is not case:
            images = self._bench.images if self._bench else None
            self._bench = None  # before new ones are built: memory need not hold both
            dataset = case.changes["data.dataset"]
            if images is None or images.dataset != dataset:
                images = Images.of(dataset)
            self._bench = Bench(case, device, images, self._threads)
        return self._bench


def main() -> None:
    """Answer until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for one that was not started so already
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    server = Server()
    for line in sys.stdin:
        answers.write(json.dumps(server.answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
