"""From the save of one edited function until a call gives its new value, all as installed."""

from suite.bench import WATCHING, Bench, Subject
from suite.texts import Module

EDITS = 3  # in each turn


def run(bench: Bench) -> None:
    for lines in bench.profile.lines:
        texts = {"subject": Module(lines)}
        with bench.subjects("latency", lines, WATCHING, texts, watch=True) as subjects:
            bench.turns("latency", lines, subjects, turn)


def turn(bench: Bench, subject: Subject, lines: float) -> None:
    if subject.texts["subject"].value == 1000:
        bench.results.add("latency of the first edit", subject.system, lines, edit(subject))
    for _ in range(EDITS):
        bench.results.add("latency", subject.system, lines, edit(subject))


def edit(subject: Subject) -> float:
    subject.settle()
    return subject.live(["subject"], subject.edit("subject"))
