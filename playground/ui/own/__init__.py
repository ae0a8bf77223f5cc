"""Own images on the Data page: brought, looked at before use, collected in the page, and managed.

May import: experiment, own, run, service, ui, ui.tryit; streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["own_view"]
