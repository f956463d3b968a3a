"""What we aim at, and whether it is reached."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from suite.figures import Figures, Results
from suite.tables import number


class Aim(NamedTuple):
    """One of them. The least is what it takes when nothing else disturbs."""

    what: str
    measured: str
    least: str
    aim: str
    met: bool


def aims(results: Results) -> list[Aim]:
    """Those of which something was measured."""
    parts = (latency, applying, importing, running, growth)
    found = [aim for part in parts for aim in part(results)]
    return [aim for aim in found if "–" not in aim.measured]


def within(what: str, row: Figures | None, most: float) -> Aim:
    """A time whose median is to be at most so many milliseconds."""
    median = row.median if row else math.nan
    least = f"{number(row.least)} ms" if row else ""
    return Aim(what, f"{number(median)} ms", least, f"at most {most:g} ms", median <= most)


def times(what: str, ratio: float, most: float, least: float | None = None) -> Aim:
    """A ratio that is to be at most so much; with that of the quickest tries, if it is known."""
    told = "" if least is None else f"{number(least)} ×"
    return Aim(what, f"{number(ratio)} ×", told, f"at most {most:g} ×", ratio <= most)


def latency(results: Results) -> Iterator[Aim]:
    for measure, which in (("latency", ""), ("latency of another", ", another function")):
        for lines in results.sizes(measure):
            row = results.found(measure, "heatsync", lines)
            floor = results.found(measure, "function floor", lines)
            what = f"save → live, {lines:,.0f} lines{which}"
            if row:
                measured = f"{number(row.median)} / {number(row.p95)} ms"
                met = row.median < 5 and row.p95 < 10
                yield Aim(what, measured, f"{number(row.least)} ms", "under 5 / 10 ms", met)
            if row and floor and not which:
                ratio, least = row.median / floor.median, row.least / floor.least
                yield times(f"{what}, against the floor", ratio, 1.5, least)


def applying(results: Results) -> Iterator[Aim]:
    for measure, lines, most in (
        ("apply later", 1000, 1),
        ("apply another", 1000, 1),
        ("apply later", 10_000, 2),
        ("apply another", 10_000, 2),
        ("apply shifted", 10_000, 5),
    ):
        what = f"reload without a watcher, {lines:,} lines"
        what += {"apply shifted": ", lines moved", "apply another": ", another function"}.get(
            measure, ""
        )
        yield within(what, results.found(measure, "heatsync", lines), most)


def importing(results: Results) -> Iterator[Aim]:
    def ours(measure: str) -> float:
        return results.median(measure, "heatsync")

    row, plain = (results.found("importing spent", name) for name in ("heatsync", "python"))
    if row and plain:
        what = "import of a large package, processor time against plain Python"
        yield times(what, row.median / plain.median, 1.05, row.least / plain.least)
    extra = ours("importing memory") - results.median("importing memory", "python")
    what = "memory for a large package, against its text"
    yield times(what, extra / ours("importing text"), 1.5)
    yield within(
        "`import heatsync`, processor time", results.found("import heatsync", "heatsync"), 30
    )


def running(results: Results) -> Iterator[Aim]:
    kinds = [
        name
        for name, system, _ in results.rows
        if name.startswith("calls: ") and system == "heatsync"
    ]
    ratios = [
        results.row(kind, "heatsync").least / results.row(kind, "python").least
        for kind in kinds
        if results.found(kind, "python")
    ]
    what = "calls and attribute reads, against plain Python, by the least"
    yield times(what, max(ratios, default=math.nan), 1.1)
    for count in results.sizes("modules idle")[-1:]:
        what = f"idle with {count:,.0f} modules, of each second"
        yield within(what, results.found("modules idle", "heatsync", count), 1)


class Grown(NamedTuple):
    """How much more there is after each reload, in the second half of so many."""

    reloads: float
    each: float


def grown(results: Results, measure: str, system: str) -> Grown:
    many = [at for at in results.sizes(measure) if results.found(measure, system, at)]
    if len(many) < 3:
        return Grown(0, math.nan)
    half, last = many[len(many) // 2], many[-1]
    more = results.median(measure, system, last) - results.median(measure, system, half)
    return Grown(last, round(more / (last - half), 3))


def growth(results: Results) -> Iterator[Aim]:
    for what, measure, most in (
        ("KB", "growth memory", 0.05),
        ("objects", "growth objects", 0.001),
    ):
        found = grown(results, measure, "heatsync")
        told = f"{found.reloads:,.0f} reloads, {what} more with each"
        yield Aim(told, number(found.each), "", "none", found.each <= most)
