"""What a browser fetches before and beside the websocket."""

from __future__ import annotations

import asyncio
import re
from http.cookies import SimpleCookie
from urllib.request import urlopen

from streamlit.proto.Delta_pb2 import Delta

COOKIE = "_streamlit_xsrf"
_LIMIT = 60.0  # seconds


class Images:
    """Loads the images of a page from `address`; what does not come is told in `errors`."""

    def __init__(self, address: str, errors: list[str]) -> None:
        self._address = address
        self._errors = errors
        self._loading: set[asyncio.Task[bytes]] = set()

    def load(self, delta: Delta) -> None:
        """Begin to load what an element shows of this server."""
        for image in delta.new_element.imgs.imgs:
            if image.url.startswith("/"):
                task = asyncio.create_task(asyncio.to_thread(fetch, self._address + image.url))
                self._loading.add(task)
                task.add_done_callback(self._loaded)

    def _loaded(self, task: asyncio.Task[bytes]) -> None:
        self._loading.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._errors.append(f"An image did not come: {error}")


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
