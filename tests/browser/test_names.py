"""Names of others in a real browser: read letter by letter, and nothing is made of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from app_server import ROOT, serving_app
from playwright.sync_api import Browser, expect

from playground.run.names import visible

NAMES = [
    *("![x](http://host.example/x.png)", "<img src=x onerror=alert(1)>", "<!-- c -->", "</div>"),
    *("**bold** _thin_ `code` ~~gone~~", "```x", "# head", "> quote", "| a | b |", "::: note"),
    *(":red[text] :material/close:", ":blue-badge[x]", ':color[x]{foreground="red"}', ":help[]"),
    *(
        ":material/delete:",
        ":heart:",
        ":+1:",
        ":-1: :smile:",
        ":streamlit:",
        "\\:heart\\:",
        ":small[]",
    ),
    *("$x^2$", "$$x$$", "a -> b", "->", "<-", "a <-> b", "a -- b", ">=", "<=", "~=", "--- ->"),
    *("http://evil.example/x", "HTTPS://EVIL.example", "www.evil.example", "WWW..evil.example"),
    *("me@evil.example", "mailto:me@evil.example", "xmpp:me@evil.example", "//evil.example"),
    *("[a](http://evil.example)", "[a][b]", "<http://evil.example>", "javascript:alert(1)", "[^1]"),
    *("- item", "+ item", "- [x] done", "1. item", "12) item", "===", "---", "    code"),
    *("a\n\n- b", "a\n===", "&amp; &lt; &#65;", "\x1b[31mred", "\u202ereversed", " 10:30 "),
    'Ada & Bob\'s run, "best" (1.5)',
]

# Each name as the pages draw names: alone, in bold, in small letters, as a label, in a box.
SCRIPT = """
import json, sys
import streamlit as st
sys.path.insert(0, {root!r})
from playground.ui.plain import plain
for number, name in enumerate(json.loads({names!r})):
    with st.container(key=f"name-{{number}}"):
        st.markdown(plain(name))
        st.markdown(f"**{{plain(name)}}** :small[{{plain(name)}}]")
        st.caption(plain(name))
        st.button(plain(name), key=f"button-{{number}}")
        st.warning(plain(name))
        st.subheader(plain(name), anchor=False)
st.markdown("All is drawn.")
"""
MADE = (
    "a, img, code, pre, ul, ol, hr, table, blockquote, em, del, input, .katex, [role=img], "
    "[style*=color], [style*=font-family]"
)


def test_nothing_is_made_of_hostile_names(chromium: Browser, tmp_path: Path) -> None:
    script = tmp_path / "names.py"
    script.write_text(SCRIPT.format(root=str(ROOT), names=json.dumps(NAMES)))
    with serving_app(tmp_path / "state", script=str(script)) as server:
        page = chromium.new_page()
        page.goto(server.address)
        expect(page.get_by_text("All is drawn.")).to_be_visible()
        for number, name in enumerate(NAMES):
            box = page.locator(f".st-key-name-{number}")
            shown = " ".join(visible(re.sub(r"\s+", " ", name)).split())
            texts = box.get_by_test_id("stMarkdownContainer").all_inner_texts()
            texts += box.get_by_role("heading").all_inner_texts()
            read = [" ".join(text.split()) for text in texts]
            assert set(read) == {shown, f"{shown} {shown}"}, name
            made = box.locator(MADE)
            assert made.count() == 0, (name, made.first.evaluate("element => element.outerHTML"))
        page.close()
