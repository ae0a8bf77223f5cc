"""Codes: made by chance, written on paper, kept as salted hashes."""

from __future__ import annotations

import re
import secrets
from hashlib import scrypt

# Without 0 and O, 1, I and L, which a hand writes alike: 31 letters, so ten of them have 49 bits.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10


def new_code() -> str:
    """Return a code such as "K7QF9-M2PXW"."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"


def new_salt() -> str:
    """Return sixteen bytes by chance, in hexadecimal."""
    return secrets.token_hex(16)


def hashed(code: str, salt: str) -> str:
    """Return what is kept of a code, however it was typed: 32 bytes in hexadecimal.

    It takes 16 MB and some 50 ms, so that a stolen file is of no use either.
    """
    typed = re.sub(r"[^0-9A-Z]", "", code[:100].upper()).encode()
    return scrypt(typed, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()


def is_hexadecimal(value: object, length: int) -> bool:
    """Whether this is a text of so many hexadecimal digits."""
    return isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{length}}}", value) is not None
