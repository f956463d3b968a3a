"""One of many functions that decorators register, as routes are, is registered under another path."""

from suite.bench import PYTHON_SYSTEMS, Bench, Subject
from suite.measures.apply import edit
from suite.texts import Text

BOARD = """\
class Rule:
    def __init__(self, path, call):
        self.path, self.call, self.words = path, call, path.split("/")


class Board:
    def __init__(self):
        self.rules, self.by_name = [], {{}}

    def route(self, path):
        def decorate(call):
            self.rules.append(Rule(path, call))
            self.by_name[call.__name__] = self.rules[-1]
            return call

        return decorate


board = Board()
"""
ROUTE = """\
@board.route("/{number}/detail")
def view{number}():
    return {number}


"""
EDITED = """\
@board.route("/{value}")  # {dots}
def edited():
    return None


"""
ANSWER = """\
def answer():
    return int(board.by_name["edited"].words[1])
"""


def run(bench: Bench) -> None:
    for count in (10, 100, 1000):
        half = [ROUTE.format(number=number) for number in range(count)]
        half.insert(count // 2, EDITED)
        text = "from board import board\n\n\n" + "".join(half) + ANSWER
        texts = {"board": Text(BOARD), "subject": Text(text)}
        with bench.subjects("registered", count, PYTHON_SYSTEMS, texts) as subjects:
            bench.turns("registered", count, subjects, turn)


def turn(bench: Bench, subject: Subject, count: float) -> None:
    for _ in range(3):
        bench.results.add("registered", subject.system, count, edit(subject, "subject"))
