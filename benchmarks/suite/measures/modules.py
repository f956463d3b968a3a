"""What the number of live modules costs: to start, per edit, and while nothing happens."""

import time

from suite.bench import Bench, Subject
from suite.texts import Module, Text

LINES = 30
IDLE = 3  # seconds
BEGUN = 2  # seconds, after which all are at rest: heatsync loads its engine when nothing happens


def tree(count: int) -> dict[str, Text]:
    """So many modules, in packages of a hundred."""
    return {f"part{number // 100}.module{number}": Module(LINES) for number in range(count)}


def run(bench: Bench) -> None:
    able = ["python", "heatsync", "hmr", "jurigged"]
    for count in bench.profile.modules:
        with bench.subjects("modules", count, able, tree(count), watch=True) as subjects:
            for subject in subjects:
                seconds = subject.loaded["start"] + subject.loaded["import"]
                bench.results.add("modules ready", subject.system, count, seconds)
                if seconds > bench.profile.slow and subject.system not in ("python", "heatsync"):
                    able.remove(subject.system)
            watching = [subject for subject in subjects if subject.system != "python"]
            idle(bench, watching, count)
            bench.turns("modules", count, watching, turn)


def idle(bench: Bench, subjects: list[Subject], count: int) -> None:
    """Milliseconds of processor time for each second in which nothing is saved."""
    for subject in subjects:
        subject.settle()
    time.sleep(BEGUN)
    before = [subject.child.ask("spent") for subject in subjects]
    time.sleep(IDLE)
    for subject, start in zip(subjects, before, strict=True):
        spent = subject.child.ask("spent") - start
        bench.results.add("modules idle", subject.system, count, spent / IDLE * 1000)


def turn(bench: Bench, subject: Subject, count: float) -> None:
    name = bench.random.choice([*subject.texts])
    subject.settle()
    bench.results.add("modules", subject.system, count, subject.live([name], subject.edit(name)))
