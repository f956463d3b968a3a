"""One constant is edited that many modules depend on: all at first hand, or each on the one before."""

import itertools

from suite.bench import Bench, Subject
from suite.texts import Text

ABLE = ["heatsync", "hmr", "jurigged", "autoreload", "reload"]
CONSTANT = "VALUE = {value}  # {dots}\n\n\ndef answer():\n    return VALUE\n"
WIDE = "from first import VALUE\n\nTWICE = VALUE * 2\n\n\ndef answer():\n    return TWICE\n"
DEEP = """\
from {before} import VALUE as BEFORE

VALUE = BEFORE + 1


def answer():
    return VALUE
"""


def run(bench: Bench) -> None:
    for count in bench.profile.modules:
        if count <= 1000:
            wide = {f"user{number}": Text(WIDE) for number in range(count)}
            measured(bench, "dependents wide", count, wide)
            names = ["first", *(f"link{number}" for number in range(count))]
            deep = {
                name: Text(DEEP.format(before=before)) for before, name in itertools.pairwise(names)
            }
            measured(bench, "dependents deep", count, deep)


def measured(bench: Bench, measure: str, count: int, texts: dict[str, Text]) -> None:
    with bench.subjects(measure, count, ABLE, {"first": Text(CONSTANT)} | texts) as subjects:
        bench.turns(measure, count, subjects, wide if measure.endswith("wide") else deep)


def wide(bench: Bench, subject: Subject, count: float) -> None:
    edit(bench, subject, "dependents wide", count, subject.edit("first") * 2)


def deep(bench: Bench, subject: Subject, count: float) -> None:
    edit(bench, subject, "dependents deep", count, subject.edit("first") + count)


def edit(bench: Bench, subject: Subject, measure: str, count: float, value: float) -> None:
    """importlib.reload is told every module in the right order; all others find out themselves."""
    subject.save("first")
    names = [*subject.texts] if subject.system == "reload" else ["first"]
    last = [*subject.texts][-1]
    bench.results.add(measure, subject.system, count, subject.applied(names, last, value))
