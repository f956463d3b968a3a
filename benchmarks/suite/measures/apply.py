"""A reload without a watcher, the first call included: a file's first edit, later ones, moved lines."""

from suite.bench import APPLYING, Bench, Subject
from suite.texts import FIRST, Module, Text

FRESH = 3  # files that are edited for the first time
HOLDER = """\
from subject0 import answer as held


def answer():
    return held()
"""


def run(bench: Bench) -> None:
    for lines in bench.profile.lines:
        texts: dict[str, Text] = {f"subject{number}": Module(lines) for number in range(FRESH)}
        with bench.subjects("apply", lines, APPLYING, texts) as subjects:
            bench.turns("apply", lines, subjects, turn)
    held(bench)


def turn(bench: Bench, subject: Subject, lines: float) -> None:
    fresh = [name for name, text in subject.texts.items() if text.value == FIRST]
    name = fresh[0] if fresh else "subject0"
    if fresh:
        bench.results.add("apply first", subject.system, lines, edit(subject, name))
    for _ in range(3):
        bench.results.add("apply later", subject.system, lines, edit(subject, name))
    bench.results.add("apply shifted", subject.system, lines, edit(subject, name, shift=True))
    edit_another(subject, name)
    bench.results.add("apply another", subject.system, lines, edit(subject, name))


def edit_another(subject: Subject, name: str) -> None:
    """Not measured: so that the next edit is not of the function that was edited last."""
    subject.texts[name].edit_another()
    subject.save(name)
    subject.applied([name], name, subject.texts[name].value)


def edit(subject: Subject, name: str, shift: bool = False) -> float:
    value = subject.edit(name, shift)
    subject.save(name)
    return subject.applied([name], name, value)


def held(bench: Bench) -> None:
    """Is a function that another module had imported by its name the new one?"""
    texts = {"subject0": Module(100), "holder": Text(HOLDER)}
    able = [system for system in APPLYING if not system.startswith("npm")]
    with bench.subjects("held", 0, able, texts) as subjects:
        for subject in subjects:
            with bench.told("held", subject.system, 0):
                edit(subject, "subject0")
                value = subject.texts["subject0"].value
                same = subject.child.ask("ask", module="holder", function="answer") == value
                bench.results.add("held", subject.system, 0, same)
