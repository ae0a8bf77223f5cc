"""Archive: the members of a run card, read as if a stranger had written it. Nothing is unpacked
to disk, by whatever name; nothing is read beyond what its kind may have.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any, NoReturn
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from playground.errors import shorten
from playground.export import card
from playground.export.card import CardRefused
from playground.run.disk import size_text

BROKEN = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError, OSError),
    *(RecursionError, RuntimeError, TypeError, ValueError, BadZipFile, struct.error, zlib.error),
)
"""What reading a broken file may raise."""

_ENCRYPTED = 1
_WAY_OUT = (
    " Choose a zip that Take it away, or python -m playground export RUN --as card, has written."
)


def read_members(
    content: bytes, most: int = card.LARGEST_UNPACKED
) -> tuple[Mapping[str, Any], Mapping[str, bytes]]:
    """Return the manifest of a card and its other members, their checksums compared.

    Raises `CardRefused`, as for one that unpacks to more than `most` bytes.
    """
    if len(content) > card.LARGEST_CARD:
        refuse(
            f"This file has {size_text(len(content))}, and a run card at most "
            f"{size_text(card.LARGEST_CARD)}.{_WAY_OUT}"
        )
    try:
        with ZipFile(BytesIO(content)) as archive:
            _check_names(archive.infolist(), most)
            members = {about.filename: _read(archive, about) for about in archive.infolist()}
    except BROKEN as error:
        if isinstance(error, CardRefused):
            raise
        refuse(f"This file is no run card, or a damaged one: {_words(error)}.{_WAY_OUT}")
    manifest = _manifest(members.pop(card.MANIFEST, b""))
    _check_sums(manifest, members)
    return manifest, members


def strict(content: bytes) -> Any:
    """Return what JSON says; raises `ValueError` for numbers that JSON has not, and names twice."""
    try:
        return json.loads(content, parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def refuse(sentence: str) -> NoReturn:
    """Raise `CardRefused`."""
    raise CardRefused(sentence)


def _check_names(found: list[ZipInfo], most: int) -> None:
    if not any(about.filename == card.MANIFEST for about in found):
        refuse(f"This zip is no run card: it has no {card.MANIFEST}.{_WAY_OUT}")
    if len(found) > card.MOST_MEMBERS:
        refuse(f"This run card has {len(found):,} files, and at most {card.MOST_MEMBERS} are read.")
    seen = set()
    for about in found:
        # As the zip has it: zipfile itself cuts a name at a zero.
        name = about.orig_filename
        limit = card.largest(name)
        if limit is None or name != about.filename:
            refuse(f"This run card holds {shorten(name)}, which no run card has: it is not read.")
        if name in seen:
            refuse(f"This run card holds {name} twice: it is not read.")
        seen.add(name)
        if about.flag_bits & _ENCRYPTED or about.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            refuse(f"{name} in this run card is packed in a way that is not read here.")
        if about.file_size > limit:
            refuse(
                f"{name} in this run card has {size_text(about.file_size)}, and may have "
                f"{size_text(limit)}: it is not read."
            )
    if (total := sum(about.file_size for about in found)) > most:
        refuse(
            f"This run card unpacks to {size_text(total)}, and may to "
            f"{size_text(most)} here: it is not read."
        )


def _read(archive: ZipFile, about: ZipInfo) -> bytes:
    """Return a member; no more of it than it says that it has, whose sum is compared by then."""
    with archive.open(about) as member:
        content = member.read(about.file_size + 1)
    if len(content) != about.file_size:
        raise ValueError(f"{about.filename} has not the size that it says")
    return content


def _manifest(content: bytes) -> Mapping[str, Any]:
    try:
        manifest = strict(content)
        kind, version, said = manifest["kind"], manifest["version"], manifest["checksum"]
        is_whole = said == card.checksum(manifest)
    except BROKEN:
        refuse(f"{card.MANIFEST} in this run card is damaged: it is not read. Export it anew.")
    if kind != card.KIND:
        refuse(f"This zip is no run card: it says that it is {shorten(kind)}.{_WAY_OUT}")
    if version != card.VERSION:
        refuse(
            f"This run card was written by another version of the playground (format "
            f"{shorten(version)}; this one reads {card.VERSION}): import it with that version."
        )
    if not is_whole:
        refuse(
            f"This run card is damaged: {card.MANIFEST} has not the checksum that it says. Export "
            "it anew."
        )
    whole: Mapping[str, Any] = manifest
    return whole


def _check_sums(manifest: Mapping[str, Any], members: Mapping[str, bytes]) -> None:
    listed = manifest.get("files")
    if not isinstance(listed, dict) or listed.keys() != members.keys():
        refuse(
            f"This run card is damaged: the files in it are not those that {card.MANIFEST} lists. "
            "Export it anew."
        )
    for name, content in members.items():
        if listed[name] != {"bytes": len(content), "sha256": card.digest(content)}:
            refuse(
                f"This run card is damaged: {name} has not the checksum that {card.MANIFEST} says. "
                "Export it anew."
            )


def _words(error: BaseException) -> str:
    return shorten(str(error) or type(error).__name__, 120).strip('"').rstrip(".")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found
