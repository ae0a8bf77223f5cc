"""Mirror: sends up what runs have written, where whoever looks shares no disk with this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playground.run.home import home
from playground.run.protocol import Message
from playground.run.transfer import files_of, pack, run_place, state_of, unpack

_SHARED = ("validation", "training", "samples")


class Mirror:
    """Stands between a worker and its pipes: files go up before the event that tells of them.

    Commands bring the files that they need, such as the checkpoint to go on from. `pack` makes a
    message of a file.
    """

    def __init__(
        self,
        emit: Callable[[Message], None],
        pack: Callable[[str, Path], Message] = pack,
    ) -> None:
        self._emit = emit
        self._pack = pack
        self._sent: dict[Path, tuple[int, int]] = {}  # when each file was written, and its size

    def emit(self, event: Message) -> None:
        """Send an event, and before it what has been written since the last one."""
        match event:
            case {"event": "kept" | "restored" | "finished" | "stopped", "run": str(run_id)}:
                self._send(run_place(run_id))
            case {"event": "started" | "answer"}:
                for kind in _SHARED:
                    for folder in sorted((home() / kind).glob("*")):
                        self._send(f"{kind}/{folder.name}")
                for folder in sorted((home() / "runs").glob("*")):
                    self._send(run_place(folder.name))
        self._emit(event)

    def receive(self, command: Message) -> Message:
        """Write down the files that a command brings; return the command."""
        for message in command.pop("files", ()):
            unpack(message)
            file = home() / message["place"] / message["name"]
            self._sent[file] = state_of(file)
        return command

    def _send(self, place: str) -> None:
        for file in files_of(place):
            state = state_of(file)
            if self._sent.get(file) != state:
                self._sent[file] = state
                self._emit({"event": "file", **self._pack(place, file)})
