"""Kept sessions: those whose page has gone, kept for a while in case it comes back.

Each session holds files open (descriptors) for as long as it is kept, of which a process may have
only so many; Streamlit itself lets them go only when the next page goes.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from errno import EMFILE, ENFILE
from pathlib import Path
from time import monotonic

from streamlit.runtime import get_instance
from streamlit.runtime.session_manager import SessionInfo, SessionStorage

if sys.platform != "win32":  # which has no such limit
    import resource

_ENOUGH = 10_240  # the most that macOS allows; 2,500 pages
_OF_A_PAGE = 4  # of one that is open: its connection, and three for its session
_RESERVE = 64  # for what browsers fetch in between, and for the files of the store
_MOST_KEPT = 128  # as Streamlit: a class of thirty that reloads four times
_FEW = 512  # so many or fewer are told at the start: a class of thirty with two pages each

_log = logging.getLogger(__name__)


class KeptSessions(SessionStorage):
    """Keeps a session for `seconds`, or until room is needed; then it is ended."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, SessionInfo]] = {}  # with its end, the oldest first

    def get(self, session_id: str) -> SessionInfo | None:
        """Return a session; None where it is not kept."""
        return self._kept[session_id][1] if session_id in self._kept else None

    def save(self, session_info: SessionInfo) -> None:
        """Keep a session whose page has gone."""
        session_id = session_info.session.id
        self._kept.pop(session_id, None)
        self._kept[session_id] = monotonic() + self._seconds, session_info
        while len(self._kept) > _MOST_KEPT:
            self.end_oldest()
        asyncio.get_running_loop().call_later(self._seconds, self._end_old)

    def delete(self, session_id: str) -> None:
        """Keep a session no longer: its page is back."""
        del self._kept[session_id]

    def list(self) -> list[SessionInfo]:
        """Return all that are kept."""
        return [info for _, info in self._kept.values()]

    def end_oldest(self) -> bool:
        """End the session whose page went first; whether there was one."""
        for session_id, (_, info) in self._kept.items():
            del self._kept[session_id]
            info.session.shutdown()
            return True
        return False

    def _end_old(self) -> None:
        now = monotonic() + 1.0  # a timer may be early by a moment
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self.end_oldest()


def raise_limit() -> None:
    """Let this process have as many files open as it may; say so where that is few."""
    if sys.platform == "win32":
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if most == resource.RLIM_INFINITY else min(_ENOUGH, most)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        with suppress(OSError, ValueError):  # a system may have a lower limit than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    if wanted <= _FEW:
        pages = max(0, (wanted - _used() - _RESERVE) // _OF_A_PAGE)
        _log.warning(
            "This server may have only %d files open at a time, which is enough for about %d pages:"
            " whoever opens one more is asked to wait. Start it where `ulimit -Hn` says 4096 or "
            "more; who runs the machine can raise it.",
            *(wanted, pages),
        )


def keep_few_sessions(seconds: float) -> None:
    """Let Streamlit keep its sessions here; where it keeps them elsewhere by now, it goes on so."""
    manager = get_instance()._session_mgr
    if hasattr(manager, "_session_storage"):
        manager._session_storage = KeptSessions(seconds)


def make_room() -> bool:
    """Return whether one more page may open; sessions whose page has gone end for it."""
    while _free() < _RESERVE + _OF_A_PAGE:
        if not end_oldest():
            return False
    return True


def end_oldest() -> bool:
    """End the session whose page went first, with all that it holds; whether there was one."""
    kept = getattr(get_instance()._session_mgr, "_session_storage", None)
    return isinstance(kept, KeptSessions) and kept.end_oldest()


def _free() -> int:
    if sys.platform == "win32":
        return _ENOUGH
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (_ENOUGH if limit == resource.RLIM_INFINITY else limit) - _used()


def _used() -> int:
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError as error:  # no more can be opened, not even this list; or there is none
        return _ENOUGH if error.errno in (EMFILE, ENFILE) else 0
