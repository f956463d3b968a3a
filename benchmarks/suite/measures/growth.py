"""Memory and objects over thousands of reloads of one module."""

import math
import time

from suite.bench import Bench, Subject
from suite.measures.apply import edit
from suite.texts import FIRST, Module

ABLE = ["heatsync", "hmr", "jurigged", "autoreload", "reload", "npm heatsync"]
STEPS = 10


def run(bench: Bench) -> None:
    step = bench.profile.reloads // STEPS
    with bench.subjects("growth", step, ABLE, {"subject": Module(100)}) as subjects:
        bench.turns("growth", step, subjects, turn, rounds=STEPS, patience=math.inf)


def turn(bench: Bench, subject: Subject, step: float) -> None:
    """So many reloads; fewer of the others, if these take them too long."""
    end = time.monotonic() + bench.profile.patience / STEPS
    for _ in range(int(step)):
        edit(subject, "subject")
        if time.monotonic() > end and subject.system != "heatsync":
            break
    memory = subject.child.ask("memory")
    so_far = subject.texts["subject"].value - FIRST
    bench.results.add("growth memory", subject.system, so_far, memory["kb"])
    if "objects" in memory:
        bench.results.add("growth objects", subject.system, so_far, memory["objects"])
