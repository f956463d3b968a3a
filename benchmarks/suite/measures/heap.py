"""A reload without a watcher, in a process that holds many objects."""

from suite.bench import PYTHON_SYSTEMS, Bench, Subject
from suite.measures.apply import edit
from suite.texts import Module


def run(bench: Bench) -> None:
    sizes = [1000, 10_000, 100_000, 1_000_000]
    with bench.subjects("heap", 0, PYTHON_SYSTEMS, {"subject": Module(300)}) as subjects:
        for objects in sizes if bench.profile.reloads >= 1000 else sizes[:3]:
            for subject in subjects:
                subject.child.ask("fill", objects=objects)
                edit(subject, "subject")
            bench.turns("heap", objects, subjects, turn)


def turn(bench: Bench, subject: Subject, objects: float) -> None:
    for _ in range(3):
        bench.results.add("heap", subject.system, objects, edit(subject, "subject"))
