"""The worker's process: its pipes, its log, and its first line."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from queue import SimpleQueue
from threading import Thread
from typing import IO

from playground.errors import PlaygroundError
from playground.run import protocol
from playground.run.protocol import Message
from playground.worker.mirror import Mirror


def main(*, apart: bool = False) -> int:
    """Serve commands from stdin until it closes. Returns the exit status.

    With `apart`, whoever asks shares no disk with us: files come and go as messages too.
    """
    output = _private_stdout()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    # Ctrl-C in a terminal reaches the whole group: the server decides when its worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def emit(message: Message) -> None:
        line = protocol.encode(message) + "\n"
        try:
            output.write(line)
            output.flush()
        except OSError:
            os._exit(0)  # nobody listens any more

    mirror = Mirror(emit) if apart else None
    receive = mirror.receive if mirror else lambda command: command
    commands: SimpleQueue[Message | None] = SimpleQueue()
    Thread(target=_read_commands, args=(commands, receive), daemon=True, name="commands").start()
    return serve(commands, mirror.emit if mirror else emit)


def serve(commands: SimpleQueue[Message | None], emit: Callable[[Message], None]) -> int:
    """Say hello and obey until the asker is gone; say what is wrong where PyTorch does not load.

    Returns the exit status.
    """
    if problem := torch_problem():
        emit({"event": "broken", "message": problem})
        return 1
    import torch

    from playground.engine.machine.runtime import environment
    from playground.worker.loop import Worker

    torch.set_num_threads(1)
    emit({"event": "hello", "environment": protocol.pack(environment())})
    Worker(commands, emit).work()
    return 0


def torch_problem() -> str | None:
    """Return what is wrong with PyTorch here, as sentences, or None where it loads."""
    try:
        import torch  # noqa: F401
        import torchvision  # noqa: F401
    except Exception as error:  # a mismatch shows as RuntimeError, OSError, AttributeError, …
        logging.getLogger(__name__).info("torch does not load", exc_info=True)
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        return (
            f"PyTorch does not load here: torch {_installed('torch')} and torchvision "
            f"{_installed('torchvision')} do not fit each other or are not installed "
            f"({type(error).__name__}: {reason}). "
            "Install the pair that fits with: pip install -r requirements.txt"
        )
    return None


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _private_stdout() -> IO[str]:
    """Keep stdout for the protocol; whatever a library prints goes to stderr."""
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return private


def _read_commands(
    commands: SimpleQueue[Message | None], receive: Callable[[Message], Message]
) -> None:
    try:
        for line in sys.stdin.buffer:
            try:
                commands.put(receive(protocol.decode(line)))
            except (ValueError, OSError, PlaygroundError):  # also what is not UTF-8
                logging.getLogger(__name__).warning("not a command: %r", line[:200])
    finally:
        commands.put(None)
