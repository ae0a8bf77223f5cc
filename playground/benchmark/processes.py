"""Processes: where the loops compute, each with the environment that it is to have."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from playground.errors import PlaygroundError
from playground.run import threads

# How OpenMP's threads wait in the process of each loop: as the app has chosen, or as torch has it.
# Torch's threads never sleep between two layers, which nothing beats on a quiet machine: the limit
# is what can be reached, and no choice of the app's must hide in it. The tutorial's has none.
# Other libraries compute there too.
WAITING = {"tutorial": {}, "playground": threads.WAITING, "limit": {}}

Ask = Callable[..., Any]
"""Calls a method of a `Bench`: takes its name and arguments, and first the loop that it is of."""


@contextmanager
def contestants() -> Iterator[Ask]:
    """Start the process of a loop when it is first asked; asking raises what its method raises."""
    with ExitStack() as stack:
        asks: dict[str, Ask] = {}

        def ask(loop: str, *request: Any) -> Any:
            name = loop if loop in WAITING else "tutorial"
            if name not in asks:
                asks[name] = stack.enter_context(bench_process(WAITING[name]))
            return asks[name](*request)

        yield ask


@contextmanager
def bench_process(waiting: Mapping[str, str]) -> Iterator[Ask]:
    """Start a process with a `Bench`; `waiting` says how OpenMP's threads wait in it.

    Asking raises what the method raises, and `PlaygroundError` where the process has died.
    """
    context = get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, dict(waiting)), daemon=True)
    # Ctrl-C reaches all processes of a terminal, and is for the command, which ends this one.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process.start()
    signal.signal(signal.SIGINT, before)
    theirs.close()

    def ask(*request: Any) -> Any:
        try:
            pipe.send(request)
            answer = pipe.recv()
        except (EOFError, OSError):
            process.join()
            raise PlaygroundError(
                f"The process that is measured has ended (status {process.exitcode}): what it "
                "wrote above says why. Where memory ran out, close other programs."
            ) from None
        if isinstance(answer, PlaygroundError):
            raise answer
        return answer

    try:
        yield ask
    finally:
        process.kill()  # it may be in the middle of an epoch, and has nothing to lose
        process.join()


def _serve(pipe: Connection[Any, Any], waiting: dict[str, str]) -> None:
    for name in threads.WAITING:
        os.environ.pop(name, None)
    os.environ |= waiting
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    from playground.benchmark.bench import Bench  # loads torch, which reads how they wait

    bench = Bench()
    while True:
        try:
            method, *arguments = pipe.recv()
            pipe.send(getattr(bench, method)(*arguments))
        except EOFError:
            return
        except PlaygroundError as error:
            pipe.send(error)
