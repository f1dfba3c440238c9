"""One page that says what was trained, on what, how good it is, and after whom: self-contained, to print."""

from __future__ import annotations

from workbench.core.report.page import page

__all__ = ["page"]
