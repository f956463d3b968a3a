"""Curves of cost against size as SVG, which reads well on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 50, 48
LABEL = 17  # the least distance of two labels
COLOURS = {  # on light, on dark
    "heatsync": ("#00857a", "#2dd4bf"),
    "hmr": ("#b4540a", "#fb9a4b"),
    "jurigged": ("#7048c6", "#b59cf5"),
    "autoreload": ("#8a7400", "#dcc74a"),
    "reload": ("#2468b8", "#74b1f5"),
    "npm heatsync": ("#b92d66", "#f584b0"),
}
OTHER = ("#6b7280", "#9ca3af")
STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.soft { fill: #57606a }
.paper { fill: #ffffff; stroke: #d0d7de }
.grid { stroke: #e4e8ec }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .soft { fill: #9198a1 }
  .paper { fill: #0d1117; stroke: #30363d }
  .grid { stroke: #262c34 }
}
"""


@dataclass(frozen=True)
class Curve:
    """The cost of one system by size: median, and what 95 % do not exceed."""

    system: str
    label: str
    points: Sequence[tuple[float, float, float]]

    @property
    def kind(self) -> str:
        return self.system.replace(" ", "-")


class Plane:
    """Where sizes and costs lie; both grow tenfold from line to line."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        sizes = [at for curve in curves for at, _, _ in curve.points]
        costs = [cost for curve in curves for _, *both in curve.points for cost in both]
        self.sizes = sorted(set(sizes))
        self.first, self.last = math.log10(min(sizes)), math.log10(max(sizes))
        self.low, self.high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))

    def x(self, size: float) -> float:
        part = (math.log10(size) - self.first) / ((self.last - self.first) or 1)
        return round(LEFT + 16 + part * (WIDTH - LEFT - RIGHT - 32), 1)

    def y(self, cost: float) -> float:
        part = (math.log10(cost) - self.low) / ((self.high - self.low) or 1)
        return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM), 1)


def plot(title: str, across: str, curves: Sequence[Curve]) -> str:
    """One SVG; `across` says what the sizes are. All costs are milliseconds."""
    plane = Plane(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{title}</title>",
        f"<style>{STYLE}{colours(curves)}</style>",
        f'<rect class="paper" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="6"/>',
        f'<text class="title" x="20" y="28">{title}</text>',
        *grid(plane, across),
        *(part for curve in curves for part in drawn(curve, plane)),
        *labels(curves, plane),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def colours(curves: Sequence[Curve]) -> str:
    pairs = [(curve.kind, *COLOURS.get(curve.system, OTHER)) for curve in curves]
    light = "".join(f".{kind} {{ --c: {day} }}\n" for kind, day, _ in pairs)
    dark = "".join(f".{kind} {{ --c: {night} }}\n" for kind, _, night in pairs)
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def grid(plane: Plane, across: str) -> list[str]:
    parts = []
    for power in range(plane.low, plane.high + 1):
        y = plane.y(10**power)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(
            f'<text class="soft" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{duration(10**power)}</text>'
        )
    for size in plane.sizes:
        x = plane.x(size)
        parts.append(f'<path class="grid" d="M{x} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text class="soft" x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:,.0f}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text class="soft" x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{across}</text>'
    )
    return parts


def duration(milliseconds: float) -> str:
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:,.0f} s"
    return f"{milliseconds:g} ms"


def drawn(curve: Curve, plane: Plane) -> list[str]:
    """The medians as a line, with a stroke up to what 95 % do not exceed."""
    at = [(plane.x(size), plane.y(median), plane.y(p95)) for size, median, p95 in curve.points]
    width = 3 if curve.system == "heatsync" else 1.6
    dashes = ' stroke-dasharray="4 4"' if "floor" in curve.system else ""
    line = " ".join(f"{x},{y}" for x, y, _ in at)
    style = f'class="{curve.kind}" style="stroke: var(--c)"'
    parts = [f'<polyline {style} points="{line}" fill="none" stroke-width="{width}"{dashes}/>']
    strokes = "".join(f"M{x} {y}V{top}" for x, y, top in at)
    parts.append(f'<path {style} d="{strokes}" stroke-width="1" opacity=".6"/>')
    for x, y, _ in at:
        parts.append(
            f'<circle class="{curve.kind}" style="fill: var(--c)" cx="{x}" cy="{y}" r="{width + 1}"/>'
        )
    return parts


def labels(curves: Sequence[Curve], plane: Plane) -> list[str]:
    """The names to the right of the last points, moved apart."""
    wanted = sorted(curves, key=lambda curve: plane.y(curve.points[-1][1]))
    heights = [plane.y(curve.points[-1][1]) for curve in wanted]
    places: list[float] = []
    for height in heights:
        places.append(max(height, places[-1] + LABEL) if places else height)
    over = max(0.0, places[-1] - (HEIGHT - BOTTOM)) if places else 0
    places = [max(TOP + LABEL * number, place - over) for number, place in enumerate(places)]
    parts = []
    for curve, place in zip(wanted, places, strict=True):
        x, y = plane.x(curve.points[-1][0]), plane.y(curve.points[-1][1])
        weight = ' font-weight="700"' if curve.system == "heatsync" else ""
        parts.append(
            f'<path class="{curve.kind}" style="stroke: var(--c)" fill="none" opacity=".35"'
            f' d="M{x} {y}L{WIDTH - RIGHT + 6} {place}"/>'
        )
        parts.append(
            f'<text class="{curve.kind}" style="fill: var(--c)"{weight}'
            f' x="{WIDTH - RIGHT + 10}" y="{place + 4}">{curve.label}</text>'
        )
    return parts
