"""The pages never import torch: a server with it needs five times the memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app_page import ROOT

JOURNEY = """
import sys

from app_page import DATA_PAGE, AppPage
from playground.service import service
from playground.ui.inspect.inspect_view import VIEWS
from playground.ui.state import INSPECT_PAGE

page = AppPage(**{"training.epochs": "1"})
page.until_ready()
page.press("train")
page.until(lambda: page.progress.startswith("Finished 1 epoch"))
page.turn_to(INSPECT_PAGE)
for view in VIEWS:
    page.app.get_by_key("inspect-view").set_value(view)
    page.look()
page.turn_to("playground/ui/pages/try_it.py")
page.app.switch_page(DATA_PAGE)
page.look()
page.until(lambda: "Training images" in page.metrics)
service().close()
print(*sorted({"torch", "torchvision", "sklearn"} & set(sys.modules)))
"""


def test_a_whole_visit_leaves_torch_out_of_the_server(tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, "-c", JOURNEY],
        cwd=tmp_path,
        env={**os.environ, "PLAYGROUND_HOME": str(tmp_path / "home"), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""
