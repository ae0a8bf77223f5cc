"""Failures: what went wrong in a run, as a sentence."""

from __future__ import annotations

from playground.errors import PlaygroundError

APP_ERROR = "Training stopped because of an error in the app"
_IN_LOG = " The details are in worker.log in the playground's folder."


def failure(error: BaseException, details: str = _IN_LOG) -> str:
    """Return the sentence that the page shows for `error`; `details` says where to read on."""
    if isinstance(error, PlaygroundError):
        return str(error)
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text or "allocate memory" in text:
        return "The machine ran out of memory: choose a smaller batch size, image size or network."
    reason = text.strip().splitlines()[0] if text.strip() else "no reason given"
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return (
            f"A file could not be read or written: {error.strerror or reason}{place}. Make room "
            "or allow it, or set PLAYGROUND_HOME to another folder."
        )
    return f"{APP_ERROR} ({type(error).__name__}: {reason}).{details}"
