"""Text as it is: sentences quote what people typed, and Markdown would make more of it."""

from __future__ import annotations

import re

# Marks of CommonMark, tables, formulas, Streamlit's colours and HTML.
_MARKS = re.compile(r"([\\`*_\[\]<>$~:#|!&])")


def plain(text: str) -> str:
    """Return Markdown that shows `text` letter by letter.

    Without it a link to this app could make the browser of whoever opens it fetch any image.
    """
    return _MARKS.sub(r"\\\1", text)
