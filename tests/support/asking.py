"""Ask the engine as a page does: what is asked and answered passes a line of JSON each way."""

from __future__ import annotations

from typing import TypeVar

from playground.engine.answering import answering
from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.questions import Question, answer_type

T = TypeVar("T")
SHELF = DataShelf()  # small data sets are loaded once


def sent(record: object) -> Message:
    """Return what arrives of a frozen dataclass."""
    return protocol.decode(protocol.encode(protocol.pack(record)))


def ask(question: Question[T], shelf: DataShelf = SHELF) -> T:
    """Return the answer as a page gets it."""
    kind = type(question)
    answer = drain(answering(kind.__name__, sent(question), shelf))
    return protocol.read(answer_type(kind), sent(answer))
