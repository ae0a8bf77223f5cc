"""Guesses: what one tab has said of the mysteries it looked at. Names and codes; no streamlit."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.experiment.pitfalls import hidden_pitfall


@dataclass
class Guesses:
    """The wrong guesses of each mystery by its code, in order, and the codes that are solved.

    A code hides the same pitfall in every run, so what is found in one is known in all of them.
    """

    wrong: dict[str, tuple[str, ...]] = field(default_factory=dict)
    found: frozenset[str] = frozenset()
    given_up: frozenset[str] = frozenset()

    @property
    def revealed(self) -> frozenset[str]:
        """The codes whose pitfall is known here."""
        return self.found | self.given_up

    def guess(self, code: str, name: str) -> None:
        """Take a guess; the same wrong one twice counts once, but is the last again."""
        if name == hidden_pitfall(code).name:
            self.found |= {code}
            return
        others = (each for each in self.wrong.get(code, ()) if each != name)
        self.wrong[code] = (*others, name)

    def give_up(self, code: str) -> None:
        """Reveal what a code hides without having found it."""
        self.given_up |= {code}
