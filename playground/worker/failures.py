"""Failures: what went wrong in a run, as a sentence."""

from __future__ import annotations

from playground.errors import PlaygroundError


def failure(error: BaseException) -> str:
    """Return the sentence that the page shows for `error`."""
    if isinstance(error, PlaygroundError):
        return str(error)
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text or "allocate memory" in text:
        return "The machine ran out of memory: choose a smaller batch size, image size or network."
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        return f"A file could not be read or written: {error.strerror}{place}."
    reason = text.splitlines()[0] if text else "no reason given"
    return (
        f"Training stopped because of an error in the app ({type(error).__name__}: {reason}). "
        "The details are in worker.log in the playground's folder."
    )
