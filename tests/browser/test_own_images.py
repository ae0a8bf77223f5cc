"""Forty images in two folders, from a zip on the person's disk to a network trained on them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.request import urlopen

from browser_page import Open
from own_images import PETS, zip_of
from playwright.sync_api import expect


def test_a_zip_of_forty_images_is_looked_at_and_trained_on(open_page: Open, tmp_path: Path) -> None:
    file = tmp_path / "pets.zip"
    file.write_bytes(zip_of(PETS))
    shown = open_page()
    page = shown.page
    shown.setting("Data set").click()
    page.get_by_role("option", name="Own images …").click()
    field = page.get_by_test_id("stMain").get_by_test_id("stFileUploaderDropzoneInput")
    field.set_input_files(file)
    expect(shown.metric("Training images")).to_have_text("32")
    expect(page.locator(".samples img")).to_have_count(20)
    shown.assert_fits()
    with urlopen(f"{shown.address}/_stcore/metrics") as answer:  # what was sent is let go
        kept = re.findall(rb'"UploadedFileManager",cache=""} (\d+)', answer.read())
    assert sum(map(int, kept)) < file.stat().st_size  # a test before may have left a small one
    shown.press("Use these images")
    shown.until_drawn()
    shown.press("Train")
    shown.expect_progress("^Finished ")
    expect(shown.metric("Validation accuracy")).to_have_text(re.compile(r"^100\.0 %$"))
