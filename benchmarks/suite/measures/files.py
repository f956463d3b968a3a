"""Many files saved at once: from the first save until the last of them is live."""

from suite.bench import Bench, Subject
from suite.measures.modules import tree


def run(bench: Bench) -> None:
    most = 2000 if max(bench.profile.modules) >= 1000 else 100
    with bench.subjects(
        "files", most, ["heatsync", "hmr", "jurigged"], tree(most), watch=True
    ) as subjects:
        for count in (1, 10, 200, 2000):
            if count <= most:
                bench.turns("files", count, subjects, turn)


def turn(bench: Bench, subject: Subject, count: float) -> None:
    names = bench.random.sample([*subject.texts], int(count))
    value = max(text.value for text in subject.texts.values()) + 1
    for name in names:
        subject.texts[name].value = value
    subject.settle()
    bench.results.add("files", subject.system, count, subject.live(names, value))
