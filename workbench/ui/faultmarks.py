"""How each kind of fault looks and is called: one shape and one colour role, in the plot and in the list alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from workbench.core.faults import FaultKind
from workbench.core.problems import N_


@dataclass(frozen=True, slots=True)
class FaultMark:
    """The looks and the name of a kind of fault.

    Attributes
    ----------
    corners
        Polygons in a square from -0.5 to 0.5; empty for a circle.
    filled
        False for an outline only.
    at_value
        True where the mark stands at the value of its row, False where it stands at the foot of the plot.
    """

    role: str
    one: str
    many: str
    corners: tuple[tuple[tuple[float, float], ...], ...] = ()
    filled: bool = True
    at_value: bool = False


_DIAMOND = (((0, -0.5), (0.5, 0), (0, 0.5), (-0.5, 0)),)
_LEFT = (((-0.5, 0), (0.4, -0.5), (0.4, 0.5)),)
_BAR = (((-0.5, -0.25), (0.5, -0.25), (0.5, 0.25), (-0.5, 0.25)),)
_HOURGLASS = (((-0.45, -0.5), (0.45, -0.5), (0, 0)), ((0, 0), (0.45, 0.5), (-0.45, 0.5)))
_PLUS = (
    ((-0.5, -0.15), (0.5, -0.15), (0.5, 0.15), (-0.5, 0.15)),
    ((-0.15, -0.5), (0.15, -0.5), (0.15, 0.5), (-0.15, 0.5)),
)
_UP = (((-0.5, 0.45), (0, -0.45), (0.5, 0.45)),)

MARKS: Mapping[FaultKind, FaultMark] = {
    "duplicate": FaultMark("candidate", N_("repeated time"), N_("{count} repeated times"), _DIAMOND),
    "backward": FaultMark("bad", N_("step backward"), N_("{count} steps backward"), _LEFT),
    "missing-step": FaultMark("warn", N_("missing step"), N_("{count} missing steps"), _BAR),
    "clock-change": FaultMark("muted", N_("clock change"), N_("{count} clock changes"), _HOURGLASS),
    "irregular": FaultMark("accent", N_("irregular row"), N_("{count} irregular rows"), _PLUS),
    "missing-time": FaultMark("bad", N_("row without a time"), N_("{count} rows without a time"), _UP),
    "missing-cell": FaultMark("warn", N_("missing cell"), N_("{count} missing cells"), filled=False),
    "outlier": FaultMark("bad", N_("outlier"), N_("{count} outliers"), filled=False, at_value=True),
}


@cache
def shape(kind: FaultKind) -> QPainterPath:
    """Return the mark's outline in a square from -0.5 to 0.5."""
    path = QPainterPath()
    for corners in MARKS[kind].corners:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        path.closeSubpath()
    if not MARKS[kind].corners:
        path.addEllipse(QRectF(-0.5, -0.5, 1.0, 1.0))
    return path
