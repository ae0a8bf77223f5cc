"""A person with a real browser who opens the run of somebody else."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_PATIENCE = 120_000.0  # milliseconds
_OVER = re.compile("^(Finished|Stopped|Failed|Interrupted)")


class Onlooker:
    """`errors` is what the pages said that went wrong, `seen` the last words of the progress."""

    def __init__(self, page: Page, address: str) -> None:
        self.errors: list[str] = []
        self.seen: list[str] = []
        self.over_at = 0.0
        self._page = page
        self._address = address
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))

    @classmethod
    def enter(cls, stack: ExitStack, address: str) -> Onlooker | None:
        """Start a Chromium that `stack` ends; None where this machine has none."""
        if not CHROMIUM.exists():
            assert os.environ.get("PLAYGROUND_REQUIRE_BROWSER") != "1", f"{CHROMIUM} is missing"
            return None
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(_PATIENCE)
        return cls(page, address)

    def watch(self, run_id: str) -> None:
        """Watch a run to its end."""
        self._page.goto(f"{self._address}/?run={run_id}")
        progress = self._page.get_by_test_id("stMain").get_by_test_id("stProgress").first
        try:
            expect(progress).to_have_text(_OVER, timeout=_PATIENCE)
        except AssertionError as error:
            self.errors.append(f"The browser never saw the end of {run_id}: {error}")
            return
        self.over_at = perf_counter()
        self.seen.append(progress.inner_text())
        for error_box in ("stException", "stAlertContentError"):
            self.errors += self._page.get_by_test_id(error_box).all_inner_texts()
