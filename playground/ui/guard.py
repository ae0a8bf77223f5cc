"""Guard: who may ask this server, and for how much. It stands before all that Streamlit answers."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from ipaddress import ip_address
from socket import gethostname

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from playground.errors import shorten
from playground.ui.kept_sessions import make_room
from playground.ui.uploads import Refusal, Uploads

_log = logging.getLogger(__name__)

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(:[0-9]{1,5})?", re.IGNORECASE)
_FULL = (
    "So many pages are open that there is no room for one more. Try again in a few minutes, or "
    "start this server where `ulimit -Hn` says more."
)


class Guard:
    """Lets through to `app` who may ask; all others get a sentence, and nothing of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._uploads = Uploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection; the server's own start and end pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        try:
            _check_host(request)
            _check_origin(request)
            _check_room(request)
            admitted = self._uploads.admit(request)
        except Refusal as refusal:
            _tell_once(str(refusal))
            await refusal.drain(request, receive)
            await PlainTextResponse(str(refusal), refusal.status)(scope, receive, send)
            return
        with admitted:
            await self._app(scope, receive, send)


@lru_cache(maxsize=100)  # who repeats it does not fill the log
def _tell_once(sentence: str) -> None:
    _log.warning("A request was refused: %s", sentence)


def _check_host(request: HTTPConnection) -> None:
    """Refuse a name that is not this machine's: whoever has a name may let it lead here.

    Their pages would then count as ours. An address can be nobody else's.
    """
    hosts = request.headers.getlist("host")
    host = hosts[0] if len(hosts) == 1 else ""
    names = config.get_option("server.allowedHosts")
    known = is_host_allowed if names else _is_own
    if not known(host):
        raise Refusal(
            403,
            f"This server does not answer to the name {shorten(host)}. Open it by "
            f"{' or '.join(names) if names else 'its address'}, or start it with "
            "--server.allowedHosts and each name that it is to have.",
        )


def _is_own(host: str) -> bool:
    found = _HOST.fullmatch(host)
    name = found[1].strip("[]").lower() if found else ""
    bound = str(config.get_option("server.address") or "").lower()
    if is_loopback(name) or is_loopback(bound):
        return is_loopback(name)
    try:
        return bool(ip_address(name))
    except ValueError:
        whole = gethostname().lower()
        short = whole.partition(".")[0]
        return bool(name) and name in (bound, whole, short, f"{short}.local")


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine for itself, which no other can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_origin(request: HTTPConnection) -> None:
    """Refuse what a page of another site asks for; its links may lead here, as any link may.

    Streamlit alone would let every page of this machine in, and before it turns one away ask a
    service outside for its own address.
    """
    headers = request.headers
    host, origins = headers["host"].lower(), headers.getlist("origin")
    if origins:
        own = [f"{scheme}://{host}" for scheme in ("http", "https")]
        own += config.get_option("server.corsAllowedOrigins")
        foreign = len(origins) > 1 or origins[0] not in own
    else:  # browsers tell it of images and scripts, which have no origin
        site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
        foreign = site in ("cross-site", "same-site") and mode != "navigate"
    if foreign:
        site = shorten(origins[0]) if origins else "The page that asks"
        raise Refusal(
            403,
            f"This server answers its own pages only. {site} is another site: if it is the "
            "address under which people open this app, start the server with "
            "--server.corsAllowedOrigins and that address.",
        )


def _check_room(request: HTTPConnection) -> None:
    """Refuse a new page where there is no room for one."""
    is_page = "text/html" in request.headers.get("accept", "")
    if (is_page or request.scope["type"] == "websocket") and not make_room():
        raise Refusal(503, _FULL)
