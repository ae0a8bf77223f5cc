"""Requests as anybody may write them, with headers that no browser would send for us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

LIMIT = 60.0  # seconds
SOCKET = "/_stcore/stream"
_UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


class Answer(NamedTuple):
    status: int
    body: bytes


def ask(
    address: str,
    path: str = "/",
    *,
    hosts: tuple[str, ...] | None = None,
    method: str = "GET",
    body: bytes = b"",
    **headers: str,
) -> Answer:
    """Ask the server at `address`, which is called `hosts`; `__` in a header's name is a dash.

    A connection for a page (`SOCKET`) is answered with 101, and closed.
    """
    connection = HTTPConnection(urlsplit(address).netloc, timeout=LIMIT)
    try:
        connection.putrequest(method, path, skip_host=True)
        named = (urlsplit(address).netloc,) if hosts is None else hosts
        lines = [*(("Host", host) for host in named), *headers.items()]
        lines += _UPGRADE.items() if path == SOCKET else []
        lines += [("Content-Length", str(len(body)))] if body else []
        for name, value in lines:
            connection.putheader(name.replace("__", "-"), value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, b"" if answer.status == 101 else answer.read())
    except RemoteDisconnected:
        return Answer(0, b"")
    finally:
        connection.close()


class Visit(NamedTuple):
    """A page that is open: what its browser has to say to send a file."""

    session: str
    headers: dict[str, str]


@contextmanager
def open_page(address: str) -> Iterator[ClientConnection]:
    """Open a page that asks for nothing; raises `InvalidStatus` where it is refused."""
    with connect(
        f"{address.replace('http', 'ws', 1)}{SOCKET}",
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        open_timeout=LIMIT,
        close_timeout=0.5,
        ping_interval=None,  # a machine that does much else may be slow to answer
    ) as socket:
        yield socket


@contextmanager
def visit(address: str) -> Iterator[Visit]:
    """Open a page and ask for it, so that it may send files."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=LIMIT)
    connection.request("GET", "/_stcore/health")
    cookie = SimpleCookie(connection.getresponse().headers["Set-Cookie"])["_streamlit_xsrf"].value
    connection.close()
    headers = {"Cookie": f"_streamlit_xsrf={cookie}", "X__Xsrftoken": cookie}
    with open_page(address) as socket:
        message = BackMsg()
        message.rerun_script.query_string = ""
        socket.send(message.SerializeToString())
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "new_session":
            answer.ParseFromString(socket.recv(LIMIT, decode=False))
        yield Visit(answer.new_session.initialize.session_id, headers)
