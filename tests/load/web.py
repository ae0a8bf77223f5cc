"""What a browser fetches before and beside the websocket."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.request import urlopen

COOKIE = "_streamlit_xsrf"
_LIMIT = 60.0  # seconds


def load_page(address: str, query: str) -> str:
    """Load the page's frame and its program as a browser does; return the cookie it is given."""
    frame = fetch(f"{address}/?{query}").decode()
    for file in re.findall(r'(?:src|href)="\./(static/[^"]+)"', frame):
        fetch(f"{address}/{file}")
    fetch(f"{address}/_stcore/host-config")
    with urlopen(f"{address}/_stcore/health", timeout=_LIMIT) as answer:
        cookies = SimpleCookie(answer.headers["Set-Cookie"])
    return cookies[COOKIE].value


def fetch(url: str) -> bytes:
    """Return what is at `url`; raises `OSError` where the server does not give it."""
    with urlopen(url, timeout=_LIMIT) as answer:
        content: bytes = answer.read()
    return content
