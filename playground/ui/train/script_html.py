"""A script as HTML: its words in colours, and a mark before each line that a change touched."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Collection
from html import escape

from playground.charts.palette import CORRECT_TEXT, TRAIN_TEXT, VALIDATION_TEXT

GLYPH = "▸"

SCRIPT_STYLE = f"""<style>
.script {{
  max-height: 30rem; overflow: auto; border-radius: 8px; padding: 0.7rem 0;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
}}
.script:focus-visible {{ outline: 2px solid currentColor; outline-offset: 1px; }}
.script pre {{
  margin: 0; font-size: 0.8rem; line-height: 1.5; width: max-content; min-width: 100%;
}}
.script .line {{
  display: block; padding: 0 0.8rem 0 4.2rem; min-height: 1.5em; position: relative;
}}
.script code {{ counter-reset: line; }}
.script .line::before {{
  counter-increment: line; content: counter(line) / ""; position: absolute; left: 1.4rem;
  width: 2rem; text-align: right; opacity: 0.6;
}}
.script .line:not(.changed) + .line.changed {{
  scroll-initial-target: nearest; scroll-margin-top: 6em;
}}
.script .line.changed {{
  --mark: light-dark({VALIDATION_TEXT.light}, {VALIDATION_TEXT.dark});
  background: color-mix(in srgb, var(--mark) 14%, transparent);
}}
.script .glyph {{
  position: absolute; left: 0.5rem; color: var(--mark); user-select: none;
}}
.script .spoken {{ user-select: none; }}
.script .comment {{ opacity: 0.72; font-style: italic; }}
.script .string {{ color: light-dark({CORRECT_TEXT.light}, {CORRECT_TEXT.dark}); }}
@media (max-width: 640px) {{
  .script .line {{ padding-left: 1.6rem; }}
  .script .line::before {{ display: none; }}
}}
.script .keyword {{ color: light-dark({TRAIN_TEXT.light}, {TRAIN_TEXT.dark}); }}
</style>"""

_STRINGS = ("STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")  # by version of Python
_KINDS = {tokenize.COMMENT: "comment"} | {
    getattr(tokenize, name): "string" for name in _STRINGS if hasattr(tokenize, name)
}


def script_html(script: str, changed: Collection[int] = ()) -> str:
    """Return the lines of a script; those whose numbers are in `changed`, from 0, are marked.

    The mark is a glyph and a colour, and a word for who hears the page.
    """
    lines = script.splitlines()
    spans = _spans(script)
    drawn = []
    for place, line in enumerate(lines):
        is_marked = place in changed
        mark = (
            f'<span class="glyph" aria-hidden="true">{GLYPH}</span>'
            '<span class="spoken">changed: </span>'
            if is_marked
            else ""
        )
        kind = "line changed" if is_marked else "line"
        drawn.append(f'<span class="{kind}">{mark}{_coloured(line, spans.get(place, []))}</span>')
    return (
        f'{SCRIPT_STYLE}<div class="script" role="region" tabindex="0" '
        f'aria-label="PyTorch script, {len(lines)} lines"><pre><code>{"".join(drawn)}'
        "</code></pre></div>"
    )


def _spans(script: str) -> dict[int, list[tuple[int, int, str]]]:
    """Return where each line has a word to colour: its first column, the one after it, its kind."""
    lines = script.splitlines()
    found: dict[int, list[tuple[int, int, str]]] = {}
    for token in tokenize.generate_tokens(io.StringIO(script).readline):
        kind = _KINDS.get(token.type, "")
        if token.type == tokenize.NAME and keyword.iskeyword(token.string):
            kind = "keyword"
        (first, start), (last, end) = token.start, token.end
        for row in range(first, last + 1) if kind else ():
            begin = start if row == first else 0
            stop = end if row == last else len(lines[row - 1])
            found.setdefault(row - 1, []).append((begin, stop, kind))
    return found


def _coloured(line: str, spans: list[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, stop, kind in spans:
        parts += [
            escape(line[at:start]),
            f'<span class="{kind}">{escape(line[start:stop])}</span>',
        ]
        at = stop
    return "".join([*parts, escape(line[at:])])
