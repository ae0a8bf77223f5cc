"""The large messages a browser remembers, so that the server may name them instead of resending."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_LONGEST = 2  # runs: a message not used for longer is forgotten


@dataclass
class _Kept:
    delta: Delta
    used_in: int


class MessageCache:
    """Deltas by the hash of their message."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._run = 0

    @property
    def hashes(self) -> list[str]:
        """What a browser tells with every request."""
        return list(self._kept)

    def delta_of(self, message: ForwardMsg) -> Delta:
        """Return what a "delta" or a "ref_hash" message draws; raises `KeyError` for a lost one."""
        if message.WhichOneof("type") == "ref_hash":
            kept = self._kept[message.ref_hash]
            kept.used_in = self._run
            return kept.delta
        if message.metadata.cacheable:
            self._kept[message.hash] = _Kept(message.delta, self._run)
        return message.delta

    def end_run(self, fragments: list[str]) -> None:
        """Forget what has not been used for long by the fragments that ran, or by the page."""
        self._run += 1
        for key, kept in list(self._kept.items()):
            is_concerned = not fragments or kept.delta.fragment_id in fragments
            if is_concerned and self._run - kept.used_in > _LONGEST:
                del self._kept[key]
