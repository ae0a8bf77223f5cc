"""TeachersKey: what a teacher types to stop, delete and rename the runs of all."""

from __future__ import annotations

from hmac import compare_digest

from playground.errors import NotRecognized
from playground.run import environment
from playground.service.attempts import Attempts

LEAST = 12  # letters


class TeachersKey:
    """The key that whoever runs the server has set as `PLAYGROUND_TEACHER_KEY`, if any.

    A variable and no file: nothing of it is on disk, and to change it is to start anew.
    """

    def __init__(self) -> None:
        self._attempts = Attempts()

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return bool(self._value)

    def check(self, browser: str, typed: str) -> None:
        """Raise `NotRecognized` for what is not the key, and after too many attempts."""
        self._attempts.begin(browser)
        right = self._value.encode(errors="surrogatepass")
        if not right or not compare_digest(typed.strip().encode(errors="replace"), right):
            raise NotRecognized("This is not the teacher's key.")
        self._attempts.succeed(browser)

    @property
    def _value(self) -> str:
        return environment.secret("PLAYGROUND_TEACHER_KEY", LEAST)
