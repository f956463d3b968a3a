"""What calls and attribute reads cost after a reload."""

from suite.bench import Bench, Subject
from suite.texts import Text

SUBJECT = """\
VALUE = {value}  # {dots}


def answer():
    return VALUE


class Thing:
    def method(self):
        return {value}
"""
CALLER = """\
import time

import subject
from subject import Thing, answer

thing = Thing()
"""
LOOP = """

def {name}(times):
    start = time.perf_counter_ns()
    for _ in range(times):
        {statements}
    return time.perf_counter_ns() - start
"""
KINDS = {
    "nothing": "pass",
    "function": "answer()",
    "function of a module": "subject.answer()",
    "method": "thing.method()",
    "attribute of a module": "subject.VALUE",
}
TIMES, EACH = 20_000, 10


def run(bench: Bench) -> None:
    loops = [
        LOOP.format(name=name.replace(" ", "_"), statements="; ".join([statement] * EACH))
        for name, statement in KINDS.items()
    ]
    texts = {"subject": Text(SUBJECT), "caller": Text(CALLER + "".join(loops))}
    able = ["python", "heatsync", "jurigged", "hmr"]
    with bench.subjects("calls", 0, able, texts) as subjects:
        for subject in subjects:
            if subject.system != "python":
                with bench.told("calls", subject.system, 0):
                    value = subject.edit("subject")
                    subject.save("subject")
                    subject.applied(["subject"], "subject", value)
        bench.turns("calls", 0, subjects, turn)


def turn(bench: Bench, subject: Subject, at: float) -> None:
    def took(name: str) -> float:
        function = name.replace(" ", "_")
        times = TIMES // 100 if subject.system == "hmr" else TIMES
        what = {"module": "caller", "function": function, "times": times}
        return min(subject.child.ask("time", **what) for _ in range(5)) / times

    empty = took("nothing")
    for name in KINDS:
        if name != "nothing":
            nanoseconds = (took(name) - empty) / EACH
            bench.results.add(f"calls: {name}", subject.system, 0, nanoseconds)
