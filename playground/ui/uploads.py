"""Uploads: how much may lie in memory of what visitors send, each and all together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from starlette.requests import HTTPConnection
from starlette.types import Receive
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.ui.kept_sessions import end_oldest

MEGABYTE = 1024 * 1024
MOST_OF_ONE = 65 * MEGABYTE  # of a session: the largest file, and what is said around it
MOST_OF_ALL = 256 * MEGABYTE  # on top of the 200 MB of the server itself
_LEAST = 32 * 1024  # bytes that any file counts as: there is more to it than what is in it
_DRAINED = MOST_OF_ONE  # whoever sends so much and is refused gets to read why

_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+/?")


class Refusal(Exception):
    """A request that is not answered: the HTTP `status`, and the sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status

    async def drain(self, request: HTTPConnection, receive: Receive) -> None:
        """Take what is still to come, and keep nothing: a browser first sends, and then reads."""
        left = _length(request) or 0
        if request.scope["type"] == "http" and 0 < left <= _DRAINED:
            while (await receive()).get("more_body"):
                pass


class Uploads:
    """Counts what is arriving; what has arrived, Streamlit knows."""

    def __init__(self) -> None:
        self._arriving: Counter[str] = Counter()  # bytes by session

    def admit(self, request: HTTPConnection) -> AbstractContextManager[None]:
        """Return the time that a request takes, in which an upload counts as arriving.

        Raises `Refusal` for a file that is too much.
        """
        found = _PATH.search(request.scope["path"])
        if found is None or request.scope.get("method") != "PUT":
            return nullcontext()
        length = _length(request)
        if length is None:
            raise Refusal(411, "The size of a file has to be said before it is sent.")
        session, size = found[1], max(length, _LEAST)
        of_one = _kept()[session] + self._arriving[session]
        if of_one + size > MOST_OF_ONE:
            raise Refusal(
                413,
                f"This page has sent {of_one / MEGABYTE:.1f} MB of files, and may send "
                f"{MOST_OF_ONE / MEGABYTE:.0f}. Reload it to begin anew.",
            )
        while _kept().total() + self._arriving.total() + size > MOST_OF_ALL:
            if not end_oldest():
                raise Refusal(
                    503,
                    f"All pages together have sent {MOST_OF_ALL / MEGABYTE:.0f} MB of files, which "
                    "is as much as this server takes. Try again later.",
                )
        return self._arrival(session, size)

    @contextmanager
    def _arrival(self, session: str, size: int) -> Iterator[None]:
        self._arriving[session] += size
        try:
            yield
        finally:
            self._arriving[session] -= size
            self._arriving += Counter()  # forgets who has nothing under way


def release(files: Iterable[UploadedFile]) -> None:
    """Let go of files that lie elsewhere by now; else they stay in memory until the page goes."""
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        return
    for file in files:
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _length(request: HTTPConnection) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else None


def _kept() -> Counter[str]:
    """Return the bytes of files that Streamlit keeps, by session."""
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return Counter(
        {
            session: sum(max(len(file.data), _LEAST) for file in list(files.values()))
            for session, files in list(manager.file_storage.items())
        }
    )
