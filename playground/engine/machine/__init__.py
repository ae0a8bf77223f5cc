"""Machine: devices, random states, threads, and work done in portions.

May import: run; psutil, torch, torchvision.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["preparation", "randomness", "runtime"]
