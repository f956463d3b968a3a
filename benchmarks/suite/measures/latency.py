"""From the save of one edited function until a call gives its new value, all as installed."""

from suite.bench import WATCHING, Bench, Subject
from suite.texts import FIRST, Module, Text

FRESH = 3  # files that are edited for the first time
EDITS = 3  # more, in each turn


def run(bench: Bench) -> None:
    for lines in bench.profile.lines:
        texts: dict[str, Text] = {f"subject{number}": Module(lines) for number in range(FRESH)}
        with bench.subjects("latency", lines, WATCHING, texts, watch=True) as subjects:
            bench.turns("latency", lines, subjects, turn)


def turn(bench: Bench, subject: Subject, lines: float) -> None:
    fresh = [name for name, text in subject.texts.items() if text.value == FIRST]
    name = fresh[0] if fresh else "subject0"
    if fresh:
        bench.results.add("latency of the first edit", subject.system, lines, edit(subject, name))
    for _ in range(EDITS):
        bench.results.add("latency", subject.system, lines, edit(subject, name))
    edit_another(subject, name)
    bench.results.add("latency of another", subject.system, lines, edit(subject, name))


def edit_another(subject: Subject, name: str) -> None:
    """Not measured: so that the next edit is not of the function that was edited last."""
    subject.texts[name].edit_another()
    subject.settle()
    subject.save(name)


def edit(subject: Subject, name: str) -> float:
    subject.settle()
    return subject.live([name], subject.edit(name))
