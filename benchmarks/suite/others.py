"""Where another system is quicker than heatsync, and why."""

from __future__ import annotations

from suite.figures import Results
from suite.tables import NAMES, number

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
    "apply another": LOST,
    "apply first": f"{LOST} {LEARN}",
    "apply shifted": f"{LOST} heatsync corrects the line numbers of every function below the edit,"
    " so that tracebacks stay right.",
    "dependents wide": FOUND,
    "dependents deep": "For the same reasons.",
    "files": f"{LOST} heatsync compares each text with the one that was running, and applies all"
    " or nothing.",
    "registered": "The others run the file again, after which everything in it is registered twice."
    " heatsync looks through what is registered for what the old text had put there, and has those"
    " look again who read it.",
    "modules ready": "The import of heatsync itself is the difference.",
    "importing": "heatsync reads each file that is imported, to keep the text that is running.",
}

COMPARED = {
    "latency": "save → live",
    "latency of another": "save → live, another function than before",
    "latency of the first edit": "save → live, first edit",
    "apply later": "reload without a watcher",
    "apply another": "reload without a watcher, another function than before",
    "apply first": "reload without a watcher, first edit of a file",
    "apply shifted": "reload without a watcher, lines moved",
    "modules": "save → live, by live modules",
    "modules ready": "getting ready",
    "files": "many files at once",
    "dependents wide": "modules that import a constant",
    "dependents deep": "a chain of modules",
    "registered": "registered functions",
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
        size = f" at {at:,.0f}" if at else ""
        if theirs and not ours and (why := results.failure(measure, "heatsync", at)):
            found.append(f"{number(theirs.median)} ms{size} (heatsync: {why})")
        elif ours and theirs and theirs.median < ours.median * 0.9:
            found.append(f"{number(theirs.median / ours.median)} ×{size}")
    return found
