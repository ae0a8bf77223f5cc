"""Limits: how much of what people bring is read, each with the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, pixels and counts that are read at most; what is beyond is refused or left out."""

    upload: int = 500_000_000  # bytes of an archive or a table
    unpacked: int = 2_000_000_000  # bytes of all that an archive holds
    ratio: int = 1000  # times its packed size that a file of an archive may have; black pixels have
    file: int = 50_000_000  # bytes of one image file
    files: int = 100_000
    classes: int = 1000
    pixels: int = 50_000_000  # of one image
    side: int = 20_000  # pixels of one image in one direction
    kept: int = 300_000_000  # bytes of all images as they are kept
    columns: int = 50_000  # of a table
    line: int = 1_000_000  # bytes of a line of a table
    memory: int = 1_000_000_000  # bytes of the process that reads
    cpu_seconds: int = 600
    still_seconds: float = 30.0  # that one image may take

    def too_large(self) -> str:
        """Say that one file is."""
        return f"It is larger than {self.file // 1_000_000} MB, the most that an image may have."

    def too_many_pixels(self) -> str:
        """Say that one image has."""
        return (
            f"It has more than {self.pixels // 1_000_000} million pixels, or a side of more than "
            f"{self.side:,}: save it smaller."
        )

    def too_many_files(self) -> str:
        """Say that there are."""
        return f"There are more than {self.files:,} files, the most that are read: bring fewer."

    def too_many_classes(self, found: int) -> str:
        """Say that there are."""
        return (
            f"There are {found:,} classes, and a data set may have {self.classes:,}: each folder "
            "(or each label of a table) is a class; bring fewer."
        )

    def too_much_kept(self, side: int) -> str:
        """Say that the images together are."""
        return (
            f"At {side}×{side} pixels these images take more than {self.kept // 1_000_000} MB, "
            "the most that a data set may: choose a smaller size, or bring fewer."
        )

    def unpacks_too_far(self) -> str:
        """Say that a file of an archive does."""
        return (
            f"It unpacks to more than {self.ratio:,} times its size, as no image does: it was left "
            "packed."
        )

    def too_much_unpacked(self) -> str:
        """Say that an archive is."""
        return (
            f"The archive unpacks to more than {self.unpacked / 1e9:g} GB, the most that is read: "
            "make the images smaller, or bring fewer."
        )

    def too_long(self) -> str:
        """Say that reading took."""
        return (
            f"Reading took more than {self.cpu_seconds // 60} minutes of computing, the most that "
            "it may: bring fewer or smaller images."
        )

    def too_wide(self) -> str:
        """Say that a table is."""
        return (
            f"A line of the table has more than {self.columns:,} columns or {self.line:,} bytes: "
            "the first column is the label, each other one a pixel."
        )


LIMITS = Limits()
