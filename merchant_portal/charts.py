"""Coordinates of small server-made SVG charts. Every chart on a page has a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One bar in a box of the chart's size."""

    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[int], width: int = 720, height: int = 160, gap: float = 0.28) -> list[Bar]:
    """Bars from the base line up; the largest fills the height, the others to scale, none invisible unless zero."""
    top = max(values, default=0)
    step = width / max(len(values), 1)
    made = []
    for index, value in enumerate(values):
        size = max(2.0, value / top * height) if top and value else 0.0
        made.append(
            Bar(
                round(index * step + step * gap / 2, 1),
                round(height - size, 1),
                round(step * (1 - gap), 1),
                round(size, 1),
            )
        )
    return made


def line(values: Sequence[int], width: int = 120, height: int = 32, margin: int = 2) -> str:
    """Points of a sparkline."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (width - 2 * margin) / (len(values) - 1)
    points = (
        f"{margin + index * step:.1f},{height - margin - (value - low) / span * (height - 2 * margin):.1f}"
        for index, value in enumerate(values)
    )
    return " ".join(points)


def ticks(top: int, count: int = 3) -> list[int]:
    """Round values for the axis, from the largest down to zero."""
    return [round(top * (count - 1 - index) / (count - 1)) for index in range(count)] if top else [0]


def arc(part: int, whole: int, circumference: float = 100.0) -> float:
    """How much of a gauge's ring is filled."""
    return round(circumference * part / whole, 1) if whole else 0.0
