"""Makes the modules beside it importable: the folder is no package, and `__main__` runs alone."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
