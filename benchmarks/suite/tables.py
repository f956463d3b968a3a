"""Figures as tables in Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from suite.figures import Results
from suite.plots import Curve

NAMES = {
    "heatsync": "**heatsync**",
    "reload": "`importlib.reload`",
    "autoreload": "IPython autoreload",
    "python": "plain Python",
    "npm heatsync": "npm heatsync (node)",
    "event floor": "*floor: told of the save*",
    "function floor": "*floor: the one function compiled*",
}
LABELS = {
    "reload": "importlib.reload",
    "autoreload": "IPython autoreload",
    "npm heatsync": "npm heatsync",
    "event floor": "floor: event",
    "function floor": "floor: one function",
}


def number(value: float) -> str:
    """Three digits, or all before the point."""
    if math.isnan(value):
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    digits = 2 if value < 10 else 1
    return f"{value:.{digits}f}" if value >= 0.1 or value == 0 else f"{value:.3f}"


def cell(results: Results, measure: str, system: str, at: float) -> str:
    """Median / p95, and how many times our median that is."""
    row = results.found(measure, system, at)
    if row is None:
        return "–"
    ours = results.found(measure, "heatsync", at)
    ratio = f" ({number(row.median / ours.median)} ×)" if ours and system != "heatsync" else ""
    return f"{number(row.median)} / {number(row.p95)}{ratio}"


def sized(results: Results, measure: str, what: str = "{:,.0f}") -> str:
    """One line for each system, one column for each size."""
    sizes = results.sizes(measure)
    lines = [["", *(what.format(size) for size in sizes)]]
    lines += [
        [NAMES.get(system, system), *(cell(results, measure, system, size) for size in sizes)]
        for system in ordered(results, measure)
    ]
    return table(lines)


def table(lines: Sequence[Sequence[str]]) -> str:
    head, *rows = lines
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ruler, *rows])


def ordered(results: Results, measure: str) -> list[str]:
    """Ours, then the others, the quickest at the largest common size first, then the floors."""

    def key(system: str) -> tuple[int, float]:
        rank = 0 if system == "heatsync" else 2 if "floor" in system else 1
        medians = [results.found(measure, system, at) for at in results.sizes(measure)]
        known = [row.median for row in medians if row]
        return rank, known[min(1, len(known) - 1)] if known and rank < 2 else math.inf

    return sorted(results.systems(measure), key=key)


def curves(results: Results, measure: str) -> list[Curve]:
    """Each system with what it took at each size."""
    found = []
    for system in ordered(results, measure):
        rows = [results.found(measure, system, at) for at in results.sizes(measure)]
        points = [(row.at, row.median, row.p95) for row in rows if row and row.median > 0]
        if points:
            found.append(Curve(system, LABELS.get(system, system), points))
    return found


def failures(results: Results, *measures: str) -> list[str]:
    """Who could not do it at which sizes, and why."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in results.rows.values():
        if row.failed and row.measure in measures:
            found.setdefault((row.system, row.failed), {})[f"{row.at:,.0f}"] = None
    return [
        f"{NAMES.get(system, system)} ({why}{' at ' + ', '.join(sizes) if [*sizes] != ['0'] else ''})"
        for (system, why), sizes in found.items()
    ]
