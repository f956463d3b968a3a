"""What we aim at and whether it is reached; where another system is first, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from suite.figures import Results
from suite.tables import NAMES, number


class Aim(NamedTuple):
    what: str
    measured: str
    aim: str
    met: bool


def aims(results: Results) -> list[Aim]:
    """Those of which something was measured."""
    parts = (latency, applying, importing, running, growth)
    found = [aim for part in parts for aim in part(results)]
    return [aim for aim in found if "–" not in aim.measured]


def within(what: str, value: float, most: float, unit: str = "ms") -> Aim:
    return Aim(what, f"{number(value)} {unit}", f"at most {most:g} {unit}", value <= most)


def latency(results: Results) -> Iterator[Aim]:
    for lines in results.sizes("latency"):
        row = results.found("latency", "heatsync", lines)
        floor = results.found("latency", "function floor", lines)
        if row:
            measured = f"{number(row.median)} / {number(row.p95)} ms"
            met = row.median < 5 and row.p95 < 10
            yield Aim(f"save → live, {lines:,.0f} lines", measured, "under 5 / 10 ms", met)
        if row and floor:
            what = f"save → live, {lines:,.0f} lines, against the floor"
            yield within(what, row.median / floor.median, 1.5, "×")


def applying(results: Results) -> Iterator[Aim]:
    for measure, lines, most in (
        ("apply later", 1000, 1),
        ("apply later", 10_000, 2),
        ("apply shifted", 10_000, 5),
    ):
        what = f"reload without a watcher, {lines:,} lines"
        what += ", lines moved" if "shifted" in measure else ""
        yield within(what, results.median(measure, "heatsync", lines), most)


def importing(results: Results) -> Iterator[Aim]:
    def ours(measure: str) -> float:
        return results.median(measure, "heatsync")

    plain = results.median("importing spent", "python")
    what = "import of a large package, processor time against plain Python"
    yield within(what, ours("importing spent") / plain, 1.05, "×")
    extra = ours("importing memory") - results.median("importing memory", "python")
    what = "memory for a large package, against its text"
    yield within(what, extra / ours("importing text"), 1.5, "×")
    yield within("`import heatsync`", ours("import heatsync"), 30)


def running(results: Results) -> Iterator[Aim]:
    kinds = [
        name
        for name, system, _ in results.rows
        if name.startswith("calls: ") and system == "heatsync"
    ]
    ratios = [
        min(results.row(kind, "heatsync").values) / min(results.row(kind, "python").values)
        for kind in kinds
        if results.found(kind, "python")
    ]
    yield within(
        "calls and attribute reads, against plain Python", max(ratios, default=math.nan), 1.1, "×"
    )
    for count in results.sizes("modules idle")[-1:]:
        what = f"idle with {count:,.0f} modules, of each second"
        yield within(what, results.median("modules idle", "heatsync", count), 1)


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
        yield Aim(told, number(found.each), "none", found.each <= most)


LOST = "The others run the whole file again, and what the module held is lost."
LEARN = (
    "With the first edit of a file heatsync parses the text that is running, too, and learns what"
    " each of its statements binds and reads. Nothing of that is done at import, where it would"
    " slow down the start."
)
FOUND = (
    "heatsync finds out what depends on the edit and in what order, runs only statements that come"
    " out different, and notes all that it writes so that it can be taken back. `importlib.reload`"
    " is told which modules to run, in the right order, and runs each of them whole. hmr notes at"
    " run time who reads what, and pays for it with every read (see *Running code*)."
)
#: Why another system is quicker, by measure.
REASONS = {
    "latency of the first edit": LEARN,
    "apply later": f"{LOST} The npm package has V8, which skims a file and compiles a function"
    " when it is first called.",
    "apply first": f"{LOST} {LEARN}",
    "apply shifted": f"{LOST} heatsync corrects the line numbers of every function below the edit,"
    " so that tracebacks stay right.",
    "dependents wide": FOUND,
    "dependents deep": FOUND,
    "files": f"{LOST} heatsync compares each text with the one that was running, and applies all"
    " or nothing.",
    "modules ready": "The import of heatsync itself is the difference.",
    "importing": "heatsync reads each file that is imported, to keep the text that is running.",
}

COMPARED = {
    "latency": "save → live",
    "latency of the first edit": "save → live, first edit",
    "apply later": "reload without a watcher",
    "apply first": "reload without a watcher, first edit of a file",
    "apply shifted": "reload without a watcher, lines moved",
    "modules": "save → live, by live modules",
    "modules ready": "getting ready",
    "files": "many files at once",
    "dependents wide": "modules that import a constant",
    "dependents deep": "a chain of modules",
    "heap": "many objects",
    "importing": "importing",
    "serving": "a web server",
}


def not_first(results: Results) -> list[str]:
    """One line for each measure in which others are quicker than ours by more than a tenth."""
    lines = []
    for measure, name in COMPARED.items():
        others = set(results.systems(measure)) - {"heatsync", "python"}
        found = {
            system: ahead(results, measure, system)
            for system in sorted(others)
            if "floor" not in system
        }
        told = [f"{NAMES.get(name, name)} {', '.join(at)}" for name, at in found.items() if at]
        if told:
            lines.append(f"**{name}**: {'; '.join(told)}. {REASONS.get(measure, '')}".strip())
    return lines


def ahead(results: Results, measure: str, system: str) -> list[str]:
    """The sizes at which it is quicker, with the ratio."""
    found = []
    for at in results.sizes(measure):
        ours, theirs = (results.found(measure, name, at) for name in ("heatsync", system))
        if ours and theirs and theirs.median < ours.median * 0.9:
            ratio = f"{number(theirs.median / ours.median)} ×"
            found.append(f"{ratio} at {at:,.0f}" if at else ratio)
    return found
