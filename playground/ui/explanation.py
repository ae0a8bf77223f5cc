"""How a pitfall is explained, wherever it is."""

from __future__ import annotations

from playground.experiment.entries import PitfallEntry
from playground.ui.plain import plain


def explanation(pitfall: PitfallEntry) -> str:
    """Return what a pitfall does, why and when it hurts and how to see it, as Markdown."""
    return (
        f"**What it does.** {plain(pitfall.summary)}\n\n"
        f"**Why it hurts.** {plain(pitfall.why)}\n\n"
        f"**How to see it.** {plain(pitfall.see)}\n\n"
        f"**When it does harm.** {plain(pitfall.when)}"
    )
