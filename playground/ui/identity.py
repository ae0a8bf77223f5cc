"""Who is at the screen: one anonymous token per browser, the same in all its tabs and refreshes."""

from __future__ import annotations

from binascii import Error as NotHexadecimal
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle
from secrets import token_hex

import streamlit as st

_COOKIE = "_streamlit_xsrf"


@dataclass
class Identity:
    """What the tab has to tell of who sits here: a `notice`, and a new `code`, each once."""

    notice: str = ""
    code: str = ""


def browser_token() -> str:
    """Return this browser's token; a new one for this tab alone where it keeps no cookies.

    It is made from the cookie that Streamlit sets against forged uploads, the only one there is
    without an account. Who has it may control the runs started with it, until they carry a
    nickname (see `playground.service.people`).
    """
    secret = cookie_secret(st.context.cookies.get(_COOKIE, ""))
    return sha256(secret).hexdigest()[:24] if secret else token_hex(12)


def cookie_secret(cookie: str) -> bytes:
    """Return what stays the same in the cookie, which is masked anew with every page.

    Its form is `2|mask|masked secret|time`, in hexadecimal; empty for anything else.
    """
    parts = cookie.split("|")
    if len(parts) != 4 or parts[0] != "2":
        return b""
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (ValueError, NotHexadecimal):
        return b""
    return (
        bytes(byte ^ key for byte, key in zip(masked, cycle(mask), strict=False)) if mask else b""
    )
