"""Text as it is: sentences quote what people typed, and Markdown would make more of it."""

from __future__ import annotations

import re

from playground.run.names import visible

# Marks of CommonMark, tables, formulas, Streamlit's colours and HTML.
_MARKS = re.compile(r"([\\`*_\[\]<>$~:#|!&])")

# Streamlit reads the text once more after its marks are taken off: it makes emoji and icons of
# `:word:`, signs of `->`, links of addresses. Nothing is drawn of a gap, and it ends each of them.
GAP = ":small[]"
_SECOND_READING = re.compile(
    r"(?<=:)(?=[\w+/-])"  # an emoji, an icon, https://
    r"|(?<=www)(?=\.)|(?=@)"  # an address without https, of a page or a person
    r"|(?<=[<>~-])(?=[=>-])",  # <->, ->, <-, --, >=, <=, ~=
    re.IGNORECASE,
)

# At the beginning of a paragraph: lists, rules, underlined headings.
_BEGINNING = re.compile(r"^([-+=])|^(\d{1,9})([.)])")


def plain(text: str) -> str:
    """Return Markdown that shows `text` letter by letter, on one line.

    Without it a link to this app could make the browser of whoever opens it fetch any image.
    """
    line = visible(re.sub(r"\s+", " ", text))
    parts = [_MARKS.sub(r"\\\1", part) for part in _SECOND_READING.split(line)]
    marked = _BEGINNING.sub(r"\\\1" if line[:1] in "-+=" else r"\2\\\3", GAP.join(parts))
    # A blank at an end would keep the stars around a bold name from being marks.
    return re.sub(r"^ | $", "&#32;", marked)
